import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { until } from '../namespace/until.ts';
import type { LoadMode, LoadResult } from './options.ts';
import { ResponseReader } from './response.ts';
import { runLoad, startLoad } from './run.ts';

type Serving = { readonly server: Server; requests: number };

/** A server that gives each request, counted from 1 on each connection, to `answer`. */
async function serving(context: TestContext, answer: (socket: Socket, request: number) => void): Promise<Serving> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    let requests = 0;
    let text = '';
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      const head = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (head < 0 || text.length < head + 4 + length) return;
      text = '';
      requests += 1;
      own.requests += 1;
      answer(socket, requests);
    });
  });
  const own: Serving = { server, requests: 0 };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return own;
}

const whole = (generation: string): string =>
  `HTTP/1.1 200 OK\r\nX-Generation: ${generation}\r\nContent-Length: 2\r\n\r\nok`;

const urlOf = ({ server }: Serving): string => {
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return `http://127.0.0.1:${address.port}/`;
};

/** A load that ends when so many requests have come, however long that takes. */
async function load(serving: Serving, mode: LoadMode, enough = 200): Promise<LoadResult> {
  const before = serving.requests;
  const running = startLoad({ url: urlOf(serving), mode, concurrency: 4, timeoutMs: 60_000 });
  await until('requests enough', () => serving.requests - before >= enough);
  running.stop();
  return await running.result;
}

const none = { connect: {}, first: {}, reused: {}, body: {}, status: {} };

test('a server that answers: nothing failed, who answered is told', async (context) => {
  let served = 0;
  const server = await serving(context, (socket) => {
    served += 1;
    socket.end(whole(served <= 50 ? 'old' : 'new'));
  });
  for (const mode of ['close', 'post', 'stream'] as const) {
    served = 0;
    const result = await load(server, mode);
    assert.deepEqual(result.failures, none);
    assert.equal(result.failed, 0);
    assert.equal(result.succeeded, served);
    assert.equal(result.connections, served);
    assert.equal(result.generations['old']?.requests, 50);
    assert.equal(result.generations['new']?.requests, served - 50);
    assert.ok((result.generations['new']?.lastMs ?? 0) >= (result.generations['old']?.lastMs ?? Infinity));
    assert.ok(result.latencyMs.p50 > 0 && result.latencyMs.p50 <= result.latencyMs.max);
  }
});

test('a reset before the answer is a failure of the first request', async (context) => {
  let served = 0;
  const server = await serving(context, (socket) => {
    served += 1;
    if (served % 10 === 0) socket.resetAndDestroy();
    else socket.end(whole('a'));
  });
  const result = await load(server, 'close');
  assert.equal(result.failed, Math.floor(served / 10));
  assert.deepEqual(result.failures, { ...none, first: { ECONNRESET: result.failed } });
  assert.equal(result.samples[0]?.phase, 'first');
});

test('an answer that is cut is a failure of the body, whatever its framing', async (context) => {
  const cuts = [
    'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nonly so much',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
    'HTTP/1.1 200 OK\r\nContent-Le',
  ];
  let served = 0;
  const server = await serving(context, (socket) => {
    socket.end(cuts[served % cuts.length] ?? '');
    served += 1;
  });
  const result = await load(server, 'stream');
  assert.equal(result.succeeded, 0);
  assert.deepEqual(result.failures, { ...none, body: { EOF: served } });
});

test('a kept connection that is closed under a request is a failure of a reused one', async (context) => {
  const server = await serving(context, (socket, request) => {
    if (request === 5) socket.destroy();
    else socket.write(whole('a'));
  });
  const result = await load(server, 'keep');
  assert.ok(result.failed > 0);
  assert.deepEqual(Object.keys(result.failures.reused), ['EOF']);
  assert.deepEqual({ ...result.failures, reused: {} }, none);
  // Four answers before each failure, and up to four on each connection that the end of the load found.
  const rest = result.succeeded - result.failed * 4;
  assert.ok(rest >= 0 && rest <= 16, `${rest}`);
});

test('a kept connection that the server announces to close is none', async (context) => {
  const server = await serving(context, (socket, request) => {
    if (request === 5) socket.end(whole('a').replace('\r\n', '\r\nConnection: close\r\n'));
    else socket.write(whole('a'));
  });
  const result = await load(server, 'keep');
  assert.equal(result.failed, 0);
  assert.ok(result.succeeded > result.connections * 4);
});

test('nobody listening, an error status, no answer at all', async (context) => {
  const closed = await serving(context, () => {});
  const url = urlOf(closed);
  await new Promise((resolve) => closed.server.close(resolve));
  const refused = await runLoad({ url, mode: 'close', concurrency: 2, durationMs: 100, timeoutMs: 60_000 });
  assert.equal(refused.succeeded, 0);
  assert.deepEqual(refused.failures, { ...none, connect: { ECONNREFUSED: refused.failed } });
  assert.equal(refused.longestPauseMs, refused.elapsedMs, 'without a success the whole load is one pause');

  const failing = await serving(context, (socket) => socket.end('HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n'));
  const unavailable = await load(failing, 'close');
  assert.deepEqual(unavailable.failures, { ...none, status: { 503: unavailable.failed } });

  const silent = await serving(context, () => {});
  // In the time there is to wait for an answer the connections are made as well.
  const waited = await runLoad({ url: urlOf(silent), mode: 'close', concurrency: 4, durationMs: 50, timeoutMs: 3000 });
  assert.deepEqual(waited.failures, { ...none, first: { ETIMEDOUT: 4 } });
});

test('a pause is measured, and ends with a stop file', async (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'load-'));
  context.after(() => rmSync(directory, { recursive: true }));
  const stopFile = join(directory, 'stop');
  // A client that is slow to hear of the last answer before it measures less.
  const pauseMs = 1500;
  let paused = false;
  let served = 0;
  const server = await serving(context, (socket) => {
    served += 1;
    if (served === 100) {
      paused = true;
      setTimeout(() => {
        paused = false;
        writeFileSync(stopFile, '');
      }, pauseMs);
    }
    if (paused) setTimeout(() => socket.end(whole('a')), pauseMs);
    else socket.end(whole('a'));
  });
  const running = startLoad({
    url: urlOf(server),
    mode: 'close',
    concurrency: 4,
    stopFile,
    timeoutMs: 60_000,
  });
  const result = await running.result;
  assert.equal(result.failed, 0);
  assert.ok(result.longestPauseMs >= 1000, `${result.longestPauseMs} ms`);
});

test('no server named is a usage error', async () => {
  await assert.rejects(runLoad({ mode: 'close', concurrency: 1, timeoutMs: 1 }), /--url or --unix is needed/);
});

test('an answer is read the same in pieces of any size', () => {
  const answers = [
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n12;x=y\r\ngeneration=7 hello\r\n0\r\nT: 1\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\ngeneration=7 hello',
    'HTTP/1.0 200 OK\r\n\r\ngeneration=7 hello',
  ];
  for (const answer of answers) {
    for (let size = 1; size <= answer.length; size++) {
      const reader = new ResponseReader();
      for (let at = 0; at < answer.length; at += size) reader.read(Buffer.from(answer.slice(at, at + size)));
      assert.ok(reader.end());
      assert.equal(reader.generation, '7');
    }
  }
});
