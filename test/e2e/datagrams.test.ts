import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { freePort } from '../support/namespace/free-port.ts';
import { untilRunning } from '../support/namespace/handover.ts';
import { heldInodes } from '../support/namespace/held-inodes.ts';
import { fixtures, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'supervisor', 'python3');

const ways: Readonly<Record<string, (port: number) => string>> = {
  'given the socket': () => `command=/usr/bin/python3 ${fixtures}/echoes-datagrams.py`,
  'adopted when it is bound': (port) =>
    `command=/usr/bin/python3 ${fixtures}/echoes-own-datagrams.py ${port}\nlisten_mode=adopt`,
};

for (const [way, program] of Object.entries(ways))
  test(`no datagram is lost over handovers, a restart and a stop: ${way}`, { skip: missing }, async (t) => {
    await exchange(t, program);
  });

async function exchange(t: TestContext, program: (port: number) => string): Promise<void> {
  const port = await freePort();
  const programs = `[program:echo]
${program(port)}
listen=udp://127.0.0.1:${port}
min_ready=0.2
`;
  const running = await start(t, { peer: 'legato', programs });
  await untilRunning(running, 'echo');
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
}
