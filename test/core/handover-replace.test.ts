import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProcessSpec } from '../../src/core/program.ts';
import { code, failed, History, killedBy, program } from '../support/history.ts';

const singleton: Partial<ProcessSpec> = { handover: 'replace', hasReadiness: true, readyTimeout: 30, minReady: 2 };

/** `a` runs as generation 1 and is being replaced. */
function begun(keys: Partial<ProcessSpec> = {}): { history: History; ticket: number } {
  const history = new History(program('a', { ...singleton, ...keys }));
  history.running('a');
  history.take();
  return { history, ticket: history.handover('a', { exitcodes: [7] }) };
}

describe('a handover that replaces', () => {
  test('stops the current generation, waits until it is empty, starts the next one, and says how long the gap was', () => {
    const { history, ticket } = begun();
    assert.deepEqual(history.signals(), ['main SIGTERM']);
    assert.deepEqual(history.spawns(), []);
    history.pass(0.5);
    history.exit('a', code(0));
    assert.deepEqual(history.signals(), ['main SIGTERM', 'roots SIGTERM']);
    assert.deepEqual(history.spawns(), []);
    history.pass(0.1);
    history.empty('a');
    assert.deepEqual(history.spawns(), ['g:a #2']);
    assert.equal(history.state('a'), 'STARTING');
    history.next('a').spawned();
    history.pass(0.25);
    history.next('a').ready();
    history.pass(2);
    assert.deepEqual(history.answers.get(ticket), { ok: true });
    assert.deepEqual(history.promoted(), ['#0 to #2']);
    assert.deepEqual(history.entered(), ['STOPPING', 'STOPPED', 'STARTING', 'RUNNING']);
    assert.deepEqual(history.process('a').spec.exitcodes, [7]);
    assert.equal(history.detail('committed'), 'gap of 850 ms');
    assert.deepEqual(history.steps(), [
      '#0 vacating',
      '#0 vacated',
      '#2 spawned',
      '#2 ready',
      '#2 settled',
      '#2 committed',
    ]);
  });

  test('kills a current generation that does not go', () => {
    const { history } = begun();
    history.pass(10);
    assert.deepEqual(history.signals(), ['main SIGTERM', 'tree SIGKILL']);
    history.end('a', killedBy(9));
    assert.deepEqual(history.spawns(), ['g:a #2']);
    assert.deepEqual(history.steps(), ['#0 vacating', '#1 killed', '#0 vacated']);
    assert.equal(history.detail('vacated'), 'terminated by SIGKILL');
  });

  test('lets the current generation finish what it has open before it is stopped', () => {
    const { history } = begun({ quietTimeout: 5, drainTimeout: 7 });
    assert.deepEqual(history.quieted(), [1]);
    assert.equal(history.state('a'), 'STOPPING');
    assert.deepEqual(history.signals(), []);
    history.pass(1);
    history.generation('a', 1).quieted();
    assert.deepEqual(history.signals(), ['main SIGTERM']);
    history.generation('a', 1).quieted();
    history.pass(7);
    assert.deepEqual(history.signals(), ['main SIGTERM', 'tree SIGKILL']);
    assert.deepEqual(history.steps(), ['#0 vacating', '#1 quiet', '#1 draining', '#1 killed']);
  });

  test('waits no longer than quietTimeout for that; quiet_signal begins it', () => {
    const { history } = begun({ quietTimeout: 5, quietSignal: 20 });
    assert.deepEqual(history.signals(), ['main SIGTSTP']);
    history.pass(5);
    assert.deepEqual(history.signals(), ['main SIGTSTP', 'main SIGTERM']);
  });

  test('a stop while it finishes what it has open is obeyed at once, with the time of a stop', () => {
    const { history, ticket } = begun({ quietTimeout: 5, drainTimeout: 70 });
    const stop = history.stop('a');
    assert.deepEqual(history.answers.get(ticket), failed('vacating', 'stopped'));
    assert.deepEqual(history.signals(), ['main SIGTERM']);
    history.pass(10);
    assert.deepEqual(history.signals(), ['main SIGTERM', 'tree SIGKILL']);
    history.end('a', killedBy(9));
    assert.deepEqual(history.answers.get(stop), { ok: true });
    assert.deepEqual(history.spawns(), []);
  });

  test('a shutdown while it finishes what it has open stops it', () => {
    const { history } = begun({ quietTimeout: 5 });
    history.shutdown();
    assert.deepEqual(history.signals(), ['main SIGTERM']);
    history.end('a', code(0));
    assert.deepEqual(history.spawns(), []);
  });

  test('who goes by itself while it finishes what it has open has made room', () => {
    const { history } = begun({ quietTimeout: 5 });
    history.end('a', code(0));
    assert.deepEqual(history.spawns(), ['g:a #2']);
    const other = begun({ quietTimeout: 5 }).history;
    other.exit('a', code(0));
    assert.deepEqual(other.signals(), ['roots SIGTERM']);
    other.empty('a');
    assert.deepEqual(other.spawns(), ['g:a #2']);
  });

  for (const autorestart of [true, false] as const) {
    test(`starts the former spec again when the next one comes to nothing (autorestart=${autorestart})`, () => {
      const { history, ticket } = begun({ autorestart });
      history.end('a', code(0));
      history.next('a').spawned().end(code(1));
      assert.deepEqual(history.answers.get(ticket), failed('readying', 'exit status 1 before it was ready'));
      assert.deepEqual(history.spawns(), ['g:a #2', 'g:a #3']);
      history.running('a');
      assert.deepEqual(history.process('a').spec.exitcodes, [0]);
    });
  }

  test('an abort while it stops: what was told to stop is started again', () => {
    const { history, ticket } = begun();
    const abort = history.abort('a');
    assert.deepEqual(history.answers.get(ticket), failed('vacating', 'aborted'));
    assert.deepEqual(history.answers.get(abort), { ok: true });
    history.end('a', code(0));
    assert.deepEqual(history.spawns(), ['g:a #2']);
    assert.equal(history.process('a').next, null);
    history.running('a');
  });

  test('a stop while it stops: it stays down', () => {
    const { history, ticket } = begun();
    const stop = history.stop('a');
    assert.deepEqual(history.answers.get(ticket), failed('vacating', 'stopped'));
    assert.deepEqual(history.signals(), ['main SIGTERM']);
    history.end('a', code(0));
    assert.deepEqual(history.answers.get(stop), { ok: true });
    assert.deepEqual(history.spawns(), []);
  });

  test('a stop while the next one starts', () => {
    const { history, ticket } = begun();
    history.end('a', code(0));
    const next = history.next('a').spawned();
    const stop = history.stop('a');
    next.end(killedBy(15));
    assert.deepEqual(history.answers.get(ticket), failed('readying', 'stopped'));
    assert.deepEqual(history.answers.get(stop), { ok: true });
    assert.equal(history.state('a'), 'STOPPED');
  });

  test('a shutdown while the next one is being spawned, which then fails', () => {
    const history = new History(program('a', { ...singleton, priority: 1 }), program('b', { priority: 2 }));
    history.running('a');
    history.running('b');
    history.handover('a');
    history.end('a', code(0));
    history.shutdown();
    assert.equal(history.state('a'), 'STARTING', 'its turn has not come');
    history.next('a').spawnFailed('no');
    assert.equal(history.state('a'), 'STOPPED');
    history.end('b', code(0));
    assert.equal(history.ended(), true);
  });

  test('a start meanwhile waits for the next one to be up', () => {
    const { history } = begun();
    const start = history.start('a');
    history.end('a', code(0));
    history.next('a').spawned().ready();
    history.pass(2);
    assert.deepEqual(history.answers.get(start), { ok: true });
  });

  test('of several while it stops the latest wins, and takes the place of the earlier', () => {
    const { history, ticket } = begun();
    const second = history.handover('a', { exitcodes: [8] });
    assert.deepEqual(history.answers.get(ticket), failed('vacating', 'superseded'));
    history.end('a', code(0));
    history.next('a').spawned().ready();
    history.pass(2);
    assert.deepEqual(history.answers.get(second), { ok: true });
    assert.deepEqual(history.process('a').spec.exitcodes, [8]);
  });

  test('another one while the next one starts: that is undone, and the latest is tried', () => {
    for (const handover of ['replace', 'overlap'] as const) {
      const { history } = begun();
      history.end('a', code(0));
      history.next('a').spawned();
      const second = history.handover('a', { handover });
      history.next('a').end(killedBy(15));
      assert.equal(history.state('a'), 'STARTING');
      history.next('a').spawned().ready();
      history.pass(2);
      assert.deepEqual(history.answers.get(second), { ok: true });
      assert.deepEqual(history.promoted(), ['#0 to #3']);
    }
  });

  test('of a process in BACKOFF starts at once, or when its remains are gone', () => {
    const plain = new History(program('a', singleton));
    plain.spawned('a');
    plain.end('a', code(1));
    plain.handover('a');
    assert.deepEqual(plain.spawns(), ['g:a #1', 'g:a #2']);
    assert.equal(plain.deadlines.size, 0);
    const remains = new History(program('a', singleton));
    remains.spawned('a');
    remains.exit('a', code(1));
    remains.handover('a');
    assert.deepEqual(remains.signals(), ['roots SIGTERM']);
    remains.empty('a');
    assert.deepEqual(remains.spawns(), ['g:a #1', 'g:a #2']);
  });

  test('waits for what still drains: a singleton is never there twice', () => {
    const { history } = drainingFromOverlap();
    history.handover('a', { handover: 'replace' });
    assert.deepEqual(history.signalsTo(2), ['main SIGTERM']);
    history.end('a', code(0));
    assert.equal(history.state('a'), 'STOPPING');
    assert.deepEqual(history.spawns(), []);
    history.generation('a', 1).end(code(0));
    assert.deepEqual(history.spawns(), ['g:a #3']);
  });

  test('waits for what still drains when the current one has died or is in BACKOFF', () => {
    const dead = drainingFromOverlap().history;
    dead.handover('a', { handover: 'overlap' });
    dead.next('a').spawned();
    dead.end('a', code(1));
    dead.handover('a', { handover: 'replace' });
    dead.next('a').end(killedBy(15));
    assert.equal(dead.state('a'), 'STOPPING');
    dead.generation('a', 1).end(code(0));
    assert.deepEqual(dead.spawns(), ['g:a #3', 'g:a #4']);
    const backoff = drainingFromOverlap().history;
    backoff.end('a', code(1));
    backoff.spawnFailed('a', 'no');
    assert.equal(backoff.state('a'), 'BACKOFF');
    backoff.handover('a', { handover: 'replace' });
    backoff.generation('a', 1).end(code(0));
    assert.deepEqual(backoff.spawns(), ['g:a #3', 'g:a #4']);
  });

  test('and the current one died meanwhile with remains, in an overlap before: they are stopped first', () => {
    const { history } = drainingFromOverlap();
    history.generation('a', 1).end(code(0));
    history.handover('a', { handover: 'overlap' });
    history.next('a').spawned();
    history.exit('a', code(1));
    history.handover('a', { handover: 'replace' });
    history.next('a').end(killedBy(15));
    assert.deepEqual(history.signalsTo(2), ['roots SIGTERM']);
    history.empty('a');
    assert.deepEqual(history.spawns(), ['g:a #3', 'g:a #4']);
  });

  test('a stop in BACKOFF with draining ones waits for them', () => {
    const { history } = drainingFromOverlap();
    history.end('a', code(1));
    history.spawnFailed('a', 'no');
    const stop = history.stop('a');
    assert.equal(history.state('a'), 'STOPPING');
    history.generation('a', 1).end(code(0));
    assert.deepEqual(history.answers.get(stop), { ok: true });
    assert.equal(history.state('a'), 'STOPPED');
  });
});

/** Generation 2 runs and generation 1 drains, after an overlap. */
function drainingFromOverlap(): { history: History } {
  const history = new History(program('a', { ...singleton, handover: 'overlap', autorestart: true }));
  history.running('a');
  history.handover('a');
  history.next('a').spawned().ready();
  history.pass(2);
  history.take();
  return { history };
}
