import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProcessSpec } from '../../src/core/program.ts';
import { code, History, killedBy, program } from '../support/history.ts';

const fault = (name: string): object => ({ ok: false, fault: name });

function group(history: History, name: string, priority: number, ...members: [string, Partial<ProcessSpec>?][]): void {
  history.add({
    name,
    priority,
    processes: members.map(([member, keys]) => program(member, { group: name, ...keys })),
  });
}

const stoppingNow = (history: History): string[] =>
  [...history.world.processes.values()].filter(({ state }) => state === 'STOPPING').map(({ spec }) => spec.key);

describe('shutdown', () => {
  test('of nothing is complete at once, and only once', () => {
    const history = new History();
    history.shutdown();
    history.shutdown();
    assert.deepEqual(history.effects, [{ type: 'exit' }]);
  });

  test('stops by descending priority of group, then of process, in parallel within one, without a pause', () => {
    const history = new History();
    group(history, 'low', 1, ['x']);
    group(history, 'high', 5, ['first', { priority: 1 }], ['second', { priority: 2 }], ['with', { priority: 2 }]);
    group(history, 'beside', 5, ['third', { priority: 2 }], ['idle', { priority: 9, autostart: false }]);
    for (const key of ['low:x', 'high:first', 'high:second', 'high:with', 'beside:third']) history.running(key);
    history.shutdown();
    assert.deepEqual(stoppingNow(history), ['high:second', 'high:with', 'beside:third']);
    history.end('high:second', code(0));
    history.end('beside:third', code(0));
    assert.deepEqual(stoppingNow(history), ['high:with']);
    history.end('high:with', code(0));
    assert.deepEqual(stoppingNow(history), ['high:first']);
    history.end('high:first', code(0));
    assert.deepEqual(stoppingNow(history), ['low:x']);
    assert.equal(history.ended(), false);
    history.end('low:x', code(0));
    assert.equal(history.ended(), true);
    assert.equal(history.deadlines.size, 0);
  });

  test('gives everything its whole grace, from its own turn on', () => {
    const history = new History(program('late', { priority: 1 }), program('early', { priority: 2 }));
    history.running('late');
    history.running('early');
    history.shutdown();
    history.pass(7);
    history.end('early', code(0));
    history.take();
    history.pass(9.999);
    assert.deepEqual(history.signals(), []);
    history.pass(0.001);
    assert.deepEqual(history.signals(), ['tree SIGKILL']);
  });

  test('leaves what is over as it is', () => {
    const history = new History(
      program('stopped', { autostart: false }),
      program('exited', { autorestart: false }),
      program('fatal', { startretries: 0 }),
    );
    history.running('exited');
    history.end('exited', code(0));
    history.spawnFailed('fatal', 'why');
    history.take();
    history.shutdown();
    assert.deepEqual(history.effects, [{ type: 'exit' }]);
  });

  test('waits for what is being killed', () => {
    const history = new History(program('a', { stopwaitsecs: 1 }));
    history.running('a');
    history.stop('a');
    history.pass(1);
    history.take();
    history.shutdown();
    assert.deepEqual(history.effects, []);
    history.end('a', killedBy(9));
    assert.equal(history.ended(), true);
  });

  test('waits for what is already being stopped, and gives it no second signal', () => {
    const history = new History(program('a'));
    history.running('a');
    history.stop('a');
    const start = history.start('a');
    history.take();
    history.shutdown();
    assert.deepEqual(history.signals(), []);
    assert.deepEqual(history.answers.get(start), fault('ABNORMAL_TERMINATION'));
    history.end('a', killedBy(15));
    assert.equal(history.ended(), true);
    assert.deepEqual(history.spawns(), []);
  });

  test('stops a spawn in flight as soon as it is there', () => {
    const history = new History(program('a'));
    history.shutdown();
    assert.equal(history.state('a'), 'STOPPING');
    assert.equal(history.ended(), false);
    history.spawned('a');
    assert.deepEqual(history.signals(), ['main SIGTERM']);
    history.end('a', killedBy(15));
    assert.equal(history.ended(), true);
  });

  test('a spawn in flight that fails is not waited for', () => {
    const history = new History(program('a'));
    history.shutdown();
    history.spawnFailed('a', 'why');
    assert.equal(history.ended(), true);
  });

  test('BACKOFF becomes FATAL at once and in silence', () => {
    const history = new History(program('a', { startretries: 1 }));
    history.spawnFailed('a', 'why');
    history.take();
    history.shutdown();
    assert.equal(history.state('a'), 'FATAL');
    assert.deepEqual(history.log(), []);
    assert.equal(history.ended(), true);
    assert.equal(history.deadlines.size, 0);
  });

  test('refuses starts, also of groups that come', () => {
    const history = new History(program('a', { autostart: false }), program('b'));
    history.running('b');
    history.shutdown();
    assert.deepEqual(history.answers.get(history.start('a')), fault('SHUTDOWN_STATE'));
    history.take();
    group(history, 'late', 1, ['x']);
    assert.deepEqual(history.spawns(), []);
    assert.equal(history.state('late:x'), 'STOPPED');
  });

  test('an exit while it waits for its turn brings no successor', () => {
    const history = new History();
    group(history, 'low', 1, ['a', { autorestart: true }], ['b', { startsecs: 100 }], ['c', { autorestart: true }]);
    group(history, 'high', 2, ['x']);
    history.spawned('low:b');
    for (const key of ['low:a', 'low:c', 'high:x']) history.running(key);
    history.shutdown();
    history.take();
    history.end('low:a', code(0));
    history.end('low:b', code(0));
    history.exit('low:c', code(0));
    assert.equal(history.state('low:a'), 'EXITED');
    assert.equal(history.state('low:b'), 'FATAL');
    assert.equal(history.process('low:c').phase, 'exited-remains');
    assert.deepEqual(history.log().slice(-2), [
      'warn exited: b (exit status 0; not expected)',
      'info exited: c (exit status 0; expected)',
    ]);
    history.pass(5);
    history.end('high:x', code(0));
    assert.deepEqual(stoppingNow(history), ['low:c']);
    history.empty('low:c');
    assert.equal(history.ended(), true);
    assert.deepEqual(history.spawns(), []);
  });

  test('clears remains as well, in their turn', () => {
    for (const keys of [{ autorestart: false }, { startsecs: 100 }, { startsecs: 100, startretries: 0 }] as const) {
      const history = new History(program('a', keys));
      history.spawned('a');
      history.pass(1);
      history.exit('a', code(0));
      history.take();
      history.shutdown();
      assert.equal(history.ended(), false);
      assert.deepEqual(history.signals(), ['roots SIGTERM']);
      const wasInBackoff = 'startsecs' in keys && !('startretries' in keys);
      assert.deepEqual(history.entered(), wasInBackoff ? ['FATAL', 'STOPPING'] : ['STOPPING']);
      history.pass(10);
      assert.deepEqual(history.signals(), ['roots SIGTERM', 'tree SIGKILL']);
      history.empty('a');
      assert.equal(history.ended(), true);
    }
  });

  test('what is being cleared for a successor is stopped, without a second signal and without the successor', () => {
    const clearing = [program('a'), program('a', { startsecs: 2 }), program('a', { startsecs: 2, startretries: 0 })];
    for (const spec of clearing) {
      const history = new History(spec);
      history.spawned('a');
      history.pass(1);
      history.exit('a', code(1));
      if (history.state('a') === 'FATAL') history.start('a');
      history.pass(1);
      assert.match(history.process('a').phase, /-clearing$/);
      history.take();
      history.shutdown();
      assert.equal(history.state('a'), 'STOPPING');
      assert.deepEqual(history.signals(), []);
      history.empty('a');
      assert.equal(history.ended(), true);
      assert.deepEqual(history.spawns(), []);
    }
  });
});
