import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';

import { brainOf } from '../support/namespace/brain-death.ts';
import { untilRunning } from '../support/namespace/handover.ts';
import { canLimitPids, limitPids } from '../support/namespace/pids-limit.ts';
import { commands } from '../support/namespace/process-table.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'supervisor', 'python3');

const most = 80;

// Whether a cgroup can be made is for the machine to say; no package brings that.
if (canLimitPids)
  test(
    'with no process left to be had: what runs goes on, what cannot be started is told, a dead brain comes back when there is room',
    {
      skip: missing,
    },
    inFullSpace,
  );
else process.stderr.write('NOT TRIED: this machine has no cgroup with a limit of processes\n');

async function inFullSpace(t: TestContext): Promise<void> {
  const dir = scratch(t);
  const limit = limitPids(t, dir, most);
  const programs = `[program:steady]
command=/bin/sleep 1000
[program:greedy]
command=/usr/bin/python3 ${fixtures}/fills-the-pid-space.py
autostart=false
autorestart=false
startsecs=0
[program:late]
command=/bin/sleep 1001
autostart=false
startretries=1000
`;
  const wrap = (): readonly string[] => limit.wrap;
  // As a plain process, so that the brain and those that fill the space can be ended from here.
  const running = await start(t, { peer: 'legato', dir, pid1: false, wrap, programs });
  await untilRunning(running, 'steady');
  const { stdout: steady } = await running.ctl('pid', 'steady');
  assert.equal((await running.ctl('start', 'greedy')).stdout, 'greedy: started\n');
  const isFull = (): boolean => limit.count() === most;
  await until('every place to be taken', isFull, running);

  // The answer may take as long as the retries do.
  const started = running.ctl('start', 'late');
  await until(
    'the failure',
    () => /spawnerr: Too many processes in process table to spawn 'late'/.test(running.log()),
    running,
  );
  assert.match(await running.status('late'), /^late (BACKOFF|STARTING) /);
  assert.equal((await running.ctl('stop', 'late')).stdout, 'late: stopped\n');
  assert.notEqual((await started).stdout, 'late: started\n');
  assert.equal((await running.ctl('pid', 'steady')).stdout, steady);

  const brain = brainOf(running);
  process.kill(brain, 'SIGKILL');
  await until('its places to be taken', () => brainOf(running) !== brain && isFull(), running);
  await until('init to say so', () => /cannot start \S+: errno 11/.test(running.console()), running);
  assert.match(commands(running.processes(), 'sleep 1000')[0]?.args.join(' ') ?? '', /sleep 1000/);

  for (const { pid } of commands(running.processes(), 'fills-the-pid-space')) process.kill(pid, 'SIGKILL');
  await until('another brain', async () => (await running.status('steady')).includes('RUNNING'), running);
  assert.equal((await running.ctl('pid', 'steady')).stdout, steady);
  assert.match(await running.status('greedy'), /^greedy EXITED /);
  assert.deepEqual(commands(running.processes(), 'fills-the-pid-space'), []);
  assert.equal((await running.ctl('start', 'late')).stdout, 'late: started\n');
  await running.ctl('shutdown');
  assert.deepEqual(await running.ended, { code: 0, signal: null });
}
