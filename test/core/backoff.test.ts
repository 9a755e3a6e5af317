import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffGap, hasRetriesLeft } from '../../src/core/backoff.ts';

test('the gaps are 1, 2, 3 … seconds', () => {
  assert.deepEqual([1, 2, 3].map(backoffGap), [1000, 2000, 3000]);
});

test('attempts in all are one more than startretries', () => {
  assert.deepEqual(
    [0, 1, 2, 3].map((failures) => hasRetriesLeft(failures, 2)),
    [true, true, false, false],
  );
});
