import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readLog, tailLog, wholeCharacters } from '../../src/os/log-reader.ts';
import { scratchDirectory } from './scratch.ts';

describe('readLog', () => {
  test("reads by Supervisor's rules", (context) => {
    const path = join(scratchDirectory(context), 'x.log');
    writeFileSync(path, '0123456789');
    const cases: [number, number, string][] = [
      [0, 0, '0123456789'],
      [4, 0, '456789'],
      [4, 3, '456'],
      [8, 100, '89'],
      [10, 0, ''],
      [99, 5, ''],
      [-3, 0, '789'],
      [-99, 0, '0123456789'],
    ];
    for (const [offset, length, text] of cases) assert.deepEqual(readLog(path, offset, length), { ok: true, text });
    assert.deepEqual(readLog(path, -3, 1), { ok: false, fault: 'BAD_ARGUMENTS' });
    assert.deepEqual(readLog(path, 3, -1), { ok: false, fault: 'BAD_ARGUMENTS' });
  });

  test('a missing file and one that cannot be read are different faults', (context) => {
    const directory = scratchDirectory(context);
    assert.deepEqual(readLog(join(directory, 'none'), 0, 0), { ok: false, fault: 'NO_FILE' });
    assert.deepEqual(readLog(directory, -5, 0), { ok: false, fault: 'FAILED' });
  });

  test('a character that is cut is left out, where Supervisor fails', (context) => {
    const path = join(scratchDirectory(context), 'x.log');
    writeFileSync(path, 'aä€😀z');
    assert.deepEqual(readLog(path, 2, 0), { ok: true, text: '€😀z' });
    assert.deepEqual(readLog(path, 0, 5), { ok: true, text: 'aä' });
    assert.deepEqual(readLog(path, -3, 0), { ok: true, text: 'z' });
  });
});

describe('tailLog', () => {
  test("follows a file by Supervisor's rules", (context) => {
    const path = join(scratchDirectory(context), 'x.log');
    writeFileSync(path, '0123456789');
    assert.deepEqual(tailLog(path, 0, 100), { text: '0123456789', offset: 10, overflow: false });
    assert.deepEqual(tailLog(path, 0, 4), { text: '6789', offset: 10, overflow: true });
    assert.deepEqual(tailLog(path, 10, 4), { text: '', offset: 10, overflow: false });
    assert.deepEqual(tailLog(path, 6, 4), { text: '6789', offset: 10, overflow: false });
    // Less than `length` is new: the last `length` bytes come all the same.
    assert.deepEqual(tailLog(path, 8, 4), { text: '6789', offset: 10, overflow: false });
    assert.deepEqual(tailLog(path, 0, 0), { text: '', offset: 10, overflow: true });
    assert.deepEqual(tailLog(path, 99, 4), { text: '', offset: 10, overflow: false });
  });

  test('no file is nothing yet', (context) => {
    const path = join(scratchDirectory(context), 'none');
    assert.deepEqual(tailLog(path, 7, 4), { text: '', offset: 0, overflow: false });
  });
});

test('any cut through text leaves whole characters and loses at most two', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', 'ä', '€', '😀') }), fc.nat(), fc.nat(), (text, a, b) => {
      const bytes = Buffer.from(text);
      const [from = 0, to = 0] = [a % (bytes.length + 1), b % (bytes.length + 1)].toSorted((x, y) => x - y);
      const cut = bytes.subarray(from, to);
      const whole = wholeCharacters(cut);
      const got = whole.toString();
      assert.ok(!got.includes('\uFFFD'), 'nothing is broken');
      assert.ok(text.includes(got));
      assert.ok(cut.length - whole.length <= 6);
    }),
  );
});

test('bytes that are no text are kept: only the borders are looked at', () => {
  const bytes = Buffer.from([0x80, 0x80, 0x80, 0x80, 0x61, 0xff]);
  assert.deepEqual(wholeCharacters(bytes), bytes);
});
