import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rollOrder, startOrder, stopOrder } from '../../src/core/order.ts';
import { History, program } from '../support/history.ts';

function world(): History {
  const history = new History();
  const member = (group: string, name: string, priority: number) =>
    program(name, { group, priority, autostart: false });
  history.add({ name: 'late', priority: 9, processes: [member('late', 'a', 1)] });
  history.add({
    name: 'early',
    priority: 1,
    processes: [member('early', 'z', 5), member('early', 'b', 2), member('early', 'y', 5)],
  });
  return history;
}

test('starts go by ascending priority of the group, then of the process; equal ones as configured', () => {
  assert.deepEqual(startOrder(world().world), ['early:b', 'early:z', 'early:y', 'late:a']);
});

test('stops go the other way round', () => {
  assert.deepEqual(stopOrder(world().world), ['late:a', 'early:y', 'early:z', 'early:b']);
});

test('one group alone', () => {
  assert.deepEqual(startOrder(world().world, 'early'), ['early:b', 'early:z', 'early:y']);
  assert.deepEqual(stopOrder(world().world, 'early'), ['early:y', 'early:z', 'early:b']);
  assert.deepEqual(startOrder(world().world, 'nobody'), []);
});

test('handovers go by ascending priority, equal ones by name', () => {
  const keys = ['late:a', 'early:z', 'early:y', 'early:b', 'nobody:x'];
  assert.deepEqual(rollOrder(world().world, keys), ['early:b', 'early:y', 'early:z', 'late:a']);
});

test('handovers of equal priority go by name, in whatever order they are configured', () => {
  const history = new History();
  const processes = ['m', 'a', 'z', 'c'].map((name) => program(name, { group: 'g', priority: 1, autostart: false }));
  history.add({ name: 'g', priority: 1, processes });
  assert.deepEqual(rollOrder(history.world, ['g:m', 'g:a', 'g:z', 'g:c']), ['g:a', 'g:c', 'g:m', 'g:z']);
});
