import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { kills } from '../../bench/interruptions/kills.ts';
import { type Interruption, interruptAgain } from '../../bench/interruptions/run.ts';
import { upgradesIn } from '../../bench/interruptions/upgrades.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'supervisor', 'python3', 'celery', 'redis');
const seed = Number(process.env['INTERRUPTIONS_SEED'] ?? 4711);

/** `npm run brain-kills` has 100 rounds, `npm run upgrades` 20, and both more load. */
const interruptions: readonly (readonly [string, number, (t: TestContext) => Interruption])[] = [
  ['a brain killed again and again, whatever it is about', 8, () => kills],
  ['legato upgraded again and again, whatever it is about', 6, (t) => upgradesIn(scratch(t))],
];

for (const [what, rounds, prepare] of interruptions) {
  test(`${what}, is noticed by nobody`, { skip: missing }, async (t) => {
    const plan = { rounds, seed, tasks: 40, linesPerSecond: 1000, clients: 4 };
    const toll = await interruptAgain(t, plan, prepare(t));
    const { loads, tasks, lines, differences, leaks, complaints } = toll;
    const where = `seed ${seed}: ${JSON.stringify(toll, null, 1)}`;
    assert.deepEqual({ differences, leaks, complaints }, { differences: [], leaks: [], complaints: [] }, where);
    assert.ok(toll.interruptions >= rounds, where);
    for (const { failed, succeeded } of loads) {
      assert.equal(failed, 0, where);
      assert.ok(succeeded > 100, where);
    }
    assert.deepEqual([tasks.done, tasks.started, tasks.lost, tasks.doubles], [40, 40, [], []], where);
    const { written, ...wrong } = lines;
    assert.deepEqual(wrong, { lost: 0, doubled: 0, torn: 0 }, where);
    assert.ok(written > 1000, where);
  });
}
