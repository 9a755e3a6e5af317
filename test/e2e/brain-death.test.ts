import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { killBrain, renewBrain } from '../support/namespace/brain-death.ts';
import { call } from '../support/namespace/calls.ts';
import { untilRunning } from '../support/namespace/handover.ts';
import { commands, environmentOf, processTable } from '../support/namespace/process-table.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, type Running, start } from '../support/namespace/supervisor.ts';
import { textOf } from '../support/namespace/text-of.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'supervisor', 'python3');

type Info = {
  readonly statename: string;
  readonly pid: number;
  readonly start: number;
  readonly stdout_logfile: string;
};

async function infoOf(running: Running, name: string): Promise<Info> {
  const [info] = await call(running, ['getProcessInfo', name]);
  return info as Info;
}

test('a brain killed with -9 loses nothing of what it was about: uptime, a stop, a backoff, what was stopped on purpose', {
  skip: missing,
}, async (t) => {
  const running = await start(t, {
    peer: 'legato',
    programs: `[program:steady]
command=/bin/sleep 1000
[program:obstinate]
command=/usr/bin/python3 ${fixtures}/ignores-term.py
environment=READY="%(ENV_RUN_DIR)s/obstinate"
stopwaitsecs=20
[program:hopeless]
command=/bin/false
startretries=3
[program:idle]
command=/bin/sleep 1000
`,
  });
  await untilRunning(running, 'steady');
  await untilRunning(running, 'obstinate');
  await untilRunning(running, 'idle');
  await until('it to be obstinate', () => existsSync(join(running.dir, 'obstinate')), running);
  await running.ctl('stop', 'idle');
  const before = await infoOf(running, 'steady');
  const began = performance.now();
  const stopped = running.ctl('stop', 'obstinate');
  await until('the stop', async () => (await infoOf(running, 'obstinate')).statename === 'STOPPING', running);
  const status = await renewBrain(running);
  assert.match(status, /obstinate +STOPPING/, running.evidence());
  assert.match(status, /idle +STOPPED/);
  assert.match(status, /hopeless +(BACKOFF|FATAL|STARTING)/);
  assert.deepEqual(lasting(await infoOf(running, 'steady')), lasting(before));
  await until('the end', async () => (await infoOf(running, 'obstinate')).statename === 'STOPPED', running);
  const took = performance.now() - began;
  assert.ok(took > 19_500, `SIGKILL after stopwaitsecs, not at once: ${took} ms`);
  await stopped;
  await until('its last try', async () => (await infoOf(running, 'hopeless')).statename === 'FATAL', running);
  const tries = running.log().match(/spawned: 'hopeless'/g)?.length;
  assert.equal(tries, 4, 'its failures were counted on');
  assert.equal((await running.ctl('start', 'idle')).stdout, 'idle: started\n');
});

/** What the first brain of all has come to when it is killed. */
const stages: readonly (readonly [string, (dir: string) => boolean])[] = [
  ['it has its pidfile', (dir) => existsSync(join(dir, 'd.pid'))],
  ['it has its socket', (dir) => existsSync(join(dir, 's.sock'))],
  ['it has started the first program', (dir) => textOf(join(dir, 'd.log')).includes('spawned: ')],
  ['some programs are RUNNING', (dir) => textOf(join(dir, 'd.log')).includes('entered RUNNING state')],
];

for (const [stage, isThere] of stages) {
  test(`a brain killed when ${stage}: the next one starts what is missing, and nothing twice`, {
    skip: missing,
  }, async (t) => {
    const dir = scratch(t);
    const killed = until('the brain at that stage', () => isThere(dir) && kill(dir), { every: 1 });
    const running = await start(t, {
      peer: 'legato',
      dir,
      programs: '[program:some]\ncommand=/bin/sleep 1000\nprocess_name=%(process_num)d\nnumprocs=12\n',
    });
    await killed;
    await until('all twelve', async () => (await running.status()).match(/RUNNING/g)?.length === 12, running);
    assert.equal(commands(running.processes(), '/bin/sleep 1000').length, 12, running.evidence());
    assert.match(running.console(), /the brain has ended \(signal 9\)/, running.evidence());
  });
}

/** Of the brain that has this directory; whether there was one. */
function kill(dir: string): boolean {
  const brain = processTable().find(
    ({ pid, args }) =>
      args.some((word) => word.endsWith('/legatod.cjs')) &&
      !args.some((word) => word.endsWith('legato-init')) &&
      environmentOf(pid).includes(`LEGATO_TEST=${dir}\0`),
  );
  if (brain !== undefined) process.kill(brain.pid, 'SIGKILL');
  return brain !== undefined;
}

const lasting = ({ pid, start: began, stdout_logfile: log }: Info): unknown => ({ pid, began, log });

test('a brain goes on with what it ran with, whatever has become of the file', { skip: missing }, async (t) => {
  const dir = scratch(t);
  const programs = `[program:web]
command=/bin/sleep 1000
environment=SECRET="one"
[program:other]
command=/bin/sleep 1000
autostart=false
`;
  const running = await start(t, { peer: 'legato', dir, programs });
  await untilRunning(running, 'web');
  const file = join(dir, 'c.conf');
  const whole = readFileSync(file, 'utf8');
  writeFileSync(file, `${whole}[program:broken]\nautostart=perhaps\n`);
  const { pid } = await infoOf(running, 'web');
  assert.match(await renewBrain(running), /other +STOPPED.*\nweb +RUNNING/);
  assert.equal((await infoOf(running, 'web')).pid, pid);
  writeFileSync(file, whole.replace('autostart=false', 'autostart=false\nstartsecs=0'));
  // What was read and is not active yet is known to the next one as well.
  assert.match((await running.ctl('reread')).stdout, /other: changed/);
  assert.match(await renewBrain(running), /web +RUNNING/);
  assert.match((await running.ctl('update')).stdout, /other: (stopped|updated)/);
  assert.equal((await infoOf(running, 'web')).pid, pid);
  assert.match((await running.ctl('restart', 'web')).stdout, /web: started/);
});

test('legatoctl waits for the next brain', { skip: missing }, async (t) => {
  // Outside of a namespace, where the pid in the pidfile is what the client sees.
  const running = await start(t, {
    peer: 'legato',
    pid1: false,
    programs: '[program:steady]\ncommand=/bin/sleep 1000\n',
  });
  await untilRunning(running, 'steady');
  for (let time = 0; time < 5; time += 1) {
    await killBrain(running);
    const { code, stdout, stderr } = await running.legatoctl('status');
    assert.match(stdout, /^steady +RUNNING/, stderr);
    assert.equal(code, 0);
  }
  await killBrain(running);
  assert.equal((await running.legatoctl('restart', 'steady')).stdout, 'steady: stopped\nsteady: started\n');
});
