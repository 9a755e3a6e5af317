import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { canRemove } from '../../src/core/world.ts';
import { code, History, program } from '../support/history.ts';

describe('a group', () => {
  test('that comes while others run starts its autostart members', () => {
    const history = new History(program('a'));
    history.running('a');
    history.take();
    const b = program('b', { group: 'h' });
    const c = program('c', { group: 'h', autostart: false });
    history.add({ name: 'h', priority: 1, processes: [b, c] });
    assert.deepEqual(history.spawns(), ['h:b #2']);
    assert.deepEqual(history.world.groups.get('h'), { name: 'h', priority: 1, members: ['h:b', 'h:c'] });
  });

  test('can be removed when every member is stopped in Supervisor’s sense and nothing of it lives', () => {
    const history = new History(program('a', { autorestart: false }), program('b', { autostart: false }));
    assert.equal(canRemove(history.world, 'g'), false, 'a spawn is under way');
    history.running('a');
    assert.equal(canRemove(history.world, 'g'), false, 'a member runs');
    history.exit('a', code(0));
    assert.equal(canRemove(history.world, 'g'), false, 'something of a member is left');
    history.empty('a');
    assert.equal(canRemove(history.world, 'g'), true);
    assert.equal(canRemove(history.world, 'nobody'), false);
  });

  test('whose member waits to be tried again cannot be removed', () => {
    const history = new History(program('a'));
    history.spawnFailed('a', 'why');
    assert.equal(canRemove(history.world, 'g'), false);
  });

  test('leaves with its members', () => {
    const history = new History(program('a', { autostart: false }));
    history.remove('g');
    assert.equal(history.world.groups.size, 0);
    assert.equal(history.world.processes.size, 0);
    assert.deepEqual(history.effects, []);
  });

  test('stays while a member lives, and the log says so', () => {
    const history = new History(program('a'));
    history.running('a');
    history.take();
    history.remove('g');
    assert.deepEqual(history.log(), ["warn group 'g' is not stopped: not removed"]);
    assert.equal(history.state('a'), 'RUNNING');
  });

  test('that is there is not added again, and one that is not there not removed', () => {
    const history = new History(program('a'));
    history.running('a');
    history.take();
    history.add({ name: 'g', priority: 1, processes: [program('z')] });
    history.remove('h');
    assert.deepEqual(history.log(), [
      "warn group 'g' is already there: not added",
      "warn group 'h' is not there: not removed",
    ]);
    assert.equal(history.state('a'), 'RUNNING');
    assert.equal(history.world.processes.has('g:z'), false);
  });

  test('cannot take over a process of another group', () => {
    const history = new History(program('a'));
    history.running('a');
    history.take();
    history.add({ name: 'h', priority: 1, processes: [program('b'), program('a')] });
    assert.deepEqual(history.log(), ["warn group 'h': process 'g:a' is already there: not added"]);
    assert.equal(history.state('a'), 'RUNNING');
    assert.equal(history.world.groups.has('h'), false);
  });

  test('with two processes of one name has the later one, once', () => {
    const history = new History(program('a', { stopsignal: 1 }), program('a', { stopsignal: 2 }));
    assert.deepEqual(history.spawns(), ['g:a #1']);
    assert.deepEqual(history.world.groups.get('g')?.members, ['g:a']);
    history.running('a');
    history.shutdown();
    assert.deepEqual(history.signals(), ['main SIGINT']);
  });

  test('a batch of many events makes one new world and leaves the former one as it was', () => {
    const history = new History(program('a'), program('b'));
    const before = history.world;
    const copy = structuredClone(before);
    history.happen(
      { type: 'spawned', at: 1, process: 'g:a', generation: 1, pid: 5 },
      { type: 'spawned', at: 1, process: 'g:b', generation: 2, pid: 6 },
      { type: 'group-added', at: 1, group: { name: 'h', priority: 1, processes: [program('c', { group: 'h' })] } },
      { type: 'group-added', at: 1, group: { name: 'i', priority: 1, processes: [] } },
    );
    assert.notEqual(history.world, before);
    assert.deepEqual(before, copy);
    assert.equal(history.world.processes.size, 3);
  });
});
