import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ownsEndpoint } from '../../src/os/endpoint-owner.ts';
import { hasAccepted, listenersOf, urlOfListener } from '../../src/os/listeners.ts';
import { probe } from '../../src/os/probe.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { until } from '../support/namespace/until.ts';

async function listen(
  t: TestContext,
  server: Server,
  at: { host: string; port: number } | { path: string },
): Promise<number> {
  server.listen(at);
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

const http = (port: number, path = '/') =>
  ({ kind: 'http', secure: false, host: '127.0.0.1', port, path, authority: `127.0.0.1:${port}` }) as const;

test('http counts answers of 2xx and 3xx, to a request that says whom it is for', async (t) => {
  const server = createHttp(({ url, headers }, response) => {
    response.statusCode = headers.host === `127.0.0.1:${port}` ? Number(url?.slice(1)) : 400;
    response.end();
  });
  const port = await listen(t, server, { host: '127.0.0.1', port: 0 });
  assert.deepEqual(await probe(http(port, '/204'), 5000), { ok: true, detail: 'HTTP 204' });
  assert.deepEqual(await probe(http(port, '/302'), 5000), { ok: true, detail: 'HTTP 302' });
  assert.deepEqual(await probe(http(port, '/404'), 5000), { ok: false, detail: 'HTTP 404' });
});

test('who does not answer, or answers something else, is not ready', async (t) => {
  const mute = await listen(t, createServer(), { host: '127.0.0.1', port: 0 });
  assert.deepEqual(await probe(http(mute), 50), { ok: false, detail: 'no answer within 0.05 s' });
  const other = await listen(
    t,
    createServer((socket) => void socket.end('SSH-2.0\r\n')),
    { host: '127.0.0.1', port: 0 },
  );
  assert.deepEqual(await probe(http(other), 5000), { ok: false, detail: 'no answer of HTTP' });
  const rude = await listen(
    t,
    createServer((socket) => void socket.end()),
    { host: '127.0.0.1', port: 0 },
  );
  assert.deepEqual(await probe(http(rude), 5000), { ok: false, detail: 'closed without an answer' });
});

test('a connection is enough for tcp and unix, and its refusal is said', async (t) => {
  const port = await listen(t, createServer(), { host: '::1', port: 0 });
  assert.equal((await probe({ kind: 'tcp', host: '::1', port }, 5000)).ok, true);
  const path = join(scratch(t), 's.sock');
  assert.deepEqual(await probe({ kind: 'unix', path }, 5000), { ok: false, detail: 'ENOENT' });
  await listen(t, createServer(), { path });
  assert.equal((await probe({ kind: 'unix', path }, 5000)).ok, true);
  assert.equal(ownsEndpoint([process.pid], { kind: 'unix', path }), 'own');
  assert.equal(ownsEndpoint([1], { kind: 'unix', path }), 'other');
});

test('an accepted connection is seen at the address where it was accepted', async (t) => {
  const port = await listen(t, createServer(), { host: '127.0.0.1', port: 0 });
  const pids = [process.pid];
  assert.equal(hasAccepted(pids, { host: '127.0.0.1', port }), false);
  const client = connect(port, '127.0.0.1');
  t.after(() => client.destroy());
  await once(client, 'connect');
  await until('the connection to be accepted', () => hasAccepted(pids, { host: '127.0.0.1', port }));
  assert.equal(hasAccepted(pids, { host: '0.0.0.0', port }), true);
  assert.equal(hasAccepted(pids, { host: '127.0.0.2', port }), false);
  assert.equal(hasAccepted([1], { host: '127.0.0.1', port }), false);
  assert.equal(hasAccepted([], { host: '127.0.0.1', port }), false);
});

test('whose a TCP endpoint is', async (t) => {
  const four = await listen(t, createServer(), { host: '127.0.0.1', port: 0 });
  const six = await listen(t, createServer(), { host: '::1', port: 0 });
  const urls = listenersOf([process.pid]).map(urlOfListener);
  assert.ok(urls.includes(`tcp://127.0.0.1:${four}`) && urls.includes(`tcp://[::1]:${six}`), urls.join());
  for (const host of ['127.0.0.1', 'localhost', 'some.name']) {
    assert.equal(ownsEndpoint([process.pid], { kind: 'tcp', host, port: four }), 'own', host);
    assert.equal(ownsEndpoint([1], { kind: 'tcp', host, port: four }), 'other', host);
  }
  assert.equal(ownsEndpoint([process.pid], { kind: 'tcp', host: '::1', port: six }), 'own');
  assert.equal(ownsEndpoint([process.pid], { kind: 'tcp', host: '127.0.0.2', port: four }), 'unknown');
  assert.equal(ownsEndpoint([], { kind: 'tcp', host: '127.0.0.1', port: four }), 'unknown');
});
