import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProcessSpec } from '../../src/core/program.ts';
import { code, History, killedBy, program } from '../support/history.ts';

/*
 * A main process that is a wrapper: who was told to stop below it is gone, and it goes on.
 */

describe('a wrapper that outlives what it wraps', () => {
  test('in a stop: it is told as well, once, and its time is not longer for that', () => {
    const history = new History(program('a', { stopwaitsecs: 5 }));
    history.running('a');
    history.take();
    const ticket = history.stop('a');
    history.pass(2);
    history.generation('a', 1).outlived();
    assert.deepEqual(history.signals(), ['main SIGTERM', 'wrapper SIGTERM']);
    assert.deepEqual(history.log(), [
      "info the main process of 'a' outlives what it wraps, stopping it with SIGTERM as well",
    ]);
    history.pass(2.999);
    assert.deepEqual(history.signals(), ['main SIGTERM', 'wrapper SIGTERM']);
    history.pass(0.001);
    assert.deepEqual(history.signals(), ['main SIGTERM', 'wrapper SIGTERM', 'tree SIGKILL']);
    history.generation('a', 1).outlived();
    assert.deepEqual(history.signals().length, 3, 'one that is being killed needs no other signal');
    history.end('a', killedBy(9));
    assert.deepEqual(history.answers.get(ticket), { ok: true });
  });

  test('what it leaves when it obeys is told as ever', () => {
    const history = new History(program('a'));
    history.running('a');
    history.take();
    history.stop('a');
    history.generation('a', 1).outlived();
    history.exit('a', killedBy(15));
    assert.deepEqual(history.signals(), ['main SIGTERM', 'wrapper SIGTERM', 'roots SIGTERM']);
    history.empty('a');
    assert.equal(history.state('a'), 'STOPPED');
  });

  test('nobody hears of it who was not told to stop, is gone, or is unknown', () => {
    const history = new History(program('a'));
    history.spawned('a');
    history.take();
    history.generation('a', 1).outlived();
    history.pass(1);
    history.generation('a', 1).outlived();
    history.generation('a', 7).outlived();
    history.generation('b', 1).outlived();
    assert.equal(history.state('a'), 'RUNNING');
    history.exit('a', code(1));
    history.generation('a', 1).outlived();
    assert.deepEqual(history.signals(), ['roots SIGTERM']);
    assert.ok(history.log().every((line) => !line.includes('impossible')));
  });
});

const told: Partial<ProcessSpec> = { hasReadiness: true, minReady: 0, drainTimeout: 60, stopwaitsecs: 10 };

/** Generation 2 of `a` runs and generation 1 drains. */
function draining(keys: Partial<ProcessSpec> = {}): History {
  const history = new History(program('a', { ...told, ...keys }));
  history.running('a');
  history.take();
  history.handover('a');
  history.next('a').spawned().ready();
  history.pass(0);
  return history;
}

describe('a wrapper that outlives what it wraps, in a handover', () => {
  test('a next one that is undone', () => {
    const history = new History(program('a', { ...told, drainTimeout: 10 }));
    history.running('a');
    history.take();
    history.handover('a');
    const next = history.next('a').spawned();
    next.outlived();
    next.ready();
    next.outlived();
    assert.deepEqual(history.signals(), []);
    history.abort('a');
    history.pass(4);
    next.outlived();
    assert.deepEqual(history.signalsTo(2), ['main SIGTERM', 'wrapper SIGTERM']);
    history.pass(6);
    assert.deepEqual(history.signalsTo(2), ['main SIGTERM', 'wrapper SIGTERM', 'tree SIGKILL']);
    next.outlived();
    next.end(killedBy(9));
    assert.equal(history.process('a').next, null);
  });

  test('a draining one: it has what remains of its time', () => {
    const history = draining();
    history.pass(50);
    history.generation('a', 1).outlived();
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM', 'wrapper SIGTERM']);
    assert.equal(history.steps().filter((step) => step === '#1 draining').length, 1);
    history.pass(10);
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM', 'wrapper SIGTERM', 'tree SIGKILL']);
    history.generation('a', 1).outlived();
    assert.equal(history.signalsTo(1).length, 3);
  });

  test('one that was kept beyond its time has it anew', () => {
    const history = draining({ drainPolicy: 'keep' });
    history.pass(60);
    history.generation('a', 1).outlived();
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM', 'wrapper SIGTERM']);
    history.pass(60);
    assert.deepEqual(history.steps().slice(-1), ['#1 overdue'], 'it is kept once more');
  });

  test('one that is quiet is not told, one that is ended is', () => {
    const history = draining({ quietTimeout: 5 });
    history.generation('a', 1).outlived();
    assert.deepEqual(history.signalsTo(1), []);
    history.stop('a');
    history.pass(1);
    history.generation('a', 1).outlived();
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM', 'wrapper SIGTERM']);
    history.pass(9);
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM', 'wrapper SIGTERM', 'tree SIGKILL']);
  });
});
