import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { LogFile } from '../../src/os/log-file.ts';
import { Output, type OutputSettings, openStream } from '../../src/os/output.ts';
import { type Fifo, makeFifo, readAvailable, scratchDirectory } from './scratch.ts';

const silent = (text: string): void => assert.fail(text);
const plain = { stripAnsi: false, tap: null, onWritable: () => assert.fail('nothing was full') };

/** A service's pipe, its output on the way into a log file, and what is in the file. */
function capture(
  context: TestContext,
  settings: Partial<OutputSettings> = {},
): { pipe: Fifo; output: Output; logged: () => string } {
  const directory = scratchDirectory(context);
  const pipe = makeFifo(context, join(directory, 'pipe'));
  const path = join(directory, 'x.log');
  const sink = new LogFile({ path, maxbytes: 0, backups: 0 }, silent);
  const output = new Output(openStream(process.pid, pipe.reader), { ...plain, sink, ...settings });
  context.after(() => {
    output.close();
    sink.close();
  });
  return { pipe, output, logged: () => readFileSync(path, 'utf8') };
}

test('a pump moves what there is, says so, and hears the end', (context) => {
  const { pipe, output, logged } = capture(context);
  assert.equal(output.pump(), 'drained');
  writeSync(pipe.writer, 'one\n');
  writeSync(pipe.writer, 'two');
  assert.equal(output.pump(), 'drained');
  assert.equal(logged(), 'one\ntwo');
  writeSync(pipe.writer, ' and a half\n');
  pipe.closeWriter();
  assert.equal(output.pump(), 'drained');
  assert.equal(output.pump(), 'end');
  assert.equal(logged(), 'one\ntwo and a half\n');
});

test('a full pipe is emptied by one pump', (context) => {
  const { pipe, output, logged } = capture(context);
  const bytes = writeSync(pipe.writer, Buffer.alloc(1 << 20, 'x'));
  assert.ok(bytes >= 4096);
  assert.equal(output.pump(), 'drained');
  assert.equal(logged().length, bytes);
});

test('a service that writes without end does not keep the others waiting', (context) => {
  let written = 0;
  const refill = (): void => {
    written += writeSync(pipe.writer, Buffer.alloc(64 * 1024, 'x'));
  };
  const { pipe, output, logged } = capture(context, { tap: refill });
  refill();
  assert.equal(output.pump(), 'again');
  assert.ok(logged().length < written);
});

test('finish moves what is left and closes, whoever else has the pipe open', (context) => {
  const { pipe, output, logged } = capture(context);
  writeSync(pipe.writer, 'last words');
  assert.equal(output.finish(), true);
  assert.equal(logged(), 'last words');
  writeSync(pipe.writer, 'after the end');
  assert.equal(output.pump(), 'end');
  assert.equal(logged(), 'last words');
});

test('without a sink output is read and dropped, and still seen by a tap', (context) => {
  const seen: string[] = [];
  const { pipe, output } = capture(context, { sink: null, tap: (bytes) => seen.push(bytes.toString()) });
  writeSync(pipe.writer, 'heard\n');
  assert.equal(output.pump(), 'drained');
  assert.deepEqual(seen, ['heard\n']);
  assert.equal(readAvailable(pipe.reader).length, 0);
});

test('control sequences are taken out, for the log and for the tap, even across reads', (context) => {
  const seen: string[] = [];
  const { pipe, output, logged } = capture(context, { stripAnsi: true, tap: (bytes) => seen.push(bytes.toString()) });
  writeSync(pipe.writer, 'a \u001b[1;3');
  output.pump();
  writeSync(pipe.writer, '1mred\u001b[0m\n\u001b');
  output.pump();
  assert.equal(logged(), 'a red\n');
  output.finish();
  assert.equal(logged(), 'a red\n\u001b');
  assert.equal(seen.join(''), 'a red\n\u001b');
});

test('a full sink stops the pump and not the daemon; nothing is lost when it is read again', async (context) => {
  const directory = scratchDirectory(context);
  const target = makeFifo(context, join(directory, 'target'));
  const pipe = makeFifo(context, join(directory, 'pipe'));
  const sink = new LogFile({ path: target.path, maxbytes: 0, backups: 0 }, silent);
  let writable = Promise.withResolvers<void>();
  const onWritable = (): void => writable.resolve();
  const output = new Output(openStream(process.pid, pipe.reader), { ...plain, sink, onWritable });
  context.after(() => sink.close());
  let [sent, got] = [0, 0];
  for (;;) {
    sent += writeSync(pipe.writer, Buffer.alloc(30_000, 'x'));
    if (output.pump() === 'blocked') break;
    assert.ok(sent < 1 << 20, 'a pipe nobody reads is full some time');
  }
  sent += writeSync(pipe.writer, 'waits in the pipe');
  assert.equal(output.pump(), 'blocked');
  assert.equal(output.finish(), false);
  got += readAvailable(target.reader).length;
  await writable.promise;
  writable = Promise.withResolvers();
  for (let tries = 0; !output.finish(); tries++) {
    assert.ok(tries < 100);
    got += readAvailable(target.reader).length;
    await writable.promise;
    writable = Promise.withResolvers();
  }
  got += readAvailable(target.reader).length;
  assert.equal(got, sent);
});

test('the pipe of another process is opened anew, nonblocking, and read beside it', async (context) => {
  // `sleep` holds the reading end, as init does; the writer has ended before.
  const script = '(echo one; echo two; echo >&2) | sh -c "echo \\$\\$; exec sleep 60"';
  const shell = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [[pid]] = (await Promise.all([once(shell.stdout, 'data'), once(shell.stderr, 'data')])) as [[Buffer], unknown];
  const holder = Number(pid.toString());
  context.after(() => process.kill(holder));
  const seen: string[] = [];
  const output = new Output(openStream(holder, 0), {
    ...plain,
    sink: null,
    tap: (bytes) => seen.push(bytes.toString()),
  });
  assert.equal(output.pump(), 'drained');
  assert.deepEqual(seen, ['one\ntwo\n']);
  output.close();
});

test('a descriptor that init has closed is refused with the reason', () => {
  const fd = openSync('/dev/null', 'r');
  closeSync(fd);
  assert.throws(() => openStream(process.pid, fd), { code: 'ENOENT' });
});
