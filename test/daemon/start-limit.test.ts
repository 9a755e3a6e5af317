import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StartLimit } from '../../src/daemon/start-limit.ts';

test('five starts within a second are at once, each one more when the fifth before it is a second old', () => {
  const limit = new StartLimit();
  assert.deepEqual(
    [0, 0, 10, 20, 30].map((at) => limit.wait('g:a', at)),
    [0, 0, 0, 0, 0],
  );
  assert.equal(limit.wait('g:a', 40), 960);
  assert.equal(limit.wait('g:b', 40), 0, 'another one');
  // It was started at 1000; the second of those before at 0, the third at 10.
  assert.equal(limit.wait('g:a', 1000), 0);
  assert.equal(limit.wait('g:a', 1001), 9);
});

test('one that lives for a while is never held back', () => {
  const limit = new StartLimit();
  for (let at = 0; at < 10_000; at += 250) assert.equal(limit.wait('g:a', at), 0);
});

test('one that ends at once starts five times a second', () => {
  const limit = new StartLimit();
  let at = 0;
  let starts = 0;
  for (; at < 10_000; starts += 1) at += limit.wait('g:a', at) + 2;
  assert.ok(starts >= 45 && starts <= 56, `${starts} starts`);
});
