import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProcessSpec } from '../../src/core/program.ts';
import { code, failed, History, killedBy, program } from '../support/history.ts';

/** A process that is RUNNING. */
function running(keys: Partial<ProcessSpec> = {}): History {
  const history = new History(program('a', { stopwaitsecs: 5, ...keys }));
  history.running('a');
  history.take();
  return history;
}

describe('a process that lives and does not work', () => {
  test('gets SIGABRT, and what autorestart says when it is gone', () => {
    const history = running();
    history.generation('a', 1).unhealthy('no WATCHDOG=1 for 2 s');
    assert.deepEqual(history.signals(), ['main SIGABRT']);
    assert.equal(history.state('a'), 'RUNNING', 'it has not ended');
    assert.deepEqual(history.log(), ["warn killing 'a' (101) with SIGABRT: no WATCHDOG=1 for 2 s"]);
    history.generation('a', 1).unhealthy();
    assert.deepEqual(history.signals(), ['main SIGABRT'], 'once');
    history.end('a', killedBy(6, true));
    assert.deepEqual(history.entered(), ['EXITED', 'STARTING']);
    assert.deepEqual(history.spawns(), ['g:a #2']);
    history.running('a');
    history.pass(60);
    assert.deepEqual(history.signals(), ['main SIGABRT'], 'nothing of the former one comes to its successor');
  });

  test('that does not heed SIGABRT gets SIGKILL after stopwaitsecs, again and again', () => {
    const history = running({ autorestart: false });
    history.generation('a', 1).unhealthy();
    history.pass(4.999);
    assert.deepEqual(history.signals(), ['main SIGABRT']);
    history.pass(5.001);
    assert.deepEqual(history.signals(), ['main SIGABRT', 'tree SIGKILL', 'tree SIGKILL']);
    history.exit('a', killedBy(9));
    assert.equal(history.state('a'), 'EXITED');
    history.pass(60);
    assert.equal(history.signals().length, 3, 'what it left is let live, as after any other end');
  });

  test('can be stopped, and handed over', () => {
    const stopped = running();
    stopped.generation('a', 1).unhealthy();
    const ticket = stopped.stop('a');
    stopped.end('a', killedBy(6));
    assert.deepEqual(stopped.answers.get(ticket), { ok: true });

    const history = running({ hasReadiness: true, minReady: 0 });
    history.generation('a', 1).unhealthy();
    const handover = history.handover('a');
    history.next('a').spawned().ready();
    history.pass(0);
    assert.deepEqual(history.answers.get(handover), { ok: true });
    assert.deepEqual(history.signalsTo(1), ['main SIGABRT', 'main SIGTERM']);
    assert.equal(history.state('a'), 'RUNNING');
  });

  test('before it is the current one fails its handover; afterwards nobody asks', () => {
    const history = running({ hasReadiness: true, minReady: 5 });
    const ticket = history.handover('a');
    history.next('a').spawned().ready();
    history.next('a').unhealthy('no WATCHDOG=1 for 2 s');
    history.next('a').end(code(0));
    assert.deepEqual(history.answers.get(ticket), failed('settling', 'no WATCHDOG=1 for 2 s'));
    const before = history.world;
    history.generation('a', 7).unhealthy();
    history.generation('b', 7).unhealthy();
    assert.equal(history.world, before);
  });

  test('while it starts is given its startsecs', () => {
    const history = new History(program('a'));
    history.spawned('a');
    history.generation('a', 1).unhealthy();
    assert.deepEqual(history.signals(), []);
  });
});
