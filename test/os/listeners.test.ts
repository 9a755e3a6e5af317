import assert from 'node:assert/strict';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { connect, createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { hasAccepted, hasAcceptedUnix, listenersOf, listenersSeenBy } from '../../src/os/listeners.ts';
import { readProc } from '../../src/os/proc-stat.ts';
import { scratch } from '../support/namespace/scratch.ts';

async function listening(t: TestContext, where: ListenOptions): Promise<Server> {
  const server = createServer().listen(where);
  t.after(() => server.close());
  await once(server, 'listening');
  return server;
}

/** A connection to it, accepted; both of its ends go with the test. */
async function visited(t: TestContext, server: Server, where: { port: number } | { path: string }): Promise<void> {
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connect({ host: '127.0.0.1', ...where });
  const [end] = await accepted;
  t.after(() => [client, end].forEach((one) => one.destroy()));
}

const portOf = (server: Server): number => {
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
};

test('a TCP socket that listens is found, and a connection that it has accepted, by its address and port', async (t) => {
  const server = await listening(t, { host: '127.0.0.1', port: 0 });
  const port = portOf(server);
  const own = (listenersSeenBy(process.pid) ?? []).filter((one) => one.port === port);
  assert.deepEqual(
    own.map(({ host }) => host),
    ['127.0.0.1'],
  );
  assert.deepEqual(
    listenersOf([process.pid]).filter((one) => one.port === port),
    own,
  );
  assert.equal(hasAccepted([process.pid], { host: '127.0.0.1', port }), false, 'nobody has come');
  await visited(t, server, { port });
  assert.equal(hasAccepted([process.pid], { host: '127.0.0.1', port }), true);
  assert.equal(hasAccepted([process.pid], { host: '0.0.0.0', port }), true, 'of a wildcard the port counts');
  assert.equal(hasAccepted([process.pid], { host: '127.0.0.2', port }), false, 'another address');
  assert.equal(hasAccepted([process.ppid], { host: '127.0.0.1', port }), false, 'another process');
});

test('rows behind a hundred others are read as well, whole', async (t) => {
  const servers = await Promise.all(Array.from({ length: 100 }, () => listening(t, { host: '127.0.0.1', port: 0 })));
  const seen = new Set(listenersOf([process.pid]).map(({ port }) => port));
  assert.deepEqual(
    servers.map(portOf).filter((port) => !seen.has(port)),
    [],
  );
});

test('a unix socket has accepted when a connection of its name is there, wherever its file went', async (t) => {
  const path = join(scratch(t), 's.sock');
  const server = await listening(t, { path });
  assert.ok(statSync(path).isSocket());
  const row = (readProc('/proc/self/net/unix') ?? '').split('\n').find((line) => line.endsWith(` ${path}`)) ?? '';
  const inode = Number(row.trim().split(/ +/)[6]);
  assert.ok(inode > 0, row);
  assert.equal(hasAcceptedUnix([process.pid], inode), false, 'nobody has come');
  await visited(t, server, { path });
  assert.equal(hasAcceptedUnix([process.pid], inode), true);
  assert.equal(hasAcceptedUnix([process.ppid], inode), false, 'another process');
});

test('a process that is gone listens nowhere', () => {
  assert.equal(listenersSeenBy(0x7ffffffe), null);
  assert.equal(hasAccepted([], { host: '127.0.0.1', port: 1 }), false);
  assert.equal(hasAcceptedUnix([0x7ffffffe], 1), false);
});
