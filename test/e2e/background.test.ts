import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { command, type Outcome } from '../support/namespace/command.ts';
import { processTable } from '../support/namespace/process-table.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { repository } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const nobody = 65534;

type Background = { readonly dir: string; readonly file: string; readonly start: () => Promise<Outcome> };

/** A configuration without nodaemon, to be run as nobody. What it starts is ended with the test. */
function background(t: TestContext): Background {
  const dir = scratch(t);
  const file = join(dir, 'c.conf');
  chownSync(dir, nobody, nobody);
  writeFileSync(
    file,
    `[supervisord]
user=nobody
directory=${dir}
umask=027
logfile=${dir}/d.log
pidfile=${dir}/d.pid
childlogdir=${dir}
[unix_http_server]
file=${dir}/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://${dir}/s.sock
[program:here]
command=/bin/sh -c 'pwd; umask; id -un; exec sleep 1000'
stdout_logfile=${dir}/here.log
`,
  );
  chmodSync(file, 0o644);
  t.after(() => {
    if (existsSync(join(dir, 'd.pid'))) process.kill(Number(readFileSync(join(dir, 'd.pid'), 'utf8')), 'SIGTERM');
  });
  return { dir, file, start: () => command(join(repository, 'bin/legatod'), ['-c', file], { cwd: '/' }) };
}

test('without nodaemon legatod goes to the background as its user, and the pidfile names init', {
  skip: lacking('root'),
}, async (t) => {
  const { dir, file, start } = background(t);
  const log = (): string => (existsSync(join(dir, 'd.log')) ? readFileSync(join(dir, 'd.log'), 'utf8') : '');
  assert.deepEqual(await start(), { code: 0, stdout: '', stderr: '' });
  await until(
    'the service to have spoken',
    () => existsSync(join(dir, 'here.log')) && readFileSync(join(dir, 'here.log'), 'utf8').split('\n').length === 4,
    { evidence: log },
  );
  assert.equal(readFileSync(join(dir, 'here.log'), 'utf8'), `${dir}\n0027\nnobody\n`);
  const pid = Number(readFileSync(join(dir, 'd.pid'), 'utf8'));
  const init = processTable().find((row) => row.pid === pid);
  assert.match(init?.args.join(' ') ?? '', /legato-init --brain/);
  assert.match(
    readFileSync(`/proc/${pid}/status`, 'utf8'),
    new RegExp(`^Uid:\\s+${nobody}\\s+${nobody}\\s+${nobody}`, 'm'),
  );
  const status = await command(join(repository, 'bin/legatoctl'), ['-c', file, 'pid']);
  assert.equal(status.stdout, `${pid}\n`);

  // A second one is told, on its terminal, that the socket is taken; nothing of the first is touched.
  const second = await start();
  assert.equal(second.code, 2);
  assert.match(second.stderr, /^Error: Another program is already listening/);

  const shutdown = await command(join(repository, 'bin/legatoctl'), ['-c', file, 'shutdown']);
  assert.equal(shutdown.stdout, 'Shut down\n');
  await until(
    'everything to be gone',
    () => !existsSync(join(dir, 'd.pid')) && !processTable().some((row) => row.pid === pid && row.state !== 'Z'),
    { evidence: log },
  );
  assert.equal(existsSync(join(dir, 's.sock')), false);
});

test('a wrong configuration is told on the terminal, with its place, before anything goes to the background', async (t) => {
  const dir = scratch(t);
  const file = join(dir, 'c.conf');
  writeFileSync(file, '[supervisord]\n[program:web]\nautostart=maybe\ncommand=true\n');
  const { code, stderr } = await command(join(repository, 'bin/legatod'), ['-c', file]);
  assert.equal(code, 2);
  assert.match(
    stderr,
    /^Error: not a valid boolean value: 'maybe' in section 'program:web' \(file: '.*c\.conf'\) \(.*c\.conf:3\)\nFor help, use .*legatod -h\n$/,
  );
});
