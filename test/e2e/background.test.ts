import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { namesLivingInit } from '../../src/os/pidfile.ts';
import { command, type Outcome } from '../support/namespace/command.ts';
import { daemonSections, rpcInterface } from '../support/namespace/daemon-sections.ts';
import { processTable } from '../support/namespace/process-table.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { repository } from '../support/namespace/supervisor.ts';
import { textOf } from '../support/namespace/text-of.ts';
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
    `${daemonSections(dir, { nodaemon: 'false', user: 'nobody', directory: dir, umask: '027' })}${rpcInterface}[program:here]
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

test('the command line that the pidfile leads to has the name legatod was called by, after an upgrade as well', {
  skip: lacking('root'),
}, async (t) => {
  const { dir, file } = background(t);
  const pidfile = join(dir, 'd.pid');
  const name = join(dir, 'supervisord');
  symlinkSync(join(repository, 'bin/legatod'), name);
  assert.deepEqual(await command(name, ['-c', file], { cwd: '/' }), { code: 0, stdout: '', stderr: '' });
  const words = (): string[] =>
    readFileSync(`/proc/${readFileSync(pidfile, 'utf8').trim()}/cmdline`, 'utf8').split('\0');
  assert.ok(words().includes(name), words().join(' '));
  assert.ok(namesLivingInit(pidfile), 'and clients know it for an init');

  for (const _ of ['first', 'second']) {
    const upgrade = await command(join(repository, 'bin/legatoctl'), ['-c', file, 'upgrade']);
    assert.equal(upgrade.code, 0, upgrade.stdout + upgrade.stderr);
    assert.ok(words().includes('--resume') && words().includes(name), words().join(' '));
    assert.ok(namesLivingInit(pidfile), words().join(' '));
  }
});

test('without nodaemon legatod goes to the background as its user, and the pidfile names init', {
  skip: lacking('root'),
}, async (t) => {
  const { dir, file, start } = background(t);
  const log = (): string => textOf(join(dir, 'd.log'));
  assert.deepEqual(await start(), { code: 0, stdout: '', stderr: '' });
  assert.ok(existsSync(join(dir, 'd.pid')) && existsSync(join(dir, 's.sock')), 'it serves when the command returns');
  await until('the service to have spoken', () => textOf(join(dir, 'here.log')).split('\n').length === 4, {
    evidence: log,
  });
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

type Started = Outcome & { readonly dir: string };

/** What supervisord and legatod, in this order, say to a start in the background, each in a directory of nobody's. What goes on is ended with the test. */
async function startBoth(
  t: TestContext,
  keys: (dir: string) => Readonly<Record<string, string>>,
  { socketKeys = {}, wrap = [] }: { socketKeys?: Readonly<Record<string, string>>; wrap?: readonly string[] } = {},
): Promise<Started[]> {
  const started: Started[] = [];
  for (const daemon of ['/usr/bin/supervisord', join(repository, 'bin/legatod')]) {
    const { dir, file } = background(t);
    mkdirSync(join(dir, 'closed'), { mode: 0o700 });
    const socket = Object.fromEntries(Object.entries(socketKeys).map(([key, value]) => [key, `${dir}/${value}`]));
    writeFileSync(file, daemonSections(dir, { nodaemon: 'false', ...keys(dir) }, socket) + rpcInterface);
    const words = [...wrap, '/bin/sh', '-c', 'umask 022; exec "$0" "$@"', daemon, '-c', file];
    const { code, stdout, stderr } = await command(words[0] ?? '', words.slice(1), { cwd: '/', timeout: 100_000 });
    // Supervisor's goes to the background before it writes that: without it nobody could end it.
    if (code === 0) await until('the pidfile', () => textOf(join(dir, 'd.pid')) !== '');
    started.push({ code, stdout, stderr: stderr.replaceAll(daemon, 'DAEMON'), dir });
  }
  return started;
}

const skip = lacking('root', 'supervisor', 'setpriv');

test('what is wrong in the background is told on the terminal, with the code: a socket that the user may not make', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const socketKeys = { file: 'closed/s.sock' };
  const [theirs, ours] = await startBoth(t, () => ({ user: 'nobody' }), { socketKeys });
  assert.match(ours?.stderr ?? '', /^Error: Cannot open an HTTP server: socket.error reported errno.EACCES/);
  assert.deepEqual({ ...ours, dir: '' }, { ...theirs, dir: '' });
  assert.equal(ours?.code, 2);
});

test('what is wrong in the background is told on the terminal, with the code: limits that cannot be had', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const wrap = ['/usr/bin/setpriv', '--reuid', `${nobody}`, '--regid', `${nobody}`, '--clear-groups'];
  const started = await startBoth(t, () => ({ minfds: '2000000000' }), { wrap });
  assert.deepEqual(
    started.map(({ code, stderr }) => [
      code,
      stderr.startsWith('Error: The minimum number of file descriptors required'),
    ]),
    [
      [2, true],
      [2, true],
    ],
  );
});

test('the main log has the mode that the umask of whoever starts the daemon leaves, whatever umask= says', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const started = await startBoth(t, () => ({ umask: '077' }));
  const modeOf = ({ dir }: Started): number => statSync(join(dir, 'd.log')).mode & 0o777;
  assert.deepEqual(started.map(modeOf), [0o644, 0o644]);
});

test('a directory that the user may not enter is a line in the log, and the daemon goes on where it is', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const started = await startBoth(t, (dir) => ({ user: 'nobody', directory: `${dir}/closed` }));
  for (const { code, dir } of started) {
    assert.equal(code, 0);
    assert.match(textOf(join(dir, 'd.log')), /CRIT can't chdir into '.*\/closed': /);
    process.kill(Number(readFileSync(join(dir, 'd.pid'), 'utf8')), 'SIGTERM');
    await until('its end', () => !existsSync(join(dir, 'd.pid')), { evidence: () => textOf(join(dir, 'd.log')) });
  }
});
