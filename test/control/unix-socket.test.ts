import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { ListenError } from '../../src/control/listen-error.ts';
import { listenUnix, type UnixAddress } from '../../src/control/unix-socket.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { lacking } from '../support/requirements.ts';

const address = (dir: string, more: Partial<UnixAddress> = {}): UnixAddress => ({
  file: join(dir, 's.sock'),
  chmod: 0o700,
  chown: null,
  ...more,
});

/** Leaves a socket file behind whose owner is dead. */
function leaveStale(file: string): void {
  execFileSync(
    process.execPath,
    ['-e', `require('net').createServer().listen(${JSON.stringify(file)}, () => process.kill(process.pid, 'SIGKILL'))`],
    { stdio: 'ignore' },
  );
}

test('the socket has its mode and owner, and nothing else is left', async (t) => {
  const dir = scratch(t);
  const server = createServer();
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const remove = await listenUnix(server, address(dir, { chmod: 0o760, chown: own }), assert.fail);
  t.after(() => server.close());
  const stat = lstatSync(join(dir, 's.sock'));
  assert.ok(stat.isSocket());
  assert.equal(stat.mode & 0o777, 0o760);
  assert.deepEqual({ uid: stat.uid, gid: stat.gid }, own);
  assert.deepEqual(readdirSync(dir), ['s.sock']);
  remove();
  assert.deepEqual(readdirSync(dir), []);
});

test('another user cannot open it, unless it is given to them', { skip: lacking('root', 'setpriv') }, async (t) => {
  const dir = scratch(t);
  const script =
    "try { require('net').connect(process.argv[1]).on('connect', () => { console.log('in'); process.exit() }).on('error', (error) => console.log(error.code)) } catch {}";
  const asNobody = (file: string): string => {
    const words = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, '-e', script, file];
    return execFileSync('/usr/bin/setpriv', words).toString().trim();
  };
  const cases: readonly (readonly [name: string, more: Partial<UnixAddress>, outcome: string])[] = [
    ['own', {}, 'EACCES'],
    ['group', { chmod: 0o770 }, 'EACCES'],
    ['given', { chown: { uid: 65534, gid: 65534 } }, 'in'],
    ['all', { chmod: 0o777 }, 'in'],
  ];
  for (const [name, more, outcome] of cases) {
    const server = createServer();
    const file = join(dir, name);
    await listenUnix(server, address(dir, { ...more, file }), assert.fail);
    t.after(() => server.close());
    assert.equal(asNobody(file), outcome, name);
  }
});

test('the name of a daemon that was killed is taken over, which is said', async (t) => {
  const dir = scratch(t);
  const file = join(dir, 's.sock');
  try {
    leaveStale(file);
  } catch {
    // It has killed itself.
  }
  assert.ok(existsSync(file));
  const said: string[] = [];
  const server = createServer();
  await listenUnix(server, address(dir), (line) => said.push(line));
  t.after(() => server.close());
  assert.deepEqual(said, [`Unlinking stale socket ${file}`]);
});

test('a socket that is served is left alone', async (t) => {
  const dir = scratch(t);
  const first = createServer();
  await listenUnix(first, address(dir), assert.fail);
  t.after(() => first.close());
  const { ino } = lstatSync(join(dir, 's.sock'));
  await assert.rejects(
    listenUnix(createServer(), address(dir), assert.fail),
    (error) =>
      error instanceof ListenError && error.code === 'EADDRINUSE' && error.message.startsWith('Another program'),
  );
  assert.equal(lstatSync(join(dir, 's.sock')).ino, ino);
  assert.deepEqual(readdirSync(dir), ['s.sock']);
});

test('what is no socket is not removed, and a symbolic link is not followed', async (t) => {
  const dir = scratch(t);
  const file = join(dir, 's.sock');
  symlinkSync('precious', file);
  await assert.rejects(listenUnix(createServer(), address(dir), assert.fail), /is not a socket$/);
  writeFileSync(join(dir, 'precious'), 'x');
  await assert.rejects(listenUnix(createServer(), address(dir), assert.fail), /is not a socket$/);
  assert.deepEqual(readdirSync(dir).sort(), ['precious', 's.sock']);
});

test('another one that has taken the name since keeps it', async (t) => {
  const dir = scratch(t);
  const first = createServer();
  const remove = await listenUnix(first, address(dir), assert.fail);
  t.after(() => first.close());
  execFileSync('/bin/sh', ['-c', 'rm s.sock && echo x > s.sock'], { cwd: dir });
  remove();
  assert.deepEqual(readdirSync(dir), ['s.sock']);
});

test('a directory that is not there is an error in the words of Supervisor', async (t) => {
  const missing = address(join(scratch(t), 'none'));
  await assert.rejects(listenUnix(createServer(), missing, assert.fail), {
    message: 'Cannot open an HTTP server: socket.error reported errno.ENOENT (2)',
  });
});

test('an owner that may not be given is an error that names the key', { skip: lacking('root', 'setpriv') }, (t) => {
  const dir = scratch(t);
  const script = `
    const { listenUnix } = await import('./src/control/unix-socket.ts');
    const { createServer } = await import('node:net');
    const address = { file: ${JSON.stringify(join(dir, 'd', 's.sock'))}, chmod: 0o700, chown: { uid: 0, gid: 0 } };
    await listenUnix(createServer(), address, () => {}).catch((error) => console.log(error.message));
  `;
  execFileSync('/bin/sh', ['-c', 'mkdir d && chown 65534 d'], { cwd: dir });
  const options = { cwd: join(import.meta.dirname, '..', '..') };
  const plain = ['--reuid=65534', '--clear-groups', process.execPath, '--input-type=module', '-e', script];
  const out = execFileSync('/usr/bin/setpriv', plain, options).toString();
  assert.match(
    out,
    /^Not permitted to chown .*\/d\/s\.sock to uid\/gid \(0, 0\); adjust "sockchown" value .* can successfully chown\n$/,
  );
  assert.deepEqual(readdirSync(join(dir, 'd')), []);
});
