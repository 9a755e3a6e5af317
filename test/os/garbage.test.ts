import assert from 'node:assert/strict';
import { test } from 'node:test';
import { giveMemoryBack } from '../../src/os/garbage.ts';

test('memory that nobody needs any more goes back to the system, and the way to ask for it is closed again', () => {
  let burst: unknown[] | null = Array.from({ length: 200_000 }, (_, at) => ({ at, text: `${at}` }));
  const before = process.memoryUsage().heapTotal;
  assert.equal(burst.length, 200_000);
  burst = null;
  assert.equal(giveMemoryBack(), true);
  const after = process.memoryUsage().heapTotal;
  assert.ok(before - after > 5_000_000, `${before} before, ${after} after`);
  assert.equal('gc' in globalThis, false);
});
