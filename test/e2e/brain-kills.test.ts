import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kills } from '../../bench/interruptions/kills.ts';
import { interruptAgain } from '../../bench/interruptions/run.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'supervisor', 'python3', 'celery', 'redis');

/** `npm run brain-kills` does it 100 times. */
const rounds = 8;
const seed = Number(process.env['BRAIN_KILLS_SEED'] ?? 4711);

test('a brain killed again and again, whatever it is about, is noticed by nobody', { skip: missing }, async (t) => {
  const toll = await interruptAgain(t, { rounds, seed, tasks: 40, linesPerSecond: 1000, clients: 4 }, kills);
  const { loads, tasks, lines, differences, leaks, complaints } = toll;
  const where = `seed ${seed}: ${JSON.stringify(toll, null, 1)}`;
  assert.deepEqual({ differences, leaks, complaints }, { differences: [], leaks: [], complaints: [] }, where);
  for (const { failed, succeeded } of loads) {
    assert.equal(failed, 0, where);
    assert.ok(succeeded > 100, where);
  }
  assert.deepEqual([tasks.done, tasks.started, tasks.lost, tasks.doubles], [40, 40, [], []], where);
  const { written, ...wrong } = lines;
  assert.deepEqual(wrong, { lost: 0, doubled: 0, torn: 0 }, where);
  assert.ok(written > 1000, where);
});
