import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Serving, serve } from '../../src/control/http-server.ts';
import { ListenError } from '../../src/control/listen-error.ts';
import { decodeResponse } from '../../src/control/xml-rpc-decode.ts';
import { encodeCall } from '../../src/control/xml-rpc-encode.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { until } from '../support/namespace/until.ts';
import { FakeSupervisor } from './fake-supervisor.ts';
import { exchange, parseReply, type Reply, request, Stream } from './raw-http.ts';

type Access = { readonly username: string | null; readonly password: string | null };

const open: Access = { username: null, password: null };
const nobody = (): void => undefined;

class Served {
  readonly supervisor: FakeSupervisor;
  readonly serving: Serving;

  constructor(supervisor: FakeSupervisor, serving: Serving) {
    this.supervisor = supervisor;
    this.serving = serving;
  }

  get target(): { port: number } {
    return { port: this.serving.port };
  }

  async send(text: string | Buffer): Promise<Reply> {
    return parseReply(await exchange(this.target, text));
  }
}

async function served(t: TestContext, access: Access = open): Promise<Served> {
  const supervisor = new FakeSupervisor().add('a:a', 'RUNNING').add('ä:日本', 'STOPPED');
  const address = { section: 'inet_http_server', family: 'inet', host: '127.0.0.1', port: 0, ...access } as const;
  const serving = await serve(supervisor, address, nobody);
  t.after(() => serving.close());
  return new Served(supervisor, serving);
}

const getState = encodeCall('supervisor.getState', []);

test('a call is answered; the length is in bytes', async (t) => {
  const { body, headers, status } = await (await served(t)).send(
    request('POST', '/RPC2', encodeCall('supervisor.startProcessGroup', ['ä'])),
  );
  assert.equal(status, 200);
  assert.equal(headers.get('content-type'), 'text/xml');
  assert.equal(Number(headers.get('content-length')), Buffer.byteLength(body));
  assert.deepEqual(
    JSON.stringify(decodeResponse(body)),
    JSON.stringify([{ name: '日本', group: 'ä', status: 80, description: 'OK' }]),
  );
});

test('a connection serves one call after the other', async (t) => {
  const server = await served(t);
  const text = request('POST', '/RPC2', getState).replace('Connection: close\r\n', '');
  const stream = new Stream(server.target, text);
  t.after(() => stream.socket.destroy());
  await until('the first answer', () => stream.text.includes('</methodResponse>'));
  stream.text = '';
  stream.socket.write(text);
  await until('the second answer', () => stream.text.includes('</methodResponse>'));
});

test('statuses are those of Supervisor', async (t) => {
  const server = await served(t);
  const status = async (text: string): Promise<number> => (await server.send(text)).status;
  assert.equal(await status(request('POST', '/RPC2xyz', getState)), 200);
  assert.equal(await status(request('POST', '/%52PC2', getState)), 200);
  assert.equal(await status(request('GET', '/RPC2')), 400);
  assert.equal(await status(request('PUT', '/RPC2')), 400);
  assert.equal(await status('POST /RPC2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'), 411);
  assert.equal(await status(request('POST', '/RPC2', 'hello')), 400);
  assert.equal(await status(request('POST', '/RPC2', '<methodCall></methodCall>')), 400);
  assert.equal(await status(request('GET', '/nothing')), 404);
  assert.equal(await status(request('GET', '/..%2f..%2fetc/passwd')), 404);
  assert.equal(await status(request('GET', '/%zz')), 400);
  assert.equal(await status(request('GET', '/logtail/ä')), 400);
  assert.equal(await status(request('POST', '/logtail/a')), 400);
  assert.equal(await status(request('POST', '/mainlogtail')), 400);
});

test('a page of an error says which', async (t) => {
  const { body, headers } = await (await served(t)).send(request('GET', '/nothing'));
  assert.equal(headers.get('content-type'), 'text/html');
  assert.match(body, /<p>Error code 404\.\r\n<p>Message: Not Found\./);
});

test('HTTP/1.0 is answered and the connection ended', async (t) => {
  const text = `POST /RPC2 HTTP/1.0\r\nContent-Length: ${getState.length}\r\n\r\n${getState}`;
  assert.equal((await (await served(t)).send(text)).status, 200);
});

test('a request that cannot be read is said in the log, shortened', async (t) => {
  const server = await served(t);
  const bytes = Buffer.concat([Buffer.from(`<methodCall>${'x'.repeat(5000)}`), Buffer.from([0xff, 0xfe])]);
  const head = `POST /RPC2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${bytes.length}\r\n\r\n`;
  assert.equal((await server.send(Buffer.concat([Buffer.from(head), bytes]))).status, 400);
  const line = server.supervisor.logged.find((each) => each.startsWith('error XML-RPC request data'));
  assert.ok(line !== undefined && line.length < 500, line ?? 'no line');
});

test('what is too large is refused before it is read', async (t) => {
  const server = await served(t);
  const head = 'POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Length: 67108865\r\n\r\n';
  const { headers, status } = await server.send(head);
  assert.equal(status, 413);
  assert.equal(headers.get('connection'), 'close');
  const long = `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`;
  assert.equal((await server.send(long)).status, 431);
});

test('garbage and halves of requests do no harm', async (t) => {
  const server = await served(t);
  assert.equal((await server.send('\u0016\u0003\u0001 TLS?\r\n\r\n')).status, 400);
  const half = new Stream(server.target, request('POST', '/RPC2', getState).slice(0, -10));
  await once(half.socket, 'connect');
  half.socket.destroy();
  const chunked = 'POST /RPC2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n';
  await exchange(server.target, chunked);
  assert.equal((await server.send(request('POST', '/RPC2', getState))).status, 200);
});

test('a request must arrive within half a minute; one that has arrived may wait as long as it takes', async (t) => {
  const server = await served(t);
  // The HTTP side is loaded with the first connection: before the clock is taken over.
  await server.send(request('POST', '/RPC2', getState));
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const answers: ((answer: { ok: true }) => void)[] = [];
  server.supervisor.stop = () => new Promise((resolve) => answers.push(resolve));
  const slow = new Stream(server.target, request('POST', '/RPC2', getState).slice(0, -10));
  const waiting = new Stream(server.target, request('POST', '/RPC2', encodeCall('supervisor.stopProcess', ['a'])));
  await new Promise<void>((resolve) => {
    const look = (): void => void (answers.length === 0 ? setImmediate(look) : resolve());
    look();
  });
  t.mock.timers.tick(30_000);
  await slow.closed;
  assert.equal(parseReply(slow.text).status, 408);
  answers[0]?.({ ok: true });
  await waiting.closed;
  assert.match(waiting.text, /<boolean>1<\/boolean>/);
});

test('a stream goes on after that half a minute', async (t) => {
  const server = await served(t);
  const log = join(scratch(t), 'a.log');
  writeFileSync(log, 'begun\n');
  server.supervisor.logTo('a:a', 'stdout', log);
  await server.send(request('POST', '/RPC2', getState));
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const stream = new Stream(server.target, request('GET', '/logtail/a', ''));
  const turns = async (holds: () => boolean): Promise<void> => {
    for (let turn = 0; turn < 100_000 && !holds(); turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  await turns(() => stream.text.includes('begun'));
  t.mock.timers.tick(31_000);
  appendFileSync(log, 'more\n');
  await turns(() => {
    t.mock.timers.tick(1000);
    return stream.text.includes('more') || stream.text.includes('408');
  });
  assert.match(stream.text, /more/);
  assert.doesNotMatch(stream.text, /408/);
  stream.socket.destroy();
});

test('HTTP/1.1 without a Host is answered, as Supervisor does', async (t) => {
  const body = getState;
  const text = `POST /RPC2 HTTP/1.1\r\nConnection: close\r\nContent-Type: text/xml\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  assert.equal((await (await served(t)).send(text)).status, 200);
});

test('an empty user name asks for none, as with Supervisor', async (t) => {
  const server = await served(t, { username: '', password: '' });
  assert.equal((await server.send(request('POST', '/RPC2', getState))).status, 200);
});

test('a name to listen on is an IPv4 address', async (t) => {
  const supervisor = new FakeSupervisor();
  const address = { section: 'inet_http_server', family: 'inet', host: 'localhost', port: 0, ...open } as const;
  const serving = await serve(supervisor, address, nobody);
  t.after(() => serving.close());
  assert.equal(parseReply(await exchange({ port: serving.port }, request('POST', '/RPC2', getState))).status, 200);
  await assert.rejects(serve(supervisor, { ...address, host: 'no.such.name.invalid' }, nobody), ListenError);
});

test('basic authentication', async (t) => {
  const server = await served(t, { username: 'ann', password: 'pä:ss' });
  const attempt = (header: string | null): Promise<Reply> =>
    server.send(request('POST', '/RPC2', getState, header === null ? [] : [`Authorization: ${header}`]));
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
  const refused = await attempt(null);
  assert.equal(refused.status, 401);
  assert.equal(refused.headers.get('www-authenticate'), 'Basic realm="default"');
  assert.equal(refused.headers.get('connection'), 'close');
  assert.equal((await attempt(basic('ann:pä:ss'))).status, 200);
  assert.equal((await attempt(basic('ann:pä:ss').replace('Basic', 'bAsIc'))).status, 200);
  assert.equal((await attempt(basic('Ann:pä:ss'))).status, 401);
  assert.equal((await attempt(basic('ann:'))).status, 401);
  assert.equal((await attempt('Bearer x')).status, 401);
  assert.equal((await attempt('Basic %%%')).status, 400);
  assert.equal((await attempt('Basic')).status, 400);
  assert.equal((await server.send(request('GET', '/mainlogtail'))).status, 401);
  assert.equal((await server.send(request('GET', '/nothing'))).status, 401);
});

test('a password may be stored as its SHA-1', async (t) => {
  // printf thepassword | sha1sum
  const password = '{SHA}82ab876d1387bfafe46cc1c8a2ef074eae50cb1d';
  const server = await served(t, { username: 'u', password });
  const attempt = async (given: string): Promise<number> => {
    const header = `Authorization: Basic ${Buffer.from(`u:${given}`).toString('base64')}`;
    return (await server.send(request('POST', '/RPC2', getState, [header]))).status;
  };
  assert.equal(await attempt('thepassword'), 200);
  assert.equal(await attempt(password), 401);
  assert.deepEqual(
    server.supervisor.logged.filter((line) => line.startsWith('critical')),
    [],
  );
});

test('a server without authentication is said in the log', async (t) => {
  const { supervisor } = await served(t);
  assert.deepEqual(supervisor.logged, [
    "critical Server 'inet_http_server' running without any HTTP authentication checking",
  ]);
});

test('a port that is taken is an error in the words of Supervisor', async (t) => {
  const { serving } = await served(t);
  const address = { section: 's', family: 'inet', host: '127.0.0.1', port: serving.port, ...open } as const;
  await assert.rejects(serve(new FakeSupervisor(), address, nobody), (error) => {
    assert.ok(error instanceof ListenError);
    assert.equal(error.code, 'EADDRINUSE');
    assert.match(error.message, /^Another program is already listening on a port .* starting supervisord\.$/);
    return true;
  });
});

test('an internal error is answered with 500 and logged', async (t) => {
  const server = await served(t);
  server.supervisor.process = () => {
    throw new Error('oh');
  };
  const { status } = await server.send(request('POST', '/RPC2', encodeCall('supervisor.getProcessInfo', ['a'])));
  assert.equal(status, 500);
  assert.match(server.supervisor.logged.at(-1) ?? '', /^error Server Error: Error: oh/);
});

test('close ends connections and does not wait for answers', async (t) => {
  const server = await served(t);
  server.supervisor.stop = () => new Promise(() => undefined);
  const stream = new Stream(server.target, request('POST', '/RPC2', encodeCall('supervisor.stopProcess', ['a'])));
  await once(stream.socket, 'connect');
  await server.serving.close();
  await stream.closed;
  assert.equal(stream.text, '');
});

test('node:http is not loaded before somebody connects', (t) => {
  const file = join(scratch(t), 's.sock');
  const script = `
    const { serve } = await import('./src/control/http-server.ts');
    const { exchange } = await import('./test/control/raw-http.ts');
    const address = { section: 's', family: 'unix', file: ${JSON.stringify(file)}, chmod: 0o700, chown: null, username: null, password: null };
    const serving = await serve({ log() {} }, address, () => {});
    const loaded = () => process.moduleLoadList.some((name) => name === 'NativeModule http' || name === 'NativeModule _http_server');
    const before = loaded();
    await exchange({ path: address.file }, 'GET /x HTTP/1.0\\r\\n\\r\\n');
    console.log(before, loaded());
    await serving.close();
  `;
  const root = join(import.meta.dirname, '..', '..');
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root });
  assert.equal(out.toString(), 'false true\n');
});
