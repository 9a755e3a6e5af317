import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { LogFile } from '../../src/os/log-file.ts';
import { nextPiece, shiftBackups } from '../../src/os/rotation.ts';
import { scratchDirectory } from './scratch.ts';

const silent = (text: string): void => assert.fail(text);

/** The files of a log, the oldest first. */
function filesOf(path: string): Buffer[] {
  const files: Buffer[] = [];
  for (let i = 1; existsSync(`${path}.${i}`); i++) files.unshift(readFileSync(`${path}.${i}`));
  return [...files, readFileSync(path)];
}

const line = fc.string({ unit: fc.constantFrom('a', 'b', 'ä'), maxLength: 12 });
/** Text of lines, and where it is cut into writes. */
const writes = fc
  .tuple(fc.array(line, { maxLength: 30 }), fc.array(fc.nat(), { maxLength: 20 }))
  .map(([lines, cuts]) => {
    const text = Buffer.from(lines.map((each) => `${each}\n`).join(''));
    const borders = [0, ...cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b), text.length];
    return { text, chunks: borders.slice(1).map((border, i) => text.subarray(borders[i], border)) };
  });

test('nothing is lost, and every file but the last ends with a line, when lines are shorter than maxbytes', (context) => {
  const directory = scratchDirectory(context);
  let run = 0;
  fc.assert(
    fc.property(writes, fc.integer({ min: 26, max: 120 }), ({ text, chunks }, maxbytes) => {
      const path = join(directory, `${run++}.log`);
      const log = new LogFile({ path, maxbytes, backups: 1000 }, silent);
      for (const chunk of chunks) log.write(chunk);
      log.close();
      const files = filesOf(path);
      assert.deepEqual(Buffer.concat(files), text);
      for (const file of files.slice(0, -1)) {
        assert.equal(file.at(-1), 0x0a);
        const lastLine = file.length - (file.lastIndexOf(0x0a, -2) + 1);
        assert.ok(file.length - lastLine < maxbytes, 'only the last line goes beyond');
      }
    }),
  );
});

test('nothing is lost with lines of any length, and no file is twice too large', (context) => {
  const directory = scratchDirectory(context);
  let run = 0;
  fc.assert(
    fc.property(writes, fc.integer({ min: 1, max: 12 }), ({ text, chunks }, maxbytes) => {
      const path = join(directory, `${run++}.log`);
      const log = new LogFile({ path, maxbytes, backups: 2000 }, silent);
      for (const chunk of chunks) log.write(chunk);
      log.close();
      const files = filesOf(path);
      assert.deepEqual(Buffer.concat(files), text);
      for (const file of files) assert.ok(file.length <= 2 * maxbytes);
    }),
    { numRuns: 30 },
  );
});

test('a line that does not fit is the first of the next file', () => {
  const fill = { size: 90, atLineStart: true };
  assert.deepEqual(nextPiece(Buffer.from('0123456789ab\n'), 0, fill, 100), { end: 0, rotate: true });
  assert.deepEqual(nextPiece(Buffer.from('01234\n6789ab\n'), 0, fill, 100), { end: 6, rotate: true });
});

test('a line that began in the file is ended in it', () => {
  const fill = { size: 90, atLineStart: false };
  assert.deepEqual(nextPiece(Buffer.from('0123456789ab\nnext'), 0, fill, 100), { end: 13, rotate: true });
  assert.deepEqual(nextPiece(Buffer.from('0123456789ab'), 0, fill, 100), { end: 12, rotate: false });
});

test('a file that is twice too large already, because nobody rotated it, still gets the end of its line', () => {
  const fill = { size: 250, atLineStart: false };
  assert.deepEqual(nextPiece(Buffer.from('ends\nnext\n'), 0, fill, 100), { end: 5, rotate: true });
  assert.deepEqual(nextPiece(Buffer.from('does not end'), 0, fill, 100), { end: 0, rotate: true });
  assert.deepEqual(nextPiece(Buffer.from(`${'x'.repeat(100)}\n`), 0, fill, 100), { end: 0, rotate: true });
});

test('a file that is full to the byte is rotated at once, as in Supervisor', () => {
  assert.deepEqual(nextPiece(Buffer.from('012345678\n'), 0, { size: 90, atLineStart: true }, 100), {
    end: 10,
    rotate: true,
  });
});

test('as many backups as asked for are kept, the oldest goes', (context) => {
  const directory = scratchDirectory(context);
  const path = join(directory, 'x.log');
  const log = new LogFile({ path, maxbytes: 4, backups: 2 }, silent);
  for (const text of ['one\n', 'two\n', 'tri\n', 'for\n', 'fi']) log.write(Buffer.from(text));
  log.close();
  assert.deepEqual(filesOf(path).map(String), ['tri\n', 'for\n', 'fi']);
  assert.deepEqual(readdirSync(directory).toSorted(), ['x.log', 'x.log.1', 'x.log.2']);
});

test('a number that is free is taken: backups beyond it stay', (context) => {
  const path = join(scratchDirectory(context), 'x.log');
  writeFileSync(path, 'a\n');
  writeFileSync(`${path}.1`, 'b\n');
  writeFileSync(`${path}.3`, 'c\n');
  shiftBackups(path, 9);
  assert.deepEqual(
    [1, 2, 3].map((i) => readFileSync(`${path}.${i}`, 'utf8')),
    ['a\n', 'b\n', 'c\n'],
  );
});

test('without backups the file is emptied in place', (context) => {
  const path = join(scratchDirectory(context), 'x.log');
  const log = new LogFile({ path, maxbytes: 4, backups: 0 }, silent);
  for (const text of ['one\n', 'two\n', 't']) log.write(Buffer.from(text));
  log.close();
  assert.deepEqual(filesOf(path).map(String), ['t']);
});

test('with maxbytes 0 nothing is rotated', (context) => {
  const path = join(scratchDirectory(context), 'x.log');
  const log = new LogFile({ path, maxbytes: 0, backups: 3 }, silent);
  for (let i = 0; i < 100; i++) log.write(Buffer.from('0123456789\n'));
  log.close();
  assert.deepEqual(
    filesOf(path).map((file) => file.length),
    [1100],
  );
});

test('what was in the file before counts', (context) => {
  const path = join(scratchDirectory(context), 'x.log');
  writeFileSync(path, 'old\n');
  const log = new LogFile({ path, maxbytes: 6, backups: 3 }, silent);
  log.write(Buffer.from('new\n'));
  log.close();
  assert.deepEqual(filesOf(path).map(String), ['old\n', 'new\n']);
});

test('a file that somebody else has emptied is not rotated for what is gone', (context) => {
  const path = join(scratchDirectory(context), 'x.log');
  const log = new LogFile({ path, maxbytes: 10, backups: 3 }, silent);
  log.write(Buffer.from('12345678\n'));
  writeFileSync(path, '');
  log.write(Buffer.from('abc\n'));
  log.close();
  assert.deepEqual(filesOf(path).map(String), ['abc\n']);
});
