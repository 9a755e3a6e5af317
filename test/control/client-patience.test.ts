import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { unlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Client } from '../../src/control/client.ts';
import { encodeResponse } from '../../src/control/xml-rpc-encode.ts';
import { scratch } from '../support/namespace/scratch.ts';

const answer = (): string => {
  const body = encodeResponse('here').join('');
  return `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
};

/** A daemon that cuts off so many requests before it answers one; it tells how many it has had. */
async function daemon(t: TestContext, path: string, cutOff: number): Promise<() => number> {
  let requests = 0;
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      requests += 1;
      socket.end(requests > cutOff ? answer() : '');
    });
  });
  t.after(() => server.close());
  server.listen(path);
  await once(server, 'listening');
  return () => requests;
}

const clientOf = (path: string, isComingBack: () => boolean): Client =>
  new Client({ serverurl: `unix://${path}`, username: null, password: null, isComingBack });

test('a daemon that is coming back is waited for', async (t) => {
  const path = join(scratch(t), 's.sock');
  let looks = 0;
  const called = clientOf(path, () => {
    looks += 1;
    if (looks === 3) void daemon(t, path, 0);
    return true;
  }).call('supervisor.startProcess', 'web');
  assert.equal(await called, 'here');
  assert.ok(looks >= 3, `${looks} looks`);
});

test('a question that was cut off is asked again', async (t) => {
  const path = join(scratch(t), 's.sock');
  const requests = await daemon(t, path, 2);
  assert.equal(await clientOf(path, () => true).call('supervisor.getAllProcessInfo'), 'here');
  assert.equal(requests(), 3);
});

test('what may have been done is not asked for again', async (t) => {
  const path = join(scratch(t), 's.sock');
  const requests = await daemon(t, path, 2);
  await assert.rejects(clientOf(path, () => true).call('supervisor.stopProcess', 'web'), { name: 'BadResponse' });
  assert.equal(requests(), 1);
});

test('a socket that was left behind may be about to be served again', async (t) => {
  const path = join(scratch(t), 's.sock');
  // Killed, so that it removes nothing.
  const dead = spawn(process.execPath, [
    '-e',
    `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log())`,
  ]);
  await once(dead.stdout, 'data');
  dead.kill('SIGKILL');
  await once(dead, 'exit');
  let looks = 0;
  const called = clientOf(path, () => {
    looks += 1;
    if (looks === 2) unlinkSync(path);
    if (looks === 3) void daemon(t, path, 0);
    return false;
  }).call('supervisor.startProcess', 'web');
  assert.equal(await called, 'here');
});

test('a daemon that is gone is not waited for', async (t) => {
  const path = join(scratch(t), 's.sock');
  await assert.rejects(clientOf(path, () => false).call('supervisor.getState'), { code: 'ENOENT' });
});
