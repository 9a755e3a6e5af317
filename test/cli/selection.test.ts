import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { legatoctl } from '../../src/cli/legatoctl.ts';
import { selected, selectionOf } from '../../src/cli/selection.ts';
import { serve } from '../../src/control/http-server.ts';
import { FakeSupervisor } from '../control/fake-supervisor.ts';
import { scratch } from '../support/namespace/scratch.ts';

type Said = { readonly code: number; readonly out: string; readonly err: string };

async function client(
  t: TestContext,
  supervisor: FakeSupervisor,
): Promise<(...words: readonly string[]) => Promise<Said>> {
  const file = join(scratch(t), 's.sock');
  const address = { section: 's', family: 'unix', file, chmod: 0o700, chown: null } as const;
  const serving = await serve(supervisor, { ...address, username: null, password: null }, assert.fail);
  t.after(() => serving.close());
  return (...words) => said(['-s', `unix://${file}`, ...words]);
}

async function said(words: readonly string[]): Promise<Said> {
  const texts = { out: '', err: '' };
  const code = await legatoctl(words, {
    program: '/nowhere/bin/legatoctl',
    out: (text) => (texts.out += text),
    err: (text) => (texts.err += text),
  });
  return { code, ...texts };
}

const several = (): FakeSupervisor =>
  new FakeSupervisor()
    .add('cron:cron', 'FATAL')
    .add('web:0', 'RUNNING')
    .add('web:1', 'STOPPED')
    .add('website:website', 'STOPPED')
    .add('x:worker', 'STOPPED');

test('a pattern is held against the name as status shows it, with a colon against group and name', () => {
  const all = ['web:0', 'web:1', 'website:website', 'x:worker'].map((key) => {
    const [group = '', name = ''] = key.split(':');
    return { group, name, state: name === '0' ? 'RUNNING' : 'STOPPED' };
  });
  const of = (word: string): string | null => {
    const selection = selectionOf(word);
    if (selection === null) return null;
    const found = selected(selection, all, (one) => one);
    return found === null ? 'nobody' : found.map(({ group, name }) => `${group}:${name}`).join(' ');
  };
  assert.equal(of('web*'), 'web:0 web:1 website:website');
  assert.equal(of('web:?'), 'web:0 web:1');
  assert.equal(of('*:worker'), 'x:worker');
  assert.equal(of('w?bsite'), 'website:website');
  assert.equal(of('w*:*'), 'web:0 web:1 website:website');
  assert.equal(of('@running'), 'web:0');
  assert.equal(of('web:*@Stopped'), 'web:1');
  assert.equal(of('website@stopped'), 'website:website');
  assert.equal(of('@fatal'), '');
  assert.equal(of('y*@fatal'), 'nobody');
  assert.equal(of('.*'), 'nobody');
  for (const word of ['web', 'web:*', 'web:', 'all', 'celery@host', '@']) assert.equal(of(word), null, word);
});

test('selections stand wherever names may stand', async (t) => {
  const supervisor = several();
  const run = await client(t, supervisor);
  assert.equal((await run('status', 'web*@stopped')).out.match(/^\S+/gm)?.join(' '), 'web:1 website');
  assert.deepEqual(await run('start', 'web*@stopped', 'cron'), {
    code: 0,
    out: 'web:1: started\nwebsite: started\ncron: started\n',
    err: '',
  });
  assert.equal((await run('restart', '*:worker')).out, 'x:worker: ERROR (not running)\nx:worker: started\n');
  assert.deepEqual(await run('stop', '@fatal'), { code: 0, out: '', err: '' });
  assert.equal((await run('signal', 'HUP', 'web:?')).out, 'web:0: signalled\nweb:1: signalled\n');
  assert.equal((await run('clear', 'web:?')).out, 'web:0: cleared\nweb:1: cleared\n');
  assert.equal((await run('pid', 'web:?')).out, '101\n100\n');
  assert.deepEqual(await run('start', 'nobody*'), { code: 1, out: 'nobody*: ERROR (no such process)\n', err: '' });
});

test('--json lists as JSON, and errors are on stderr then', async (t) => {
  const run = await client(t, several());
  const status = await run('status', '--json', 'web:*', 'nope');
  assert.deepEqual(
    (JSON.parse(status.out) as { namespec: string; statename: string }[]).map((one) => [one.namespec, one.statename]),
    [
      ['web:0', 'RUNNING'],
      ['web:1', 'STOPPED'],
    ],
  );
  assert.equal(status.code, 3);
  assert.equal(status.err, 'nope: ERROR (no such process)\n');
  const read = async (...words: readonly string[]): Promise<unknown> =>
    JSON.parse((await run(...words, '--json')).out) as unknown;
  assert.deepEqual(await read('version'), { version: '4.2.5' });
  assert.deepEqual(await read('pid'), { pid: 4711 });
  assert.deepEqual(await read('pid', 'web:0'), [{ namespec: 'web:0', pid: 101 }]);
  assert.deepEqual(await read('reread'), { added: [], changed: [], removed: [] });
  assert.deepEqual(await read('update'), { added: [], changed: [], removed: [] });
  assert.equal(((await read('avail')) as unknown[]).length, 5);
  assert.deepEqual(await read('tree'), []);
  assert.match((await run('start', '--json')).out, /^--json: ERROR/);
});

test('an error names its cure on stderr, and says the same as ever on stdout', async (t) => {
  const dir = scratch(t);
  const gone = await said(['-s', `unix://${dir}/s.sock`, 'status']);
  assert.deepEqual([gone.code, gone.out], [4, `unix://${dir}/s.sock no such file\n`]);
  assert.match(gone.err, /^legatoctl: is legatod running\? .*-s unix:.*this address comes from -s\n$/);
  const port = await said(['-s', 'http://127.0.0.1:1', 'avail']);
  assert.match(port.err, /nobody listens there: is legatod running, .*\[inet_http_server\]/);
  const run = await client(t, several());
  assert.equal((await run('start', 'web')).err, 'legatoctl: web is a group: its processes are web:*\n');
  assert.equal((await run('status', 'websit')).err, 'legatoctl: did you mean website?\n');
  assert.equal((await run('stop', 'worker')).err, 'legatoctl: did you mean x:worker?\n');
});
