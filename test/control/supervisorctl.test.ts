import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { serve } from '../../src/control/http-server.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';
import { FakeSupervisor } from './fake-supervisor.ts';

const skip = lacking('supervisor');

type Run = (...words: readonly string[]) => Promise<{ readonly code: number | null; readonly out: string }>;

/** Debian's supervisorctl against our server. A proxy is set which nobody listens on: it must not be asked. */
function client(serverurl: string, options: readonly string[] = []): Run {
  return async (...words) => {
    const child = spawn('/usr/bin/supervisorctl', ['-s', serverurl, ...options, ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', http_proxy: 'http://127.0.0.1:9' },
    });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, out };
  };
}

async function place(
  t: TestContext,
): Promise<{ dir: string; supervisor: FakeSupervisor; serverurl: string; run: Run }> {
  const dir = scratch(t);
  const file = join(dir, 's.sock');
  const supervisor = new FakeSupervisor().add('a:a', 'RUNNING').add('g:1', 'STOPPED').add('g:zwei-ä', 'FATAL');
  const address = { section: 's', family: 'unix', file, chmod: 0o700, chown: null } as const;
  const serving = await serve(supervisor, { ...address, username: null, password: null }, assert.fail);
  t.after(() => serving.close());
  // supervisorctl refuses a configuration without its section: this one has it and nothing else.
  writeFileSync(join(dir, 'c.conf'), '[supervisorctl]\n');
  const serverurl = `unix://${file}`;
  return { dir, supervisor, serverurl, run: client(serverurl, ['-c', join(dir, 'c.conf')]) };
}

test('supervisorctl is content: what it asks, what it prints, how it exits', { skip }, async (t) => {
  const { dir, supervisor, run } = await place(t);
  const says = async (line: string, out: string, code: number): Promise<void> => {
    assert.deepEqual(await run(...line.split(' ')), { code, out }, line);
  };
  await says(
    'status',
    [
      'a                                RUNNING   pid 1, uptime 0:00:02',
      'g:1                              STOPPED   Not started',
      'g:zwei-ä                         FATAL     Not started',
      '',
    ].join('\n'),
    3,
  );
  await says('status a', 'a                                RUNNING   pid 1, uptime 0:00:02\n', 0);
  await says('start a', 'a: ERROR (already started)\n', 0);
  await says('start g:*', 'g:1: started\ng:zwei-ä: started\n', 0);
  supervisor.answers.set('g:1', { ok: false, fault: 'FAILED' });
  await says('stop g:1', 'FAILED: g:1\n', 1);
  supervisor.answers.clear();
  await says('stop all', 'a: stopped\ng:1: stopped\ng:zwei-ä: stopped\n', 0);
  await says('stop a', 'a: ERROR (not running)\n', 0);
  supervisor.answers.set('a:a', { ok: false, fault: 'SPAWN_ERROR' });
  await says('start a', 'a: ERROR (spawn error)\n', 7);
  supervisor.answers.set('a:a', { ok: false, fault: 'ABNORMAL_TERMINATION' });
  await says('start a', 'a: ERROR (abnormal termination)\n', 7);
  supervisor.answers.clear();
  await says('restart a', 'a: ERROR (not running)\na: started\n', 0);
  await says('signal HUP a g:1', 'a: signalled\ng:1: ERROR (not running)\n', 7);
  await says('signal FOO a', 'a: ERROR (bad signal name)\n', 1);
  assert.ok(supervisor.asked.includes('signal a:a 1'));
  await says('pid', '4711\n', 0);
  await says('pid a g:1', '100\n0\n', 7);
  await says('tail a', 'a: ERROR (no log file)\n', 1);
  const log = join(dir, 'a.log');
  writeFileSync(log, 'one\ntwö \u001b[31mred\n');
  supervisor.logTo('a:a', 'stdout', log);
  await says('tail a', 'one\ntwö \ufffd[31mred\n\n', 0);
  await says('tail -4 a', 'red\n\n', 0);
  await says('maintail', 'supervisord: ERROR (no log file)\n', 1);
  await says('clear a', 'a: cleared\n', 0);
  await says('clear all', 'a: cleared\ng:1: cleared\ng:zwei-ä: cleared\n', 0);
  await says(
    'avail',
    [
      'g:1                              in use    auto      999:999',
      'a                                in use    auto      999:999',
      'g:zwei-ä                         in use    auto      999:999',
      '',
    ].join('\n'),
    0,
  );
  await says('version', '4.2.5\n', 0);
  supervisor.reading = { ok: true, added: ['n'], changed: [], removed: ['a'] };
  await says('reread', 'a: disappeared\nn: available\n', 0);
  await says('update', 'a: stopped\na: removed process group\nn: added process group\n', 0);
  supervisor.reading = { ok: false, error: 'oh' };
  await says('reread', 'ERROR: CANT_REREAD: oh\n', 1);
  supervisor.reading = { ok: true, added: [], changed: [], removed: [] };
  await says('reload', 'Restarted supervisord\n', 0);
  assert.equal(supervisor.mood(), 'restarting');
  await says('reload', 'ERROR: already shutting down\n', 1);
  await says('shutdown', 'ERROR: already shutting down\n', 0);
});

test('supervisorctl shuts down', { skip }, async (t) => {
  const { supervisor, run } = await place(t);
  assert.deepEqual(await run('shutdown'), { code: 0, out: 'Shut down\n' });
  assert.equal(supervisor.mood(), 'shutdown');
});

test('supervisorctl follows a log', { skip }, async (t) => {
  const { dir, supervisor, serverurl } = await place(t);
  const log = join(dir, 'z.log');
  writeFileSync(log, 'begin\n');
  supervisor.logTo('g:1', 'stderr', log);
  const words = ['-c', join(dir, 'c.conf'), '-s', serverurl, 'tail', '-f', 'g:1', 'stderr'];
  const env = { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', PYTHONUNBUFFERED: '1' };
  const child = spawn('/usr/bin/supervisorctl', words, { stdio: ['ignore', 'pipe', 'inherit'], env });
  const ended = once(child, 'close');
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  await until('the head', () => out === '==> Press Ctrl-C to exit <==\nbegin\n', { evidence: () => out });
  appendFileSync(log, 'möre\n');
  await until('what is added', () => out.endsWith('begin\nmöre\n'), { evidence: () => out });
  child.kill('SIGINT');
  await ended;
});

test('supervisorctl logs in over TCP', { skip }, async (t) => {
  const dir = scratch(t);
  writeFileSync(join(dir, 'c.conf'), '[supervisorctl]\n');
  const supervisor = new FakeSupervisor().add('a:a', 'RUNNING');
  const address = { section: 's', family: 'inet', host: '127.0.0.1', port: 0 } as const;
  const serving = await serve(supervisor, { ...address, username: 'u', password: 'p' }, assert.fail);
  t.after(() => serving.close());
  const url = `http://127.0.0.1:${serving.port}`;
  const config = ['-c', join(dir, 'c.conf')];
  assert.deepEqual(await client(url, [...config, '-u', 'u', '-p', 'p'])('pid'), { code: 0, out: '4711\n' });
  const refused = await client(url, [...config, '-u', 'u', '-p', 'x'])('pid');
  assert.equal(refused.code, 1);
  assert.match(
    refused.out,
    /^Server requires authentication\nerror: .*ProtocolError for 127\.0\.0\.1\/RPC2: 401 Unauthorized>/,
  );
});
