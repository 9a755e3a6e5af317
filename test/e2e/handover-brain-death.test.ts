import assert from 'node:assert/strict';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { brainOf, renewBrain } from '../support/namespace/brain-death.ts';
import { handover, treeOf, untilRunning } from '../support/namespace/handover.ts';
import { commands } from '../support/namespace/process-table.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, type Running, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'nsenter', 'supervisor', 'python3');

type Service = { readonly running: Running; readonly pid: string; readonly plan: (text: string) => void };

async function service(t: TestContext, keys: string): Promise<Service> {
  const dir = scratch(t);
  const plan = (text: string): void => writeFileSync(join(dir, 'plan'), text);
  plan('say READY=1');
  const head = `[program:web]\ncommand=/usr/bin/python3 ${fixtures}/follows-its-plan.py\nenvironment=PLAN="${dir}/plan"\n`;
  const programs = `${head}handover=overlap\nready=notify\nmin_ready=0\nstartsecs=0\n${keys.replaceAll('DIR', dir)}`;
  const running = await start(t, { peer: 'legato', dir, programs });
  await untilRunning(running, 'web');
  return { running, plan, pid: (await running.ctl('pid', 'web')).stdout };
}

const services = (running: Running): number => commands(running.processes(), 'follows-its-plan').length;

/** The client has lost its answer; what it got is nothing that was done. */
async function isLost(asked: Promise<unknown>): Promise<void> {
  await asked.then(
    (answer) => assert.doesNotMatch(JSON.stringify(answer), /"ok":true/),
    () => undefined,
  );
}

test('a brain that is killed while a generation is awaited: the older one serves on, the younger has the time it had, the next handover goes well', {
  skip: missing,
}, async (t) => {
  // It has to be looked at below the next brain before that is over.
  const { running, plan, pid } = await service(t, 'ready_timeout=30\n');
  plan('print beginning');
  const lost = isLost(handover(running, 'web'));
  await until('the next generation', () => services(running) === 2, running);
  await renewBrain(running);
  await lost;
  assert.match(await treeOf(running, 'web'), /next/);
  await until('the younger one to be removed', () => services(running) === 1, running);
  assert.equal((await running.ctl('pid', 'web')).stdout, pid);
  plan('say READY=1');
  const { code, report } = await handover(running, 'web');
  assert.equal(code, 0, JSON.stringify(report));
  assert.equal(services(running), 1);
  assert.doesNotMatch(await treeOf(running, 'web'), /draining|next/);
});

test('a brain that is killed while a check runs: nothing of the check is left, and the next handover goes well', {
  skip: missing,
}, async (t) => {
  const { running, pid } = await service(
    t,
    'check_command=/bin/sh -c "test -e DIR/checked && exit 0; touch DIR/checked; sleep 1000 & sleep 1000"\n',
  );
  const sleeping = (): number => running.processes().filter(({ comm }) => comm === 'sleep').length;
  const lost = isLost(handover(running, 'web'));
  await until('the check to run', () => sleeping() === 2, running);
  await renewBrain(running);
  await lost;
  await until('nothing of the check to be left', () => sleeping() === 0, running);
  assert.equal((await running.ctl('pid', 'web')).stdout, pid);
  const { code, report } = await handover(running, 'web');
  assert.equal(code, 0, JSON.stringify(report));
  assert.equal(services(running), 1);
});

for (const [when, isDead] of [
  ['below the next brain', false],
  ['while there is none', true],
] as const)
  test(`a next generation that shows by its log that it serves is heard ${when}`, { skip: missing }, async (t) => {
    const dir = scratch(t);
    const go = join(dir, 'go');
    writeFileSync(go, '');
    const programs = `[program:web]
command=/bin/sh -c 'while [ ! -e ${go} ]; do sleep 0.05; done; echo serves; exec sleep 1001'
handover=overlap
ready=log:/serves/
ready_timeout=60
min_ready=0.1
startsecs=0
stdout_logfile=${dir}/web.log
`;
    // At debug the brain reads all output in any case.
    const running = await start(t, { peer: 'legato', pid1: false, loglevel: 'info', dir, programs });
    const serving = (): number => commands(running.processes(), 'sleep 1001').length;
    await until('it to serve', () => serving() === 1, running);
    rmSync(go);
    const lost = isLost(handover(running, 'web'));
    await until('the next generation', () => commands(running.processes(), go).length === 1, running);
    const brain = brainOf(running);
    if (isDead) {
      process.kill(running.pid, 'SIGSTOP');
      process.kill(brain, 'SIGKILL');
      writeFileSync(go, '');
      await until('it to have said so', () => commands(running.processes(), 'sleep 1001').length === 2, running);
      process.kill(running.pid, 'SIGCONT');
    } else {
      await renewBrain(running);
      writeFileSync(go, '');
    }
    await lost;
    await until('the commit', () => /handover of 'web:web': committed #2/.test(running.log()), running);
    await until('the former one to be gone', () => serving() === 1, running);
  });

test('the watchdog of one that has yet to begin with it does not begin with the next brain', {
  skip: missing,
}, async (t) => {
  const dir = scratch(t);
  const programs = ['late', 'silent'].map(
    (name) => `[program:${name}]
command=/usr/bin/python3 ${fixtures}/follows-its-plan.py
environment=PLAN="${dir}/${name}"
startsecs=0
watchdog=8
`,
  );
  writeFileSync(join(dir, 'late'), 'print loading');
  writeFileSync(join(dir, 'silent'), 'say WATCHDOG=1\ntouch silent-begun');
  const running = await start(t, { peer: 'legato', dir, programs: programs.join('') });
  await until('the one to have begun', () => existsSync(join(running.dir, 'silent-begun')), running);
  const { stdout: late } = await running.ctl('pid', 'late');
  await renewBrain(running);
  await until('the other one to be missed', () => /killing 'silent' .* with SIGABRT/.test(running.log()), running);
  assert.equal((await running.ctl('pid', 'late')).stdout, late);
  assert.doesNotMatch(running.log(), /killing 'late'/);
});
