import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertCensus, expected } from '../support/namespace/app-test.ts';
import { commands } from '../support/namespace/process-table.ts';
import { fixtures, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'supervisor', 'python3');

test('a program that daemonises itself is EXITED, stays in the tree, and is cleared by stop', {
  skip: missing,
}, async (t) => {
  const programs = `[program:daemon]
command=/usr/bin/python3 ${fixtures}/daemonises.py /bin/sleep 54321
startsecs=0
autorestart=unexpected
`;
  const running = await start(t, { peer: 'legato', programs });
  await until('EXITED', async () => /^daemon +EXITED/.test(await running.status()), running);
  // Who has started it ends without looking what becomes of it.
  const daemon = await until(
    'the daemon',
    () => commands(running.processes(), 'sleep 54321').find(({ comm }) => comm === 'sleep'),
    running,
  );
  const tree = (await running.legatoctl('tree')).stdout;
  assert.match(tree, new RegExp(`\\b${daemon.pid}\\b.*sleep 54321`));
  assert.equal((await running.ctl('stop', 'daemon')).stdout, 'daemon: stopped\n');
  await assertCensus(running, expected('legato').alone);
});

test('what a daemonising program left is cleared before its successor starts', { skip: missing }, async (t) => {
  const programs = `[program:daemon]
command=/usr/bin/python3 ${fixtures}/daemonises.py /bin/sleep 54321
startsecs=0
autorestart=unexpected
`;
  const running = await start(t, { peer: 'legato', programs });
  const [first] = await until('the daemon', () => {
    const found = commands(running.processes(), 'sleep 54321');
    return found.length === 1 && found;
  });
  await until('EXITED', async () => /^daemon +EXITED/.test(await running.status()), running);
  assert.equal((await running.ctl('start', 'daemon')).stdout, 'daemon: started\n');
  const second = await until('its successor', () => {
    const found = commands(running.processes(), 'sleep 54321').filter((row) => row.pid !== first?.pid);
    return found.length === 1 && found;
  });
  assert.equal(commands(running.processes(), 'sleep 54321').length, second.length);
});
