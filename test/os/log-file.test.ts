import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LogFile } from '../../src/os/log-file.ts';
import { LogFiles } from '../../src/os/log-files.ts';
import { makeFifo, readAvailable, scratchDirectory } from './scratch.ts';

const silent = (text: string): void => assert.fail(text);
const unrotated = { maxbytes: 0, backups: 0 };

test('a log is made 0666 less umask, an AUTO log 0600', (context) => {
  const directory = scratchDirectory(context);
  const umask = process.umask(0o002);
  context.after(() => process.umask(umask));
  new LogFile({ path: join(directory, 'named'), ...unrotated }, silent).close();
  new LogFile({ path: join(directory, 'auto'), ...unrotated, auto: true }, silent).close();
  assert.equal(statSync(join(directory, 'named')).mode & 0o777, 0o664);
  assert.equal(statSync(join(directory, 'auto')).mode & 0o777, 0o600);
});

test('a symbolic link is followed, but not in place of an AUTO log', (context) => {
  const directory = scratchDirectory(context);
  const [target, link] = [join(directory, 'target'), join(directory, 'link')];
  writeFileSync(target, '');
  symlinkSync(target, link);
  const named = new LogFile({ path: link, ...unrotated }, silent);
  named.write(Buffer.from('through\n'));
  named.close();
  const said: string[] = [];
  const auto = new LogFile({ path: link, ...unrotated, auto: true }, (text) => said.push(text));
  auto.write(Buffer.from('not through\n'));
  auto.close();
  assert.equal(readFileSync(target, 'utf8'), 'through\n');
  assert.match(said.join(), /cannot write to .*link: ELOOP/);
});

test('a file that was moved away is made anew by reopen, and only then', (context) => {
  const path = join(scratchDirectory(context), 'x.log');
  const log = new LogFile({ path, ...unrotated }, silent);
  log.write(Buffer.from('one\n'));
  log.reopen();
  log.write(Buffer.from('two\n'));
  renameSync(path, `${path}.old`);
  log.write(Buffer.from('three\n'));
  log.reopen();
  log.write(Buffer.from('four\n'));
  log.close();
  assert.equal(readFileSync(`${path}.old`, 'utf8'), 'one\ntwo\nthree\n');
  assert.equal(readFileSync(path, 'utf8'), 'four\n');
});

test('clear begins a new file', (context) => {
  const path = join(scratchDirectory(context), 'x.log');
  const log = new LogFile({ path, maxbytes: 10, backups: 1 }, silent);
  log.write(Buffer.from('12345678\n'));
  assert.equal(log.clear(), true);
  assert.equal(readFileSync(path, 'utf8'), '');
  log.write(Buffer.from('abcdefgh\n'));
  log.close();
  assert.equal(readFileSync(path, 'utf8'), 'abcdefgh\n');
});

test('a missing directory is said once, what is lost is counted, and writing goes on when it is there', (context) => {
  const directory = join(scratchDirectory(context), 'later');
  const said: string[] = [];
  const log = new LogFile({ path: join(directory, 'x.log'), ...unrotated }, (text) => said.push(text));
  assert.equal(log.write(Buffer.from('lost\n')), true);
  assert.equal(log.write(Buffer.from('lost too\n')), true);
  assert.equal(said.length, 1);
  assert.match(said[0] ?? '', /cannot write to .*x\.log: ENOENT/);
  mkdirSync(directory);
  log.reopen();
  log.write(Buffer.from('there\n'));
  log.close();
  assert.equal(readFileSync(join(directory, 'x.log'), 'utf8'), 'there\n');
  assert.match(said[1] ?? '', /can write to .*x\.log again; 14 bytes were lost/);
});

test('a full device is said, and never thrown', () => {
  const said: string[] = [];
  const log = new LogFile({ path: '/dev/full', ...unrotated }, (text) => said.push(text));
  assert.equal(log.write(Buffer.from('lost\n')), true);
  log.close();
  assert.match(said.join(), /cannot write to \/dev\/full: ENOSPC/);
});

test('what cannot be renamed goes on growing, and is rotated when it can', (context) => {
  const path = join(scratchDirectory(context), 'x.log');
  const said: string[] = [];
  mkdirSync(`${path}.1`);
  const log = new LogFile({ path, maxbytes: 10, backups: 1 }, (text) => said.push(text));
  for (const text of ['1234567\n', 'abcdefg\n']) log.write(Buffer.from(text));
  assert.equal(readFileSync(path, 'utf8'), '1234567\nabcdefg\n');
  assert.match(said.join(), /cannot rotate .*x\.log: EISDIR/);
  rmSync(`${path}.1`, { recursive: true });
  log.write(Buffer.from('7654321\n'));
  log.close();
  assert.equal(readFileSync(`${path}.1`, 'utf8'), '1234567\nabcdefg\n');
  assert.equal(readFileSync(path, 'utf8'), '7654321\n');
});

test('a pipe that is full blocks, keeps the rest, and says when it takes bytes again', async (context) => {
  const fifo = makeFifo(context, join(scratchDirectory(context), 'pipe'));
  const log = new LogFile({ path: fifo.path, maxbytes: 10, backups: 3 }, silent);
  const piece = Buffer.alloc(40_000, 'x');
  assert.equal(log.write(piece), true);
  assert.equal(log.write(piece), false);
  assert.equal(log.blocked, true);
  const writable = new Promise<void>((resolve) => log.whenWritable(resolve));
  let got = readAvailable(fifo.reader).length;
  assert.ok(got < 80_000);
  await writable;
  assert.equal(log.blocked, false);
  got += readAvailable(fifo.reader).length;
  assert.equal(got, 80_000);
  log.close();
});

test('a full pipe keeps a bounded rest; what is beyond is lost and counted', (context) => {
  const fifo = makeFifo(context, join(scratchDirectory(context), 'pipe'));
  const said: string[] = [];
  const log = new LogFile({ path: fifo.path, ...unrotated }, (text) => said.push(text));
  const piece = Buffer.alloc(30_000, 'x');
  for (let i = 0; i < 10; i++) log.write(piece);
  log.close();
  assert.match(said.join(), /nobody reads it; what is meant for it is lost/);
});

test('/dev/stdout is a log like any other and is not rotated, even when it is a file', (context) => {
  const directory = scratchDirectory(context);
  const program = `
    import { LogFile } from ${JSON.stringify(join(import.meta.dirname, '../../src/os/log-file.ts'))};
    const log = new LogFile({ path: '/dev/stdout', maxbytes: 4, backups: 1 }, (text) => { throw new Error(text); });
    for (const word of ['one', 'two', 'three']) log.write(Buffer.from(word + '\\n'));
  `;
  const run = ['-c', '"$0" --input-type=module -e "$1" >>"$2"', process.execPath, program, join(directory, 'out')];
  execFileSync('sh', run);
  assert.equal(readFileSync(join(directory, 'out'), 'utf8'), 'one\ntwo\nthree\n');
});

test('a file that stdout was redirected to is shared with those who write there too, and is not removed by clear', (context) => {
  const directory = scratchDirectory(context);
  const program = `
    import { LogFile } from ${JSON.stringify(join(import.meta.dirname, '../../src/os/log-file.ts'))};
    const log = new LogFile({ path: '/dev/stdout', maxbytes: 0, backups: 0 }, (text) => { throw new Error(text); });
    log.write(Buffer.from('two\\n'));
    if (!log.clear()) throw new Error('not cleared');
    log.close();
  `;
  const script = '{ echo one; "$0" --input-type=module -e "$1"; echo three; } >"$2"';
  execFileSync('sh', ['-c', script, process.execPath, program, join(directory, 'out')]);
  assert.equal(readFileSync(join(directory, 'out'), 'utf8'), 'one\ntwo\nthree\n');
  assert.ok(existsSync('/dev/stdout'));
});

test('a socket for stdout, which cannot be opened anew, is written to as it was inherited', async (context) => {
  const program = `
    import { LogFile } from ${JSON.stringify(join(import.meta.dirname, '../../src/os/log-file.ts'))};
    const log = new LogFile({ path: '/dev/stdout', maxbytes: 0, backups: 0 }, (text) => { throw new Error(text); });
    const piece = Buffer.alloc(50_000, 'x');
    function pour(left) {
      if (left === 0) return log.close();
      if (log.write(piece)) pour(left - 1);
      else log.whenWritable(() => pour(left - 1));
    }
    pour(20);
  `;
  // Node gives its children socketpairs for pipes.
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  context.after(() => child.kill('SIGKILL'));
  let got = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    got += chunk.length;
  });
  const [code] = (await once(child, 'close')) as [number];
  assert.deepEqual({ code, got }, { code: 0, got: 1_000_000 });
});

test('one path is one file for all who open it, rotated once', (context) => {
  const path = join(scratchDirectory(context), 'x.log');
  const files = new LogFiles(silent);
  const settings = { path, maxbytes: 8, backups: 5 };
  const [stdout, stderr] = [files.open(settings), files.open(settings)];
  stdout.write(Buffer.from('one\n'));
  stderr.write(Buffer.from('two\n'));
  stdout.write(Buffer.from('three\n'));
  files.release(stdout);
  stderr.write(Buffer.from('4\n'));
  files.release(stderr);
  assert.equal(readFileSync(`${path}.2`, 'utf8') + readFileSync(`${path}.1`, 'utf8'), 'one\ntwo\nthree\n4\n');
  const again = files.open(settings);
  assert.notEqual(again, stderr);
  files.release(again);
});

test('a log that nobody has open is cleared by its path', (context) => {
  const path = join(scratchDirectory(context), 'x.log');
  const files = new LogFiles(silent);
  writeFileSync(path, 'old\n');
  assert.equal(files.clear(path), true);
  assert.throws(() => statSync(path), { code: 'ENOENT' });
  assert.equal(files.clear(path), true);
  assert.equal(files.clear(join(path, '..')), false);
});

test('a file whose last line somebody else began is rotated at the end of that line', (context) => {
  const path = join(scratchDirectory(context), 'x.log');
  writeFileSync(path, 'one\nit begins');
  const log = new LogFile({ path, maxbytes: 20, backups: 2 }, silent);
  log.write(Buffer.from(' and ends\nnext\n'));
  log.close();
  assert.equal(readFileSync(`${path}.1`, 'utf8'), 'one\nit begins and ends\n');
  assert.equal(readFileSync(path, 'utf8'), 'next\n');
});
