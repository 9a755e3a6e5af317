import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProcessSpec } from '../../src/core/program.ts';
import { code, failed, History, killedBy, program } from '../support/history.ts';

const told: Partial<ProcessSpec> = { hasReadiness: true, readyTimeout: 30, minReady: 2 };

/** `a` runs as generation 1 and a handover to generation 2 has begun. */
function begun(keys: Partial<ProcessSpec> = {}): { history: History; ticket: number } {
  const history = new History(program('a', { ...told, ...keys }));
  history.running('a');
  history.take();
  return { history, ticket: history.handover('a') };
}

/** Nothing has happened to the current generation, and nothing else is left. */
function assertUntouched(history: History): void {
  const { generation, state, next, queued, draining } = history.process('a');
  assert.deepEqual(
    { generation, state, next, queued, draining },
    { generation: 1, state: 'RUNNING', next: null, queued: null, draining: [] },
  );
  assert.deepEqual(history.signalsTo(1), []);
  assert.equal(history.deadlines.size, 0);
  assert.deepEqual(history.entered(), []);
}

describe('before the commit everything can be undone: the next generation', () => {
  test('cannot be spawned', () => {
    const { history, ticket } = begun();
    history.next('a').spawnFailed('exec: No such file or directory');
    assert.deepEqual(history.answers.get(ticket), failed('spawning', 'exec: No such file or directory'));
    assert.deepEqual(history.released(), []);
    assert.deepEqual(history.steps(), ['#2 failed', '#2 undone']);
    assert.equal(history.detail('failed'), 'spawning: exec: No such file or directory');
    assert.deepEqual(history.log(), ["warn handover of 'a' failed (spawning): exec: No such file or directory"]);
    assertUntouched(history);
  });

  for (const status of [code(0), code(1), code(3), killedBy(11)]) {
    test(`exits before it is ready: ${status.code ?? 'by a signal'}`, () => {
      const { history, ticket } = begun();
      history.next('a').spawned().end(status);
      const how = status.code === null ? 'terminated by SIGSEGV' : `exit status ${status.code}`;
      assert.deepEqual(history.answers.get(ticket), failed('readying', `${how} before it was ready`));
      assert.deepEqual(history.signals(), []);
      assert.deepEqual(history.released(), [2]);
      assertUntouched(history);
    });
  }

  test('exits before it is ready and leaves somebody (it daemonised itself): they are told, then killed', () => {
    const { history, ticket } = begun();
    const next = history.next('a').spawned();
    next.exit(code(0));
    assert.deepEqual(history.signalsTo(2), ['roots SIGTERM']);
    assert.equal(history.answers.get(ticket), undefined, 'something is left');
    history.pass(9.999);
    assert.deepEqual(history.signalsTo(2), ['roots SIGTERM']);
    history.pass(0.001);
    assert.deepEqual(history.signalsTo(2), ['roots SIGTERM', 'tree SIGKILL']);
    next.empty();
    assert.deepEqual(history.answers.get(ticket), failed('readying', 'exit status 0 before it was ready'));
    assert.deepEqual(history.released(), [2]);
    assertUntouched(history);
  });

  test('is never ready: it is asked to go, its remains as well', () => {
    const { history, ticket } = begun();
    const next = history.next('a').spawned();
    history.pass(29.999);
    assert.deepEqual(history.signals(), []);
    history.pass(0.001);
    assert.deepEqual(history.signalsTo(2), ['main SIGTERM']);
    next.ready('too late');
    next.unready('too late');
    next.exit(killedBy(15));
    assert.deepEqual(history.signalsTo(2), ['main SIGTERM', 'roots SIGTERM']);
    next.ready('a stranger’s word');
    next.unready('a stranger’s word');
    assert.equal(history.answers.get(ticket), undefined);
    next.empty();
    assert.deepEqual(history.answers.get(ticket), failed('readying', 'not ready within 30 s'));
    assertUntouched(history);
  });

  test('is never ready and does not go: it is killed, again and again until it is gone', () => {
    const { history, ticket } = begun({ stopasgroup: true });
    const next = history.next('a').spawned();
    history.pass(30 + 10 + 10);
    assert.deepEqual(history.signalsTo(2), ['group SIGTERM', 'tree SIGKILL', 'tree SIGKILL']);
    next.ready('still');
    next.unready('still');
    next.exit(killedBy(9));
    next.empty();
    assert.deepEqual(history.answers.get(ticket), failed('readying', 'not ready within 30 s'));
    assert.match(history.log().join('\n'), /killing next generation 2 of 'a' with SIGKILL/);
    assertUntouched(history);
  });

  test('lives and will not serve: the socket was not taken', () => {
    const { history, ticket } = begun();
    const next = history.next('a').spawned();
    next.unready('nobody accepts on the socket');
    assert.deepEqual(history.signalsTo(2), ['main SIGTERM']);
    next.end(killedBy(15));
    assert.deepEqual(history.answers.get(ticket), failed('readying', 'nobody accepts on the socket'));
    assertUntouched(history);
  });

  test('was ready and is not any more', () => {
    const { history, ticket } = begun();
    const next = history.next('a').spawned().ready();
    next.unready('the check fails');
    next.end(killedBy(15));
    assert.deepEqual(history.answers.get(ticket), failed('settling', 'the check fails'));
    assertUntouched(history);
  });

  test('was ready, is not seen to be, and dies when its time to settle is over: it is not committed', () => {
    const { history, ticket } = begun();
    const next = history.next('a').spawned().ready();
    history.pass(1);
    next.unsteady('nobody waits');
    history.pass(29);
    assert.equal(history.answers.get(ticket), undefined);
    next.end(code(3));
    assert.deepEqual(history.answers.get(ticket), failed('settling', 'exit status 3 after it was ready'));
    assertUntouched(history);
  });

  test('was ready, and is not seen to be for the whole time it has to become so', () => {
    const { history, ticket } = begun();
    const next = history.next('a').spawned().ready();
    next.unsteady('nobody waits');
    history.pass(29.999);
    next.unsteady('still nobody');
    assert.deepEqual(history.signals(), []);
    history.pass(0.001);
    assert.deepEqual(history.signalsTo(2), ['main SIGTERM']);
    next.steady();
    next.end(killedBy(15));
    assert.deepEqual(history.answers.get(ticket), failed('settling', 'nobody waits'));
    assertUntouched(history);
  });

  test('was ready, was not seen to be for a while, and is again: committed when its time to settle is over, at once if it is', () => {
    for (const [busyFor, more] of [
      [0.5, 1.5],
      [5, 0],
    ] as const) {
      const { history, ticket } = begun();
      const next = history.next('a').spawned().ready();
      next.unsteady();
      history.pass(busyFor);
      assert.equal(history.answers.get(ticket), undefined);
      next.steady();
      if (more > 0) {
        history.pass(more - 0.001);
        assert.equal(history.answers.get(ticket), undefined);
      }
      history.pass(0.001);
      assert.deepEqual(history.answers.get(ticket), { ok: true });
    }
  });

  test('is ready and dies while settling', () => {
    const { history, ticket } = begun();
    const next = history.next('a').spawned().ready();
    history.pass(1.999);
    next.end(code(3));
    assert.deepEqual(history.answers.get(ticket), failed('settling', 'exit status 3 after it was ready'));
    history.pass(60);
    assertUntouched(history);
  });

  test('is ready and dies while settling, with remains', () => {
    const { history, ticket } = begun();
    const next = history.next('a').spawned().ready();
    next.exit(code(3));
    assert.deepEqual(history.signalsTo(2), ['roots SIGTERM']);
    next.empty();
    assert.deepEqual(history.answers.get(ticket), failed('settling', 'exit status 3 after it was ready'));
    assertUntouched(history);
  });

  test('ends and init never said that it exited', () => {
    const { history, ticket } = begun();
    history.next('a').spawned().empty();
    assert.deepEqual(history.answers.get(ticket), failed('readying', 'exit status unknown before it was ready'));
    assertUntouched(history);
  });

  test('is reported in an order that cannot be: it is said and changes nothing', () => {
    const { history } = begun();
    const { world } = history;
    history.next('a').ready();
    assert.deepEqual(history.log(), [
      "warn next generation 2 of 'a' heard 'ready' while spawning, which is impossible: ignored",
    ]);
    assert.deepEqual(history.world, world);
  });
});

describe('after the commit', () => {
  test('the next generation dies: autorestart applies to it, with its spec, and the former one goes on draining', () => {
    const { history, ticket } = begun({ startsecs: 1 });
    history.next('a').spawned().ready();
    history.pass(2);
    assert.deepEqual(history.answers.get(ticket), { ok: true });
    history.take();
    history.generation('a', 2).end(code(1));
    assert.deepEqual(history.entered(), ['EXITED', 'STARTING']);
    assert.deepEqual(history.spawns(), ['g:a #3']);
    assert.deepEqual(history.signalsTo(1), []);
    assert.equal(history.process('a').draining[0]?.generation, 1);
    history.spawned('a');
    history.generation('a', 1).end(code(0));
    assert.deepEqual(history.released(), [2, 1]);
    history.pass(1);
    assert.equal(history.state('a'), 'RUNNING');
  });

  test('there is nothing to abort', () => {
    const { history } = begun();
    history.next('a').spawned().ready();
    history.pass(2);
    assert.deepEqual(history.answers.get(history.abort('a')), failed('preflight', 'no handover is under way'));
    assert.equal(history.process('a').generation, 2);
  });

  test('what is observed of the current generation is of no use any more', () => {
    const { history } = begun();
    const next = history.next('a').spawned().ready();
    history.pass(2);
    const { world } = history;
    history.take();
    next.ready('again');
    next.unready('again');
    next.quieted();
    history.generation('a', 1).ready('the former one');
    history.generation('a', 1).unready('the former one');
    history.happen({ type: 'ready', at: 0, process: 'g:nobody', generation: 1, evidence: '' });
    assert.deepEqual(history.effects, []);
    assert.deepEqual(history.world, world);
  });
});

describe('stale deadlines', () => {
  test('of a next generation are ignored: other epoch, other generation, none set', () => {
    const { history } = begun();
    history.next('a').spawned();
    const old = [...history.deadlines.values()][0];
    assert.ok(old);
    history.next('a').ready();
    const { world } = history;
    history.take();
    const at = history.now;
    history.happen({ ...old, type: 'deadline', at });
    history.happen({ type: 'deadline', at, process: 'g:a', generation: 9, epoch: 1 });
    history.happen({ type: 'deadline', at, process: 'g:a', generation: 2, epoch: 99 });
    history.happen({ type: 'deadline', at, process: 'g:nobody', generation: 2, epoch: 1 });
    history.happen({ type: 'deadline', at, process: 'g:a', epoch: 1 });
    assert.deepEqual(history.effects, []);
    assert.equal(history.world, world);
  });
});
