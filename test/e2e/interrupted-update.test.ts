import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { renewBrain } from '../support/namespace/brain-death.ts';
import { editConfiguration } from '../support/namespace/edit-configuration.ts';
import { untilRunning } from '../support/namespace/handover.ts';
import { type Running, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

/* A change of the configuration in the middle of which the brain dies: the next one goes on with it, unasked. */

const missing = lacking('root', 'supervisor');

/** Ends on TERM when the file DIR/go is there. */
const lingers = `command=/bin/sh -c 'trap "until test -e DIR/go; do sleep 0.02; done; exit 0" TERM; touch DIR/hears-%(program_name)s; while :; do sleep 0.02; done'
stopwaitsecs=600
`;

/** Until a program does so: RUNNING it is after a second, whatever it has come to. */
async function untilHears(running: Running, program: string): Promise<void> {
  await until(`${program} to hear TERM`, () => existsSync(join(running.dir, `hears-${program}`)), running);
}

/** The configuration with DIR for the directory that the run has. */
async function started(t: Parameters<typeof start>[0], programs: string): Promise<Running> {
  return await start(t, { peer: 'legato', pid1: false, programs: programs.replaceAll('DIR', '%(ENV_RUN_DIR)s') });
}

test('what is gone from the file is removed, and a group that is changed as a whole comes back with its change', {
  skip: missing,
}, async (t) => {
  const running = await started(
    t,
    `[program:gone]\n${lingers}\n[fcgi-program:app]\n${lingers}socket=unix://DIR/former.sock\n`,
  );
  for (const name of ['gone', 'app']) {
    await untilRunning(running, name);
    await untilHears(running, name);
  }
  editConfiguration(running, (text) =>
    text.replace('[program:gone]', '[program:come]').replace('former.sock', 'latter.sock'),
  );
  await running.ctl('reload');
  const isLeaving = async (): Promise<boolean> => (await running.status()).match(/STOPPING/g)?.length === 2;
  await until('both to be stopped', isLeaving, running);
  const status = await renewBrain(running);
  assert.match(status, /^app +STOPPING.*\ngone +STOPPING.*\n$/, 'what is new waits for what goes');
  assert.ok(!existsSync(join(running.dir, 'latter.sock')));
  writeFileSync(join(running.dir, 'go'), '');
  const isDone = async (): Promise<boolean> =>
    /^app +RUNNING.*\ncome +RUNNING.*\n$/.test((await running.ctl('status')).stdout);
  await until('all to be as the file says', isDone, running);
  assert.ok(existsSync(join(running.dir, 'latter.sock')));
  assert.ok(!existsSync(join(running.dir, 'former.sock')));
  // Nothing of it is done again by the brain after that.
  const { stdout: pids } = await running.ctl('pid', 'all');
  await renewBrain(running);
  assert.equal((await running.ctl('pid', 'all')).stdout, pids);
});

test('a program that is put back into the file while it is being removed comes back', { skip: missing }, async (t) => {
  const running = await started(t, `[program:app]\n${lingers}`);
  await untilRunning(running, 'app');
  await untilHears(running, 'app');
  const { stdout: former } = await running.ctl('pid', 'app');
  editConfiguration(running, (text) => text.replace('[program:app]', '[program:other]'));
  await running.ctl('reload');
  await until('it to be stopped', async () => (await running.status()).includes('STOPPING'), running);
  editConfiguration(running, (text) => text.replace('[program:other]', '[program:app]'));
  await running.ctl('reread');
  assert.match(await renewBrain(running), /^app +STOPPING.*\n$/);
  writeFileSync(join(running.dir, 'go'), '');
  await untilRunning(running, 'app');
  assert.notEqual((await running.ctl('pid', 'app')).stdout, former);
});

const fleet = `[program:app]
command=/bin/sh -c 'while :; do sleep 0.1; done; echo former'
numprocs=3
process_name=%(process_num)d
handover=overlap
ready=file:DIR/ready-%(process_num)d
ready_timeout=600
min_ready=0
startsecs=0
`;

for (const [how, wanted] of [
  ['goes well', 3],
  ['fails', 1],
] as const)
  test(`of several processes the next one is waited for, and when that ${how} ${wanted - 1} more are handed over`, {
    skip: missing,
  }, async (t) => {
    const running = await started(t, fleet);
    for (const slot of [0, 1, 2]) await untilRunning(running, `app:${slot}`);
    const pids = async (): Promise<string[]> => (await running.ctl('pid', 'all')).stdout.split('\n').filter(Boolean);
    const replaced = async (): Promise<number> => {
      const now = await pids();
      return now.filter((pid) => !former.includes(pid)).length;
    };
    const ready = (slot: number): void => writeFileSync(join(running.dir, `ready-${slot}`), '');
    const spawned = (slot: number): RegExp => new RegExp(`handover of 'app:${slot}': spawned`);
    const former = await pids();
    editConfiguration(running, (text) => text.replace('former', 'latter'));
    await running.ctl('reload');
    await until('the first to be awaited', () => spawned(0).test(running.log()), running);
    ready(0);
    await until('the second to be awaited', () => spawned(1).test(running.log()), running);
    await renewBrain(running);
    assert.equal(await replaced(), 1);
    if (how === 'fails') {
      assert.equal((await running.legatoctl('handover', '--abort', 'app:1')).code, 0);
      await until('it to be told', () => /group 'app' goes on as it is/.test(running.log()), running);
    } else {
      ready(1);
      await until('the third to be awaited', () => spawned(2).test(running.log()), running);
      ready(2);
    }
    await until('the end', async () => (await replaced()) === wanted, running);
    await renewBrain(running);
    assert.equal(await replaced(), wanted);
    assert.doesNotMatch((await running.legatoctl('tree')).stdout, /next/);
  });
