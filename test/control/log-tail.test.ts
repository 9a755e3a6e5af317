import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Client, ProtocolError } from '../../src/control/client.ts';
import { serve } from '../../src/control/http-server.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { until } from '../support/namespace/until.ts';
import { FakeSupervisor } from './fake-supervisor.ts';
import { exchange, parseReply, request } from './raw-http.ts';

type Place = {
  readonly dir: string;
  readonly path: string;
  readonly supervisor: FakeSupervisor;
  readonly client: Client;
};

async function place(t: TestContext): Promise<Place> {
  const dir = scratch(t);
  const path = join(dir, 's.sock');
  const supervisor = new FakeSupervisor().add('g:a', 'RUNNING').add('ä:ä', 'RUNNING');
  const address = { section: 's', family: 'unix', file: path, chmod: 0o700, chown: null } as const;
  const serving = await serve(supervisor, { ...address, username: null, password: null }, assert.fail);
  t.after(() => serving.close());
  const client = new Client({ serverurl: `unix://${path}`, username: null, password: null });
  return { dir, path, supervisor, client };
}

/** Follows a page in the background; what has come so far is in `text`. */
function following(t: TestContext, client: Client, page: string): { text: () => string } {
  const over = new AbortController();
  let text = '';
  const done = client.follow(page, (data) => (text += data.toString()), over.signal);
  t.after(async () => {
    over.abort();
    await done;
  });
  return { text: () => text };
}

test('a log is followed: its end, what is added, a rotation, a truncation', async (t) => {
  const { dir, supervisor, client } = await place(t);
  const log = join(dir, 'a.log');
  supervisor.logTo('g:a', 'stdout', log);
  writeFileSync(log, `${'x'.repeat(2000)}end\n`);
  const stream = following(t, client, '/logtail/g:a');
  await until('the head', () => stream.text().length === 1024 && stream.text().endsWith('xend\n'));
  appendFileSync(log, 'more\n');
  await until('what is added', () => stream.text().endsWith('end\nmore\n'));
  appendFileSync(log, 'last of the old\n');
  renameSync(log, `${log}.1`);
  writeFileSync(log, 'first of the new\n');
  await until('the rotation', () => stream.text().endsWith('more\nlast of the old\nfirst of the new\n'));
  truncateSync(log, 0);
  await until('the truncation', () => stream.text().endsWith('==> File truncated <==\n'));
  appendFileSync(log, 'anew\n');
  await until('the new beginning', () => stream.text().endsWith('==> File truncated <==\nanew\n'));
});

test('channels, names that are not ASCII, and the main log', async (t) => {
  const { dir, supervisor, client } = await place(t);
  for (const name of ['o', 'e', 'm']) writeFileSync(join(dir, name), name);
  supervisor.logTo('ä:ä', 'stdout', join(dir, 'o'));
  supervisor.logTo('ä:ä', 'stderr', join(dir, 'e'));
  supervisor.mainLog = join(dir, 'm');
  const name = encodeURI('ä');
  for (const [page, text] of Object.entries({
    [`/logtail/${name}`]: 'o',
    [`/logtail/${name}/stdout`]: 'o',
    [`/logtail/${name}:${name}/stderr`]: 'e',
    '/mainlogtail': 'm',
  })) {
    const stream = following(t, client, page);
    await until(page, () => stream.text() === text);
  }
});

test('a page says what it is', async (t) => {
  const { dir, path, supervisor } = await place(t);
  writeFileSync(join(dir, 'o'), 'o');
  supervisor.logTo('g:a', 'stdout', join(dir, 'o'));
  const { Stream } = await import('./raw-http.ts');
  const stream = new Stream({ path }, request('GET', '/logtail/g:a/stdout'));
  t.after(() => stream.socket.destroy());
  await until('the first chunk', () => stream.text.endsWith('1\r\no\r\n'));
  const { headers, status } = parseReply(stream.text);
  assert.equal(status, 200);
  assert.equal(headers.get('content-type'), 'text/plain;charset=utf-8');
  assert.equal(headers.get('transfer-encoding'), 'chunked');
  assert.equal(headers.get('x-accel-buffering'), 'no');
  assert.ok(headers.has('last-modified'));
});

test('what is no log is 404', async (t) => {
  const { dir, path, supervisor, client } = await place(t);
  supervisor.logTo('g:a', 'stderr', join(dir, 'missing'));
  for (const page of [
    '/logtail',
    '/logtail/',
    '/logtail/nope',
    '/logtail/g:*',
    '/logtail/g:a',
    '/logtail/g:a/stderr',
    '/logtail/g:a/options',
    '/logtail/../s.sock',
    '/mainlogtail',
  ]) {
    assert.equal(parseReply(await exchange({ path }, request('GET', page))).status, 404, page);
  }
  await assert.rejects(
    client.follow('/mainlogtail', () => assert.fail('no body')),
    (error) => error instanceof ProtocolError && error.status === 404,
  );
});

test('a FIFO is not opened: that would take what is meant for its reader', async (t) => {
  const { dir, path, supervisor } = await place(t);
  execFileSync('/usr/bin/mkfifo', [join(dir, 'fifo')]);
  supervisor.logTo('g:a', 'stdout', join(dir, 'fifo'));
  assert.equal(parseReply(await exchange({ path }, request('GET', '/logtail/g:a'))).status, 404);
});
