import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client } from '../../src/control/client.ts';

import { renewBrain } from '../support/namespace/brain-death.ts';
import { editConfiguration } from '../support/namespace/edit-configuration.ts';
import { freePort } from '../support/namespace/free-port.ts';
import { untilRunning } from '../support/namespace/handover.ts';
import { type Running, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const programs = `[program:web]
command=/bin/sh -c "echo color=$COLOR; exec sleep 1000"
startsecs=0
`;

const warning = /changes to \[supervisord\] .* take effect at the next start of legatod/;

function setServerKey(running: Running, line: string): void {
  editConfiguration(running, (text) => text.replace('[supervisord]\n', `[supervisord]\n${line}\n`));
}

test('of [supervisord] a reload makes the environment active, and says that the rest has to wait', {
  skip: lacking('root', 'namespaces', 'supervisor'),
}, async (t) => {
  const running = await start(t, { peer: 'legato', programs });
  await untilRunning(running, 'web');
  const says = async (): Promise<string> => (await running.legatoctl('tail', 'web')).stdout;

  setServerKey(running, 'environment=COLOR="blue"');
  assert.equal((await running.legatoctl('reload')).code, 0);
  await until('the new environment', async () => (await says()).includes('color=blue'), running);
  assert.doesNotMatch(running.log(), warning);

  setServerKey(running, 'identifier=other');
  assert.equal((await running.legatoctl('reload')).code, 0);
  await until('the warning', () => warning.test(running.log()), running);
});

test('the HTTP servers are what the file says after a reload, and whoever asked for it is answered', {
  skip: lacking('root', 'namespaces', 'nsenter', 'supervisor'),
}, async (t) => {
  const running = await start(t, { peer: 'legato', pid1: false, programs });
  await untilRunning(running, 'web');
  const [port, taken] = [await freePort(), await freePort()];
  const other = createServer().listen(taken, '127.0.0.1');
  t.after(() => other.close());
  const status = async (password: string): Promise<number> => {
    const authorization = `Basic ${Buffer.from(`user:${password}`).toString('base64')}`;
    const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { authorization } }).catch(() => null);
    return answer?.status ?? 0;
  };
  const serve = async (where: number, password: string): Promise<void> => {
    const section = `[inet_http_server]\nport=127.0.0.1:${where}\nusername=user\npassword=${password}\n`;
    editConfiguration(running, (text) => text.replace(/\[inet_http_server\][^[]*|$/, section));
    assert.equal((await running.legatoctl('reload')).code, 0);
  };
  await serve(port, 'first');
  await until('it to be served', async () => (await status('first')) === 200, running);
  await serve(port, 'second');
  await until('the other password', async () => (await status('second')) === 200, running);
  assert.equal(await status('first'), 401);
  // Two at once: the name of the host has to be looked up, and the second one comes meanwhile.
  editConfiguration(running, (text) => text.replace(`port=127.0.0.1:${port}`, `port=localhost:${port}`));
  const client = new Client({ serverurl: `unix://${join(running.dir, 's.sock')}`, username: null, password: null });
  await Promise.all([client.call('supervisor.restart'), client.call('supervisor.restart')]);
  await until('it to be served again', async () => (await status('second')) === 200, running);
  assert.doesNotMatch(running.log(), /the HTTP servers go on as they were/);
  await serve(taken, 'third');
  await until('the trouble', () => /the HTTP servers go on as they were: .*port/.test(running.log()), running);
  await until('the former one', async () => (await status('second')) === 200, running);
  await renewBrain(running);
  assert.deepEqual([await status('second'), await status('third')], [200, 401]);
  editConfiguration(running, (text) => text.replace(/\[inet_http_server\][^[]*/, ''));
  assert.equal((await running.legatoctl('reload')).code, 0);
  await until('it to be served no longer', async () => (await status('second')) === 0, running);
  assert.match(await running.status(), /web RUNNING/);
});
