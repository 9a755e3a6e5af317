import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { freePort } from '../support/namespace/free-port.ts';
import { heldInodes } from '../support/namespace/held-inodes.ts';
import { fixtures, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'supervisor', 'python3');

test('no datagram is lost over handovers, a restart and a stop', { skip: missing }, async (t) => {
  const port = await freePort();
  const running = await start(t, {
    peer: 'legato',
    programs: `[program:echo]
command=/usr/bin/python3 ${fixtures}/echoes-datagrams.py
listen=udp://127.0.0.1:${port}
min_ready=0.2
`,
  });
  await until('echo to be RUNNING', async () => (await running.ctl('status')).stdout.includes('RUNNING'), running);
  const held = heldInodes(running.pid);
  assert.equal(held.length, 1);

  const client = createSocket('udp4').bind(0, '127.0.0.1');
  await once(client, 'listening');
  t.after(() => client.close());
  const answers = new Map<string, string>();
  client.on('message', (message) => {
    const [number = '', pid = ''] = message.toString().split(' ');
    answers.set(number, pid);
  });
  let sent = 0;
  const send = (): void => client.send(String(++sent), port, '127.0.0.1');
  // No more than a socket holds while nobody reads it (net.core.rmem_default: some 270): the kernel drops what comes on top.
  const timer = setInterval(() => {
    if (sent - answers.size < 100) send();
  }, 10);
  t.after(() => clearInterval(timer));
  for (let round = 0; round < 2; round += 1) {
    const { code, stdout } = await running.legatoctl('handover', 'echo');
    assert.equal(code, 0, `${stdout}${running.evidence()}`);
  }
  await running.ctl('restart', 'echo');
  clearInterval(timer);
  await until('every datagram to be answered', () => answers.size === sent, running);
  assert.ok(new Set(answers.values()).size >= 4, `${sent} datagrams: ${[...new Set(answers.values())].join(' ')}`);

  // What comes while nobody is there waits.
  await running.ctl('stop', 'echo');
  const before = sent;
  for (let number = 0; number < 20; number += 1) send();
  await running.ctl('start', 'echo');
  await until('those to be answered as well', () => answers.size === before + 20, running);
  assert.deepEqual(heldInodes(running.pid), held);
});
