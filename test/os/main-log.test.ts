import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogLevel } from '../../src/core/effects.ts';
import { MainLog } from '../../src/os/main-log.ts';
import type { Sink } from '../../src/os/sink.ts';

/** A sink that keeps what it is given. */
function memory(): Sink & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    blocked: false,
    write: (bytes) => lines.push(Buffer.from(bytes).toString()) > 0,
    whenWritable: (call) => call(),
    reopen: () => undefined,
    clear: () => true,
  };
}

const all: readonly LogLevel[] = ['critical', 'error', 'warn', 'info', 'debug', 'trace', 'blather'];

test("a line has Supervisor's form, in local time", (context) => {
  const at = new Date(2026, 10, 3, 4, 5, 6, 7);
  context.mock.timers.enable({ apis: ['Date'], now: at });
  const sink = memory();
  const log = new MainLog('info', [sink]);
  log.log('info', "spawned: 'web' with pid 7");
  context.mock.timers.setTime(at.getTime() + 995);
  log.log('warn', 'received SIGTERM indicating exit request');
  log.flush();
  assert.deepEqual(sink.lines, [
    "2026-11-03 04:05:06,007 INFO spawned: 'web' with pid 7\n" +
      '2026-11-03 04:05:07,002 WARN received SIGTERM indicating exit request\n',
  ]);
});

test('levels have their codes, and a threshold lets the graver ones through', () => {
  for (const [i, level] of all.entries()) {
    const sink = memory();
    const log = new MainLog(level, [sink]);
    for (const each of all) log.log(each, 'x');
    log.flush();
    const codes = sink.lines
      .join('')
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split(' ')[2]);
    assert.deepEqual(codes, ['CRIT', 'ERRO', 'WARN', 'INFO', 'DEBG', 'TRAC', 'BLAT'].slice(0, i + 1));
    assert.deepEqual(
      all.map((each) => log.has(each)),
      all.map((_, j) => j <= i),
    );
  }
});

test('the lines of a turn are written together when it is over', async () => {
  const sink = memory();
  const log = new MainLog('info', [sink]);
  log.log('info', 'one');
  log.log('info', 'two');
  const order: number[] = [];
  // As the link does it.
  queueMicrotask(() => order.push(sink.lines.length));
  await new Promise(setImmediate);
  assert.deepEqual(order, [0], 'what was asked of init has gone out before');
  assert.equal(sink.lines.length, 1);
  assert.match(sink.lines.join(''), / INFO one\n.* INFO two\n$/);
});

test('no write is longer than a pipe takes as a whole, but for a line that is', () => {
  const sink = memory();
  const log = new MainLog('info', [sink]);
  for (const length of [3000, 3000, 9000, 100, 100]) log.log('info', 'x'.repeat(length));
  assert.equal(sink.lines.join(''), '', 'nor does it come before the turn is over');
  log.flush();
  assert.deepEqual(
    sink.lines.map((written) => Math.round(written.length / 100)),
    [30, 30, 90, 3],
  );
});

test('every sink gets every line', () => {
  const sinks = [memory(), memory()];
  const log = new MainLog('info', sinks);
  log.log('critical', 'two\nlines');
  log.flush();
  for (const { lines } of sinks) assert.match(lines.join(''), /^\S+ \S+ CRIT two\nlines\n$/);
});
