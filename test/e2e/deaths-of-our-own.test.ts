import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { assertCensus, expected, roleOf } from '../support/namespace/app-test.ts';
import { call } from '../support/namespace/calls.ts';
import { command } from '../support/namespace/command.ts';
import { notingListener, untilNoted } from '../support/namespace/event-notes.ts';
import { commands } from '../support/namespace/process-table.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, type Running, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'nsenter', 'supervisor', 'python3');

/** kill -9 of one of legato's own processes, from inside the namespace. */
async function killed(running: Running, pid: number): Promise<void> {
  await command('/usr/bin/nsenter', ['-t', `${running.pid}`, '-p', '-m', '--', '/bin/kill', '-9', `${pid}`]);
}

function pidOf(running: Running, role: string): number {
  const row = running.processes().find((candidate) => roleOf(candidate) === role);
  assert.ok(row !== undefined, `no ${role}:\n${running.evidence()}`);
  return row.pid;
}

test('a shim killed with -9 takes nothing along: the service goes on and stop still takes its whole tree', {
  skip: missing,
}, async (t) => {
  const dir = scratch(t);
  const ready = join(dir, 'ready');
  const programs = `[program:storm]
command=/usr/bin/python3 ${fixtures}/double-forks-storm.py 6
environment=READY="${ready}"
stopwaitsecs=1
`;
  const running = await start(t, { peer: 'legato', dir, programs });
  await until('the service', () => existsSync(ready), running);
  await until('RUNNING', async () => /RUNNING/.test(await running.status()), running);
  // The last of those between has its moment to end.
  await until('six daemons', () => commands(running.processes(), 'double-forks-storm').length === 7, running);
  const before = (await running.ctl('pid', 'storm')).stdout;
  const family = commands(running.processes(), 'double-forks-storm').map((row) => row.pid);
  const shim = pidOf(running, 'shim');
  await killed(running, shim);
  await until('the shim to be gone', () => running.processes().every((row) => row.pid !== shim), running);
  assert.deepEqual(
    commands(running.processes(), 'double-forks-storm').map((row) => row.pid),
    family,
  );
  assert.equal((await running.ctl('pid', 'storm')).stdout, before);
  assert.equal((await running.ctl('stop', 'storm')).stdout, 'storm: stopped\n');
  await assertCensus(running, expected('legato').alone);
});

test('a brain killed with -9 is started again: services keep their pids and supervisorctl works', {
  skip: missing,
}, async (t) => {
  const programs = `[program:idle]
command=/bin/sleep 1000
[program:chatter]
command=/bin/sh -c 'while :; do echo tick; sleep 0.05; done'
stdout_logfile=%(here)s/chatter.log
`;
  const running = await start(t, { peer: 'legato', programs });
  await until('RUNNING', async () => ((await running.status()).match(/RUNNING/g) ?? []).length === 2, running);
  const pids = (await running.ctl('pid', 'all')).stdout;
  const brain = pidOf(running, 'brain');
  await killed(running, brain);
  await until(
    'another brain',
    () => running.processes().some((row) => roleOf(row) === 'brain' && row.pid !== brain),
    running,
  );
  await until('supervisorctl to work', async () => (await running.ctl('pid', 'all')).stdout === pids, running);
  assert.match((await running.ctl('status')).stdout, /^chatter +RUNNING .*\nidle +RUNNING /);
  assert.equal((await running.ctl('restart', 'all')).stdout.match(/: started/g)?.length, 2);
  assert.equal((await running.ctl('stop', 'all')).stdout.match(/: stopped/g)?.length, 2);
  await assertCensus(running, expected('legato').alone);
});

test('when the brain dies, its listeners are started anew and hear what happens then', { skip: missing }, async (t) => {
  const dir = scratch(t);
  const running = await start(t, { peer: 'legato', dir, programs: notingListener(dir, 'all', 'REMOTE_COMMUNICATION') });
  await call(running, ['sendRemoteCommEvent', 'a', '1']);
  const first = await untilNoted(running, 'all', /type:a\n1/);
  await killed(running, pidOf(running, 'brain'));
  await until(
    'the listener to be started anew',
    () => /INFO starting event listener 'all:all' anew/.test(running.log()),
    running,
  );
  await until('it to be up', async () => /^all +RUNNING/m.test(await running.status()), running);
  await call(running, ['sendRemoteCommEvent', 'a', '2']);
  const second = await untilNoted(running, 'all', /type:a\n2/);
  assert.notEqual(second.pid, first.pid);
});
