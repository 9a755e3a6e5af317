import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { socketOwner } from '../../src/os/socket-owner.ts';
import { scratchDirectory } from './scratch.ts';

const me = { pid: process.pid, name: readFileSync('/proc/self/comm', 'utf8').trim() };

for (const [host, family, ways] of [
  ['127.0.0.1', 'tcp4', ['127.0.0.1', '0.0.0.0']],
  ['::1', 'tcp6', ['::1', '::']],
  ['::', 'tcp6', ['::1', '::']],
] as const) {
  test(`who listens on ${host}`, async (t) => {
    const server = createServer().listen(0, host);
    t.after(() => server.close());
    await once(server, 'listening');
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    for (const way of ways) {
      const found = socketOwner({ family, host: way, port: address.port, v6only: false });
      assert.deepEqual(found, me, `${way} is taken by ${host}`);
    }
    const place = { family: 'udp4', host: '0.0.0.0', port: address.port, v6only: false } as const;
    assert.notDeepEqual(socketOwner(place), me, 'datagrams are another matter');
  });
}

test('another address of the same port is not in the way', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  assert.equal(socketOwner({ family: 'tcp4', host: '127.0.0.2', port: address.port, v6only: false }), null);
});

test('who takes datagrams', async (t) => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  t.after(() => socket.close());
  await once(socket, 'listening');
  assert.deepEqual(socketOwner({ family: 'udp4', host: '127.0.0.1', port: socket.address().port, v6only: false }), me);
});

test('who has a unix socket, and that nobody does', async (t) => {
  const path = join(scratchDirectory(t), 's.sock');
  assert.equal(socketOwner({ family: 'unix', path }), null);
  const server = createServer().listen(path);
  t.after(() => server.close());
  await once(server, 'listening');
  assert.deepEqual(socketOwner({ family: 'unix', path }), me);
  const abstract = createServer().listen(`\0legato-test-${process.pid}`);
  t.after(() => abstract.close());
  await once(abstract, 'listening');
  assert.deepEqual(socketOwner({ family: 'unix', path: `@legato-test-${process.pid}` }), me);
});
