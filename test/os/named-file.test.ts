import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { errorCode } from '../../src/os/error-code.ts';
import { openNamed, readNamedFile } from '../../src/os/named-file.ts';
import { lacking } from '../support/requirements.ts';
import { makeFifo, scratchDirectory } from './scratch.ts';

const skip = lacking('root');
const service = 65_534;
const { O_APPEND, O_CREAT, O_WRONLY } = constants;

/** A directory of the service's in one of root's. */
function directories(context: TestContext): { readonly dir: string; readonly own: string } {
  const dir = scratchDirectory(context);
  const own = join(dir, 'own');
  mkdirSync(own);
  lchownSync(own, service, service);
  return { dir, own };
}

function link(target: string, path: string, uid: number = service): void {
  symlinkSync(target, path);
  lchownSync(path, uid, uid);
}

const append = (path: string): void => closeSync(openNamed(path, O_WRONLY | O_APPEND | O_CREAT, 0o666));

function outcome(path: string): string {
  try {
    append(path);
    return 'opened';
  } catch (error) {
    return errorCode(error);
  }
}

async function read(path: string): Promise<string | null> {
  const file = await readNamedFile(path);
  try {
    return (await file?.readFile('utf8')) ?? null;
  } finally {
    await file?.close();
  }
}

test("a link of a service's to what is not its is neither written through nor read", { skip }, async (t) => {
  const { dir, own } = directories(t);
  const secret = join(dir, 'secret');
  writeFileSync(secret, 'secret\n');
  link('../secret', join(own, 'x.log'));
  link('../new', join(own, 'new.log'));
  for (const name of ['x.log', 'new.log'])
    assert.throws(() => append(join(own, name)), /a symbolic link of user 65534 leads to what is not that user's/);
  assert.equal(await read(join(own, 'x.log')), null);
  assert.equal(readFileSync(secret, 'utf8'), 'secret\n');
  assert.equal(existsSync(join(dir, 'new')), false);
});

test('so it is with a directory on the way, also behind a link of root, and through /proc', { skip }, async (t) => {
  const { dir, own } = directories(t);
  writeFileSync(join(dir, 'secret'), 'secret\n');
  link('..', join(own, 'log'));
  link(own, join(dir, 'app'), 0);
  link(`/proc/self/root${dir}`, join(own, 'proc'));
  for (const path of [join(own, 'log/secret'), join(dir, 'app/log/secret'), join(own, 'proc/secret')]) {
    assert.throws(() => append(path), /a symbolic link of user 65534 leads/, path);
    assert.equal(await read(path), null, path);
  }
});

test("a link of a service's within its own directories is followed, and any of root's", { skip }, async (t) => {
  const { dir, own } = directories(t);
  const [release, outside] = [join(own, 'releases'), join(dir, 'outside')];
  for (const path of [release, outside]) mkdirSync(path);
  lchownSync(release, service, service);
  writeFileSync(join(release, 'x.log'), 'own\n');
  writeFileSync(join(outside, 'x.log'), "root's\n");
  link('releases', join(own, 'current'));
  link(outside, join(own, 'rooted'), 0);
  for (const [path, text] of [
    [join(own, 'current/x.log'), 'own\n'],
    [join(own, 'current/../current/x.log'), 'own\n'],
    [join(own, 'rooted/x.log'), "root's\n"],
  ] as const) {
    append(path);
    assert.equal(await read(path), text);
  }
  append(join(own, 'current/new.log'));
  assert.ok(existsSync(join(release, 'new.log')));
});

test("a link of a service's to our own stdout is followed, and to no other descriptor", { skip }, (t) => {
  const { own } = directories(t);
  link('/dev/stdout', join(own, 'out.log'));
  link('/proc/self/fd/0', join(own, 'in.log'));
  // Where it is a socket, open(2) does not open it.
  assert.match(outcome(join(own, 'out.log')), /^(?:opened|ENXIO)$/);
  assert.match(outcome(join(own, 'in.log')), /a symbolic link of user 65534 leads/);
});

test('what is no file is not read, and links in a circle are nowhere', async (t) => {
  const dir = scratchDirectory(t);
  makeFifo(t, join(dir, 'fifo'));
  symlinkSync('round', join(dir, 'round'));
  assert.equal(await read(join(dir, 'fifo')), null);
  assert.equal(await read(dir), null);
  assert.equal(await read(join(dir, 'none')), null);
  assert.throws(() => append(join(dir, 'round')), /ELOOP/);
});

test('without /proc, where nothing can be looked at, a log is opened and read all the same', {
  skip: lacking('root', 'namespaces'),
}, (context) => {
  const path = join(scratchDirectory(context), 'x.log');
  const module = join(import.meta.dirname, '../../src/os/named-file.ts');
  const code = `
    import { writeSync } from 'node:fs';
    import { openNamed, readNamedFile } from '${module}';
    writeSync(openNamed('${path}', ${O_WRONLY | O_APPEND | O_CREAT}, 0o666), 'a line');
    const file = await readNamedFile('${path}');
    console.log(await file?.readFile('utf8'));
    await file?.close();`;
  const hidden = 'mount -t tmpfs none /proc && exec "$@"';
  const node = [process.execPath, '--input-type=module', '-e', code];
  assert.equal(
    execFileSync('/usr/bin/unshare', ['--mount', '/bin/sh', '-c', hidden, 'sh', ...node]).toString(),
    'a line\n',
  );
});
