import assert from 'node:assert/strict';
import { test } from 'node:test';
import { soak } from '../../bench/soak/run.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'supervisor', 'python3');

/** `npm run soak` takes half an hour. */
const seconds = 40;
const seed = Number(process.env['SOAK_SEED'] ?? 4711);

test('whatever happens to it, legato says what is so', { skip: missing }, async (t) => {
  const { comparisons, differences, memory } = await soak(t, { seconds, seed });
  assert.deepEqual(differences, [], `seed ${seed}`);
  assert.ok(comparisons > 0);
  assert.ok(
    memory.every(({ init }) => init < 4096),
    `init has ${memory.map(({ init }) => init).join(', ')} KiB`,
  );
});
