import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReadableText, readable } from '../../src/os/readable-text.ts';

test('a character that was cut in two waits for its end', () => {
  const text = new ReadableText();
  const bytes = Buffer.from('aü€😀');
  assert.equal(text.push(bytes.subarray(0, 2)).toString(), 'a');
  assert.equal(text.push(bytes.subarray(2, 4)).toString(), 'ü');
  assert.equal(text.push(bytes.subarray(4)).toString(), '€😀');
  assert.equal(text.end().length, 0);
});

test('what is no UTF-8 is told as Python shows bytes', () => {
  assert.equal(readable(Buffer.from([0x88, 10])).toString(), "Undecodable: b'\\x88\\n'");
  assert.equal(
    new ReadableText().push(Buffer.from("a\t\r\\ '\xff\x7f", 'latin1')).toString(),
    `Undecodable: b"a\\t\\r\\\\ '\\xff\\x7f"`,
  );
  assert.equal(readable(Buffer.from(`'"\xff`, 'latin1')).toString(), `Undecodable: b'\\'"\\xff'`);
  assert.equal(readable(Buffer.from('ü')).toString(), 'ü');
});

test('a character that never ends is told at the end', () => {
  const text = new ReadableText();
  assert.equal(text.push(Buffer.from([0xe2, 0x82])).toString(), '');
  assert.equal(text.end().toString(), "Undecodable: b'\\xe2\\x82'");
  assert.equal(
    text.push(Buffer.from([0x80])).toString(),
    "Undecodable: b'\\x80'",
    'a tail without a head is not waited for',
  );
});

test('text stays the same however it is cut', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1 }),
      (written, cuts) => {
        const bytes = Buffer.from(written);
        const text = new ReadableText();
        const pieces: Buffer[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = cuts[turn % cuts.length] ?? 1;
          pieces.push(text.push(bytes.subarray(at, at + size)));
          at += size;
        }
        pieces.push(text.end());
        assert.deepEqual(Buffer.concat(pieces), bytes);
      },
    ),
  );
});
