import assert from 'node:assert/strict';
import { appendFileSync, existsSync, fstatSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Link } from '../../src/os/link.ts';
import { LogFile } from '../../src/os/log-file.ts';
import { Loggers } from '../../src/os/loggers.ts';
import type { BrainRequest, InitFrame } from '../../src/os/wire.ts';
import { scratchDirectory } from './scratch.ts';

type Given = Extract<BrainRequest, { type: 'log' }>;

const [ENOSPC, EACCES, EAGAIN, ESRCH] = [28, 13, 11, 3] as const;

/** init's side of the link, which answers what it is told to. */
class Init {
  readonly heard: BrainRequest[] = [];
  /** errno of the next answers; null: none comes. */
  answer: number | null = 0;
  readonly loggers: Loggers;

  constructor() {
    const send = (frame: BrainRequest): number => this.heard.push(frame);
    const request = (frame: BrainRequest): Promise<InitFrame> => {
      send(frame);
      return this.answer === null
        ? new Promise(() => undefined)
        : Promise.resolve({ type: 'result', id: 1, errno: this.answer, count: 0 });
    };
    this.loggers = new Loggers({ send, request } as unknown as Link);
  }

  /** The files it was given, in their order. */
  get given(): Given[] {
    return this.heard.flatMap((frame) => (frame.type === 'log' ? [frame] : []));
  }

  /** The logger has filled the file it was given last. */
  fills(text: string): void {
    const last = this.given.at(-1);
    assert.ok(last !== undefined);
    appendFileSync(`/proc/self/fd/${last.fd}`, text);
    this.loggers.full({ type: 'log-full', id: 0, log: last.log, turn: last.turn });
  }
}

function lent(context: TestContext, settings: { readonly maxbytes: number; readonly backups: number }) {
  const init = new Init();
  const directory = scratchDirectory(context);
  const path = join(directory, 'x.log');
  const said: string[] = [];
  const log = new LogFile({ path, ...settings }, (text) => said.push(text), init.loggers);
  context.after(() => log.close());
  return { init, path, log, said, directory };
}

test('a log is given once, with the file that is open and its limit', (context) => {
  const { init, path, log } = lent(context, { maxbytes: 100, backups: 1 });
  const loan = log.lend();
  assert.equal(log.lend(), loan);
  const [given, ...more] = init.given;
  assert.deepEqual(more, []);
  const { dev, ino } = statSync(path, { bigint: true });
  assert.deepEqual(
    { device: given?.device, ino: given?.ino, limit: given?.limit, turn: given?.turn, logger: given?.logger },
    { device: dev, ino, limit: 100, turn: 1, logger: 0 },
  );
});

test('a full file is rotated and the next one given; with no backups it is emptied', (context) => {
  for (const backups of [2, 0]) {
    const { init, path, log } = lent(context, { maxbytes: 10, backups });
    log.lend();
    init.fills('12345678\n');
    assert.equal(existsSync(`${path}.1`), backups > 0);
    if (backups > 0) assert.equal(readFileSync(`${path}.1`, 'utf8'), '12345678\n');
    assert.equal(readFileSync(path, 'utf8'), '');
    const [, next] = init.given;
    assert.equal(next?.ino, statSync(path, { bigint: true }).ino);
    assert.equal(next?.turn, 2);
  }
});

test('what is said of a file that was exchanged meanwhile rotates nothing', (context) => {
  const { init, path, log } = lent(context, { maxbytes: 10, backups: 2 });
  const loan = log.lend();
  init.fills('12345678\n');
  init.loggers.full({ type: 'log-full', id: 0, log: loan?.log ?? 0, turn: 1 });
  init.loggers.full({ type: 'log-full', id: 0, log: 99, turn: 1 });
  assert.equal(existsSync(`${path}.2`), false);
  assert.equal(init.given.length, 2);
});

test('a file that cannot be rotated grows to twice its size, and is told', (context) => {
  const { init, path, log, said } = lent(context, { maxbytes: 10, backups: 1 });
  log.lend();
  // A directory that is not empty stands in the way.
  mkdirSync(join(`${path}.1`, 'x'), { recursive: true });
  init.fills('12345678\n');
  assert.match(said.join(), /cannot rotate .*x\.log: .*; it goes on growing/);
  assert.equal(init.given.at(-1)?.limit, 19);
});

test('an amended limit is told, and a file that is not full by it is not rotated', (context) => {
  const { init, path, log } = lent(context, { maxbytes: 10, backups: 1 });
  const loan = log.lend();
  log.rotateAt({ maxbytes: 50, backups: 1 });
  assert.deepEqual(
    init.given.map(({ limit }) => limit),
    [10, 50],
  );
  init.loggers.full({ type: 'log-full', id: 0, log: loan?.log ?? 0, turn: 1 });
  assert.equal(existsSync(`${path}.1`), false);
});

test('a brain that writes beside the logger counts what that has written', (context) => {
  const { init, path, log } = lent(context, { maxbytes: 10, backups: 1 });
  log.lend();
  appendFileSync(path, '1234567\n');
  log.write(Buffer.from('abc\n'));
  assert.equal(readFileSync(`${path}.1`, 'utf8'), '1234567\n');
  assert.equal(readFileSync(path, 'utf8'), 'abc\n');
  assert.equal(init.given.at(-1)?.ino, statSync(path, { bigint: true }).ino);
});

test('clear empties the file that the logger has, and makes a new one where that was moved away', (context) => {
  const { init, path, log } = lent(context, { maxbytes: 0, backups: 0 });
  log.lend();
  appendFileSync(path, 'old\n');
  const before = statSync(path).ino;
  assert.equal(log.clear(), true);
  assert.deepEqual([readFileSync(path, 'utf8'), statSync(path).ino], ['', before]);
  renameSync(path, `${path}.away`);
  assert.equal(log.clear(), true);
  assert.equal(readFileSync(path, 'utf8'), '');
  assert.equal(init.given.at(-1)?.ino, statSync(path, { bigint: true }).ino);
});

test('a file that was moved away is made anew by reopen, and given', (context) => {
  const { init, path, log } = lent(context, { maxbytes: 0, backups: 0 });
  log.lend();
  renameSync(path, `${path}.old`);
  log.reopen();
  assert.equal(init.given.at(-1)?.ino, statSync(path, { bigint: true }).ino);
  assert.equal(init.given.length, 2);
});

test('a log whose directory is gone comes back to the brain, is closed with the logger, and lent again when it works', async (context) => {
  const { init, path, log, said, directory } = lent(context, { maxbytes: 0, backups: 0 });
  let takenBack = 0;
  log.lend()?.borrow(() => takenBack++);
  rmSync(directory, { recursive: true });
  log.reopen();
  assert.equal(takenBack, 1);
  assert.equal(init.heard.at(-1)?.type, 'close-log');
  assert.equal(log.lend(), null);
  mkdirSync(directory);
  log.write(Buffer.from('lost\n'));
  log.reopen();
  assert.equal(log.lend(), null, 'not before something was written');
  log.write(Buffer.from('there\n'));
  assert.match(said.join(), /ENOENT.*can write to .* again; 5 bytes were lost/s);
  assert.notEqual(log.lend(), null);
  assert.equal(readFileSync(path, 'utf8'), 'there\n');
});

test('trouble of a logger is the log’s: told once, counted, and over', (context) => {
  const { init, log, said } = lent(context, { maxbytes: 0, backups: 0 });
  const key = log.lend()?.log ?? 0;
  init.loggers.trouble({ type: 'log-trouble', id: 0, log: key, errno: ENOSPC, lost: 5 });
  init.loggers.trouble({ type: 'log-trouble', id: 0, log: key, errno: ENOSPC, lost: 500 });
  assert.deepEqual(log.trouble, { lost: 500, reason: 'ENOSPC' });
  init.loggers.trouble({ type: 'log-trouble', id: 0, log: key, errno: 0, lost: 700 });
  assert.deepEqual(log.trouble, { lost: 700, reason: '' });
  assert.equal(said.length, 2);
  assert.match(said[0] ?? '', /cannot write to .*: ENOSPC/);
  assert.match(said[1] ?? '', /again; 700 bytes were lost/);
});

test('the end of a logger answers what was asked of it, ends its loans, and for a while nothing is lent', async (context) => {
  const { init, log } = lent(context, { maxbytes: 0, backups: 0 });
  const loan = log.lend();
  assert.ok(loan !== null);
  let takenBack = 0;
  loan.borrow(() => takenBack++);
  init.answer = null;
  const answer = init.loggers.pour({ generation: 1, stream: 'stdout' }, loan);
  init.loggers.lost(0);
  assert.equal(await answer, ESRCH);
  assert.equal(takenBack, 1);
  assert.equal(log.lend(), null);
});

test('a logger that is behind is told again; one that cannot open the file gives the log back', async (context) => {
  const { init, log } = lent(context, { maxbytes: 0, backups: 0 });
  init.answer = EAGAIN;
  const loan = log.lend();
  assert.ok(loan !== null);
  const again = new Promise<void>((resolve) => {
    const look = setInterval(() => {
      if (init.given.length < 2) return;
      clearInterval(look);
      init.answer = EACCES;
      resolve();
    }, 1);
  });
  await again;
  const ended = new Promise<void>((resolve) => loan.borrow(resolve));
  await ended;
  assert.equal(log.lend(), null);
});

test('a stream is asked back until the logger has heard it', async (context) => {
  const { init } = lent(context, { maxbytes: 0, backups: 0 });
  init.answer = EAGAIN;
  const returned = init.loggers.return({ generation: 1, stream: 'stderr' });
  await new Promise((resolve) => setImmediate(resolve));
  init.answer = 0;
  await returned;
  assert.ok(init.heard.filter(({ type }) => type === 'return').length >= 2);
});

test('what is no file is not lent', (context) => {
  const { init } = lent(context, { maxbytes: 0, backups: 0 });
  const log = new LogFile({ path: '/dev/null', maxbytes: 0, backups: 0 }, assert.fail, init.loggers);
  assert.equal(log.lend(), null);
  log.close();
  assert.equal(new LogFile({ path: '/dev/null', maxbytes: 0, backups: 0 }, assert.fail).lend(), null);
  assert.ok(fstatSync(1));
});
