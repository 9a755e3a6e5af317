import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Serving, serve } from '../../src/control/http-server.ts';
import { encodeCall } from '../../src/control/xml-rpc-encode.ts';
import { FakeSupervisor } from '../control/fake-supervisor.ts';
import { exchange, parseReply, type Reply, request } from '../control/raw-http.ts';
import { scratch } from '../support/namespace/scratch.ts';

const hostile = `<img src=x onerror=alert(1)>'"&`;

/** A server with its pages, and a browser that keeps what it is given. */
class Browser {
  readonly supervisor: FakeSupervisor;
  readonly #serving: Serving;
  cookie = '';
  token = '';

  constructor(supervisor: FakeSupervisor, serving: Serving) {
    this.supervisor = supervisor;
    this.#serving = serving;
  }

  get authority(): string {
    return `127.0.0.1:${this.#serving.port}`;
  }

  async send(text: string): Promise<Reply> {
    return parseReply(await exchange({ port: this.#serving.port }, text));
  }

  async get(path: string, headers: readonly string[] = []): Promise<Reply> {
    const cookies = this.cookie === '' ? [] : [`Cookie: other=1; ${this.cookie}`];
    const reply = await this.send(request('GET', path, '', [...cookies, ...headers]));
    this.cookie = reply.headers.get('set-cookie')?.split(';')[0] ?? this.cookie;
    this.token = /name="token" value="([^"]*)"/.exec(reply.body)?.[1] ?? this.token;
    return reply;
  }

  post(fields: Readonly<Record<string, string>>, headers: readonly string[] = []): Promise<Reply> {
    const cookies = this.cookie === '' ? [] : [`Cookie: ${this.cookie}`];
    return this.send(
      request('POST', '/index.html', new URLSearchParams(fields).toString(), [...cookies, ...headers]).replace(
        'Host: x',
        `Host: ${this.authority}`,
      ),
    );
  }

  act(action: string, processname = ''): Promise<Reply> {
    return this.post({ action, processname, token: this.token });
  }
}

async function browser(t: TestContext, password: string | null = null): Promise<Browser> {
  const supervisor = new FakeSupervisor()
    .add('a:a', 'RUNNING')
    .add('g:1', 'STOPPED', { description: hostile })
    .add(`g:${hostile}`, 'FATAL');
  const address = { section: 's', family: 'inet', host: '127.0.0.1', port: 0 } as const;
  const access = { username: password === null ? null : 'u', password };
  const loadSite = () => import('../../src/web/site.ts').then(({ site }) => site);
  const serving = await serve(supervisor, { ...address, ...access }, assert.fail, loadSite);
  t.after(() => serving.close());
  return new Browser(supervisor, serving);
}

/** Where an action leads, as the browser follows it: what the page then says. */
async function messageAfter(user: Browser, reply: Reply): Promise<string> {
  assert.equal(reply.status, 303, reply.body);
  const page = await user.get(`/${(reply.headers.get('location') ?? '').slice('./'.length)}`);
  return /<p class="message" role="status">([^<]*)</.exec(page.body)?.[1] ?? '';
}

test('the page shows every process, and what its state allows', async (t) => {
  const user = await browser(t);
  for (const path of ['/', '/index.html', '/?message=', `http://${user.authority}/`]) {
    const { status, body, headers } = await user.get(path);
    assert.equal(status, 200, path);
    assert.equal(headers.get('content-type'), 'text/html;charset=utf-8');
    assert.match(body, /1 running, 1 in trouble, 1 not running/);
    assert.match(body, /statusrunning" data-live="state">RUNNING/);
  }
  const { body } = await user.get('/');
  const actions = (id: string): string[] =>
    [...(body.split(`id="${id}"`)[1]?.split('</li>', 1)[0] ?? '').matchAll(/name="action" value="(\w+)"/g)].map(
      ([, action]) => action ?? '',
    );
  assert.deepEqual(actions('p-a'), ['restart', 'stop', 'clearlog']);
  assert.deepEqual(actions('p-g%3A1'), ['start', 'clearlog']);
});

test('names and descriptions are text, whatever they hold', async (t) => {
  const { body } = await (await browser(t)).get('/');
  assert.doesNotMatch(body, /<img/);
  assert.ok(body.includes('&lt;img src=x onerror=alert(1)&gt;&#39;&quot;&amp;'));
});

test('nothing but our own script and style may run, in no frame, and nothing is guessed or kept', async (t) => {
  const user = await browser(t);
  for (const path of ['/', '/tail.html?processname=a', '/legato.js', '/ok.html']) {
    const { headers } = await user.get(path);
    assert.match(headers.get('content-security-policy') ?? '', /^default-src 'none'.*frame-ancestors 'none'/);
    assert.doesNotMatch(headers.get('content-security-policy') ?? '', /unsafe/);
    assert.equal(headers.get('x-frame-options'), 'DENY');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  }
  const { body, headers } = await user.get('/');
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.doesNotMatch(body, /<script>|<style>| on\w+="|https?:\/\//);
});

test('buttons do what they say, in the sentences of Supervisor', async (t) => {
  const user = await browser(t);
  await user.get('/');
  const says = async (action: string, process: string, sentence: string | RegExp): Promise<void> => {
    const said = await messageAfter(user, await user.act(action, process));
    if (typeof sentence === 'string') assert.equal(said, sentence);
    else assert.match(said, sentence);
  };
  await says('start', 'g:1', 'Process g:1 started');
  await says('start', 'g:1', 'ERROR: Process g:1: already started');
  await says('restart', 'a', 'Process a restarted');
  await says('stop', 'a', 'Process a stopped');
  await says('stop', 'a', 'unexpected rpc fault [70] NOT_RUNNING: a');
  await says('restart', 'a', 'Process a restarted');
  await says('start', 'zz', 'No such process named zz');
  await says('clearlog', 'a', 'Log for a cleared');
  await says('stopall', '', /^All stopped at \w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}$/);
  await says('restartall', '', /^All restarted at /);
  await says('refresh', '', /^Page refreshed at /);
  user.supervisor.obstacles.set('g:1', { fault: 'NO_FILE', text: 'x' });
  await user.act('stop', 'g:1');
  await says('start', 'g:1', 'ERROR: Process g:1: no such file');
  assert.deepEqual(user.supervisor.asked.slice(0, 4), ['start g:1', 'stop a:a', 'start a:a', 'stop a:a']);
});

test('what takes long goes on without the page', async (t) => {
  const user = await browser(t);
  await user.get('/');
  user.supervisor.stop = () => new Promise(() => undefined);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const reply = user.act('stop', 'a');
  const tick = (): void => t.mock.timers.tick(1000);
  const ticking = setInterval(tick, 20);
  t.after(() => clearInterval(ticking));
  assert.match((await reply).headers.get('location') ?? '', /message=stop%20of%20a%20goes%20on/);
});

test('a link only asks: opening one does nothing', async (t) => {
  const user = await browser(t);
  const { body, status } = await user.get('/index.html?processname=a&action=stop');
  assert.equal(status, 200);
  assert.match(body, /<form class="question" method="post".*<p>Stop a\?<\/p>/s);
  await user.get('/?action=stopall');
  await user.get('/?action=nonsense&processname=a');
  assert.deepEqual(user.supervisor.asked, []);
});

test('a form without the token of its own session does nothing and asks', async (t) => {
  const user = await browser(t);
  const stranger = await browser(t);
  await stranger.get('/');
  const fields = { action: 'stop', processname: 'a' };
  assert.equal((await user.post({ ...fields, token: stranger.token })).status, 403);
  await user.get('/');
  for (const token of ['', stranger.token, `${user.token}x`, user.token.slice(1)]) {
    const reply = await user.post({ ...fields, token });
    assert.equal(reply.status, 403);
    assert.match(reply.body, /<p>Stop a\?<\/p>/);
  }
  user.cookie = stranger.cookie;
  assert.equal((await user.post({ ...fields, token: user.token })).status, 403);
  assert.deepEqual(user.supervisor.asked, []);
});

test('what another site has its visitors send is refused, with a token as well', async (t) => {
  const user = await browser(t);
  await user.get('/');
  const fields = { action: 'stop', processname: 'a', token: user.token };
  const cross = [
    ['Sec-Fetch-Site: cross-site'],
    ['Sec-Fetch-Site: same-site'],
    ['Origin: http://evil.example'],
    ['Origin: null'],
    ['Origin: http://127.0.0.1.evil.example'],
    ['Sec-Fetch-Site: cross-site', `Origin: http://${user.authority}`],
  ];
  for (const headers of cross) assert.equal((await user.post(fields, headers)).status, 403, headers.join());
  assert.deepEqual(user.supervisor.asked, []);
  for (const headers of [
    ['Sec-Fetch-Site: same-origin'],
    [`Origin: http://${user.authority}`],
    ['Origin: https://127.0.0.1'],
  ])
    assert.equal((await user.post(fields, headers)).status, 303, headers.join());
});

test('methods cannot be called from a page of another site, not even with a form that looks like text', async (t) => {
  const user = await browser(t);
  const call = encodeCall('supervisor.shutdown', []);
  for (const header of ['Origin: http://evil.example', 'Origin: null', 'Sec-Fetch-Site: cross-site'])
    assert.equal((await user.send(request('POST', '/RPC2', call, ['Content-Type: text/plain', header]))).status, 403);
  assert.equal(user.supervisor.mood(), 'running');
  assert.equal((await user.send(request('POST', '/RPC2', call))).status, 200);
});

test("a stranger's name that points here gets nothing without a password (DNS rebinding)", async (t) => {
  const named = (method: string, path: string, host: string, headers: readonly string[], body = ''): string =>
    request(method, path, body, headers).replace('Host: x', `Host: ${host}`);
  const open = await browser(t);
  const encodings = ['Accept-Encoding: gzip, deflate'];
  const page = async (host: string): Promise<Reply> => open.send(named('GET', '/', host, encodings));
  const refused = await page('evil.example:9001');
  assert.equal(refused.status, 421);
  assert.match(refused.body, /Set username and password/);
  assert.equal((await open.send(named('GET', '/logtail/a', 'evil.example', encodings))).status, 421);
  const call = encodeCall('supervisor.getPID', []);
  assert.equal(
    (await open.send(named('POST', '/RPC2', 'evil.example', ['Origin: http://evil.example'], call))).status,
    421,
  );
  // supervisorctl and scripts may use any name.
  assert.equal((await open.send(named('POST', '/RPC2', 'sup.example', ['Accept-Encoding: gzip'], call))).status, 200);
  assert.equal((await open.send(named('GET', '/', 'sup.example', []))).status, 200);
  for (const host of ['127.0.0.1:9001', '[::1]:9001', 'localhost', 'app:9001', 'app.ns.svc.cluster.local'])
    assert.equal((await page(host)).status, 200, host);
  const locked = await browser(t, 'p');
  const login = `Authorization: Basic ${Buffer.from('u:p').toString('base64')}`;
  assert.equal((await locked.send(named('GET', '/', 'sup.example', [...encodings, login]))).status, 200);
  assert.equal((await locked.send(named('GET', '/', 'sup.example', encodings))).status, 401);
});

test('a message that we have not written is not shown', async (t) => {
  const user = await browser(t);
  await user.get('/');
  const location = (await user.act('refresh')).headers.get('location') ?? '';
  const forged = location.replace(/message=[^&]*/, 'message=Call+0900');
  for (const path of [`/${forged.slice(2)}`, '/?message=Call+0900', '/?message=Call+0900&seal='])
    assert.doesNotMatch((await user.get(path)).body, /0900|class="message"/);
});

test('the end of a log is shown, and what is added to it can be asked for', async (t) => {
  const user = await browser(t);
  const log = join(scratch(t), 'a.log');
  writeFileSync(log, `${'x'.repeat(2000)}\n<script>ä</script>\n`);
  user.supervisor.logTo('a:a', 'stdout', log);
  const { body } = await user.get('/tail.html?processname=a&limit=5');
  const [, offset, text] = /data-offset="(\d+)".*?>\n([^<]*)<\/pre>/s.exec(body) ?? [];
  assert.equal(text, `${'x'.repeat(1003)}\n&lt;script&gt;ä&lt;/script&gt;\n`);
  assert.equal(Buffer.byteLength('<script>ä</script>\n') + 2001, Number(offset));
  writeFileSync(log, 'more\n', { flag: 'a' });
  const { body: more, headers } = await user.get(`/tail.json?processname=a&channel=stdout&offset=${offset}`);
  assert.equal(headers.get('content-type'), 'application/json');
  assert.deepEqual(JSON.parse(more), { text: 'more\n', offset: Number(offset) + 5 });
  const shows = async (query: string): Promise<string> => (await user.get(`/tail.html${query}`)).body;
  assert.match(await shows(''), /No process name found/);
  assert.match(await shows('?processname=a&channel=stderr'), /No file for a/);
  assert.match(await shows(`?processname=${encodeURIComponent(hostile)}`), /No such process &lt;img/);
  assert.match(await shows('?processname=a&limit=-1'), /data-offset/);
  assert.match(await shows('?processname=a&limit=1e99'), /data-offset/);
});

test('paths that are in use elsewhere', async (t) => {
  const user = await browser(t);
  const ok = await user.get('/ok.html');
  assert.deepEqual([ok.status, ok.body, ok.headers.get('content-type')], [200, 'OK', 'text/plain']);
  const head = await user.send(request('HEAD', '/'));
  assert.deepEqual([head.status, head.body], [200, '']);
  assert.equal((await user.send(request('PUT', '/'))).status, 400);
  assert.equal((await user.send(request('POST', '/tail.html'))).status, 400);
  assert.equal((await user.send(request('POST', '/', 'x'.repeat(20_000)))).status, 413);
  assert.equal((await user.send(request('POST', '/', 'action=nonsense'))).status, 400);
  assert.equal((await user.get('/legato.css')).headers.get('content-type'), 'text/css;charset=utf-8');
  assert.match((await user.get('/legato.svg')).body, /^<svg/);
});

test('on its way out the daemon says so', async (t) => {
  const user = await browser(t);
  user.supervisor.shutdown();
  const { body, status } = await user.get('/');
  assert.equal(status, 200);
  assert.match(body, /Shutting down/);
});

test('the pages are not loaded by whoever speaks XML-RPC', async (t) => {
  let loads = 0;
  const loadSite = () => {
    loads += 1;
    return import('../../src/web/site.ts').then(({ site }) => site);
  };
  const address = { section: 's', family: 'inet', host: '127.0.0.1', port: 0, username: null, password: null } as const;
  const serving = await serve(new FakeSupervisor(), address, assert.fail, loadSite);
  t.after(() => serving.close());
  const target = { port: serving.port };
  await exchange(target, request('POST', '/RPC2', encodeCall('supervisor.getPID', [])));
  assert.equal(loads, 0);
  await exchange(target, request('GET', '/'));
  await exchange(target, request('GET', '/'));
  assert.equal(loads, 1);
});
