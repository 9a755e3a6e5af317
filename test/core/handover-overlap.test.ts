import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProcessSpec } from '../../src/core/program.ts';
import { code, failed, History, program } from '../support/history.ts';

const told: Partial<ProcessSpec> = { hasReadiness: true, readyTimeout: 30, minReady: 2 };

/** `a` runs as generation 1, and nothing of that is kept. */
function running(keys: Partial<ProcessSpec> = {}): History {
  const history = new History(program('a', { ...told, ...keys }));
  history.running('a');
  history.take();
  return history;
}

describe('a handover with overlap', () => {
  test('starts the next generation beside the current one, waits for ready and minReady, then commits and stops the former', () => {
    const history = running();
    const { spec } = history.process('a');
    const ticket = history.handover('a');
    assert.deepEqual(history.effects, [{ type: 'spawn', process: 'g:a', generation: 2, spec, role: 'next' }]);
    const next = history.next('a').spawned();
    history.pass(29);
    next.ready('it polls the socket');
    assert.equal(history.process('a').generation, 1);
    history.pass(1.999);
    assert.deepEqual(history.signals(), []);
    assert.equal(history.answers.get(ticket), undefined);
    history.pass(0.001);
    assert.deepEqual(history.promoted(), ['#1 to #2']);
    assert.deepEqual(history.answers.get(ticket), { ok: true });
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM']);
    assert.deepEqual(history.signalsTo(2), []);
    const { generation, pid, startedAt, state, next: none } = history.process('a');
    assert.deepEqual({ generation, pid, state, none }, { generation: 2, pid: 1002, state: 'RUNNING', none: null });
    assert.equal(startedAt, 1000);
    assert.deepEqual(history.entered(), [], 'no state has changed');
    history.generation('a', 1).end(code(0));
    assert.deepEqual(history.released(), [1]);
    assert.deepEqual(history.process('a').draining, []);
    assert.equal(history.deadlines.size, 0);
    assert.deepEqual(history.steps(), [
      '#2 spawned',
      '#2 ready',
      '#2 settled',
      '#2 committed',
      '#1 draining',
      '#1 drained',
      '#1 gone',
    ]);
    assert.equal(history.detail('ready'), 'it polls the socket');
    assert.deepEqual(history.log(), [
      "info spawned: 'a' with pid 1002",
      "info handed over: 'a' is generation 2 with pid 1002",
    ]);
  });

  test('gives the next generation its own spec; the former one is stopped by the former spec', () => {
    const history = running();
    history.handover('a', { stopsignal: 10, stopasgroup: true, startsecs: 7 });
    assert.equal(history.process('a').spec.startsecs, 1);
    history.next('a').spawned().ready();
    history.pass(2);
    assert.equal(history.process('a').spec.startsecs, 7);
    assert.deepEqual(history.signals(), ['main SIGTERM']);
    history.stop('a');
    assert.deepEqual(history.signalsTo(2), ['group SIGUSR1']);
  });

  test('assumes readiness after startsecs where nothing will say it', () => {
    const history = running({ hasReadiness: false, startsecs: 3, minReady: 1 });
    history.handover('a');
    history.next('a').spawned();
    history.pass(3.999);
    assert.deepEqual(history.promoted(), []);
    history.pass(0.001);
    assert.deepEqual(history.promoted(), ['#1 to #2']);
    assert.equal(history.detail('ready'), 'assumed after 3 s');
  });

  test('takes the default terms: overlap, assumed readiness, one second, stopwaitsecs to drain', () => {
    const history = new History(program('a'));
    history.running('a');
    history.handover('a');
    history.next('a').spawned();
    history.pass(2);
    assert.deepEqual(history.promoted(), ['#1 to #2']);
    history.pass(9.999);
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM']);
    history.pass(0.001);
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM', 'tree SIGKILL']);
  });

  test('of a process that is STARTING makes it RUNNING at the commit', () => {
    const history = new History(program('a', { ...told, startsecs: 60 }));
    history.spawned('a');
    const start = history.answers.size;
    history.handover('a');
    history.next('a').spawned().ready();
    history.pass(2);
    assert.equal(history.state('a'), 'RUNNING');
    assert.equal(history.published().at(-1)?.pid, 1002);
    assert.equal(history.answers.size, start + 1);
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM']);
    history.generation('a', 1).end(code(0));
    assert.equal(history.deadlines.size, 0);
  });

  test('of a process in BACKOFF is its next attempt', () => {
    const history = new History(program('a', told));
    history.spawned('a');
    history.end('a', code(1));
    assert.equal(history.state('a'), 'BACKOFF');
    const ticket = history.handover('a');
    assert.equal(history.state('a'), 'STARTING');
    history.pass(5);
    assert.deepEqual(history.spawns(), ['g:a #1', 'g:a #2'], 'the backoff is over');
    history.next('a').spawned().ready();
    history.pass(2);
    assert.deepEqual(history.answers.get(ticket), { ok: true });
    assert.deepEqual(history.promoted(), ['#0 to #2']);
    assert.equal(history.state('a'), 'RUNNING');
    assert.equal(history.process('a').failures, 0);
  });

  test('of a process in BACKOFF with remains leaves them alone until the commit', () => {
    const history = new History(program('a', told));
    history.spawned('a');
    history.exit('a', code(1));
    history.handover('a');
    history.next('a').spawned().ready();
    history.pass(1.999);
    assert.deepEqual(history.signals(), []);
    history.pass(0.001);
    assert.deepEqual(history.signalsTo(1), ['roots SIGTERM']);
    history.generation('a', 1).empty();
    assert.deepEqual(history.released(), [1]);
  });

  test('says ready once, however often it is said', () => {
    const history = running();
    history.handover('a');
    const next = history.next('a').spawned().ready();
    history.pass(1);
    next.ready('again');
    history.pass(1);
    assert.deepEqual(history.promoted(), ['#1 to #2']);
    assert.equal(history.detail('ready'), 'it says so');
  });
});

describe('a handover is refused', () => {
  test('for what is not there, not running, being stopped, or shut down', () => {
    const history = new History(program('a', { autostart: false }), program('b'));
    const notRunning = { ok: false, fault: 'NOT_RUNNING' };
    assert.deepEqual(history.answers.get(history.handover('a')), notRunning);
    assert.deepEqual(history.answers.get(history.handover('b')), notRunning, 'its first spawn is under way');
    history.running('b');
    history.stop('b');
    assert.deepEqual(history.answers.get(history.handover('b')), notRunning);
    const spec = program('nobody');
    history.happen({ type: 'handover', at: 0, process: 'g:nobody', spec, ticket: 90 });
    assert.deepEqual(history.answers.get(90), { ok: false, fault: 'BAD_NAME' });
    history.happen({ type: 'abort', at: 0, process: 'g:nobody', ticket: 91 });
    assert.deepEqual(history.answers.get(91), { ok: false, fault: 'BAD_NAME' });
    history.shutdown();
    assert.deepEqual(history.answers.get(history.handover('b')), { ok: false, fault: 'SHUTDOWN_STATE' });
    assert.deepEqual(history.spawns(), ['g:b #1']);
  });

  test('with handover=none, and with the spec of another process', () => {
    const history = running();
    const { world } = history;
    assert.deepEqual(
      history.answers.get(history.handover('a', { handover: 'none' })),
      failed('preflight', 'handover=none'),
    );
    const other = history.answers.get(history.handover('a', { key: 'g:b' }));
    assert.deepEqual(other, failed('preflight', "the spec of 'g:b' is not one of 'g:a'"));
    assert.equal(history.world, world);
  });

  test('without a ticket nobody is answered', () => {
    const history = running();
    const { spec } = history.process('a');
    history.happen({ type: 'handover', at: history.now, process: 'g:a', spec: { ...spec, handover: 'none' } });
    history.happen({ type: 'abort', at: history.now, process: 'g:a' });
    assert.deepEqual(history.effects, []);
    history.happen({ type: 'handover', at: history.now, process: 'g:a', spec });
    history.happen({ type: 'abort', at: history.now, process: 'g:a' });
    history.next('a').spawnFailed('no');
    assert.equal(history.answers.size, 0);
  });
});
