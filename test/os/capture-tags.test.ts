import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CaptureTags } from '../../src/os/capture-tags.ts';
import { LastBytes } from '../../src/os/last-bytes.ts';

const begin = '<!--XSUPERVISOR:BEGIN-->';
const end = '<!--XSUPERVISOR:END-->';

/** What is output and what was said, when these pieces are written and then no more. */
function capture(pieces: readonly string[], maxbytes = 1000): { plain: string; said: string[]; before: string } {
  const tags = new CaptureTags(maxbytes);
  let plain = '';
  const said: string[] = [];
  const listener = {
    plain: (bytes: Buffer) => {
      plain += bytes.toString('latin1');
    },
    said: (bytes: Buffer) => said.push(bytes.toString('latin1')),
  };
  for (const piece of pieces) tags.push(Buffer.from(piece, 'latin1'), listener);
  const before = plain;
  tags.end(listener);
  return { plain, said, before };
}

test('what stands between the tags is said, the rest is output', () => {
  const text = `a${begin}one${end}b${begin}two${end}`;
  assert.deepEqual(capture([text]), { plain: 'ab', said: ['one', 'two'], before: 'ab' });
  assert.deepEqual(capture(Array.from(text)), { plain: 'ab', said: ['one', 'two'], before: 'ab' });
});

test('short output is not held back, but for what may be the beginning of a tag', () => {
  assert.equal(capture(['hi\n']).before, 'hi\n');
  assert.equal(capture(['a<b <!--X']).before, 'a<b ');
  assert.equal(capture(['a<b <!--X']).plain, 'a<b <!--X', 'and at the end not even that');
});

test('a capture without its end is said as far as it came', () => {
  assert.deepEqual(capture([`a${begin}half`, ' <!--XSUP']), { plain: 'a', said: ['half <!--XSUP'], before: 'a' });
});

test('of too much the end is kept', () => {
  assert.deepEqual(capture([begin, '0123456789', 'abc', 'de', end], 4).said, ['bcde']);
  assert.deepEqual(capture([begin, '0123456789', end, begin, 'x', end], 4).said, ['6789', 'x']);
});

test('however it is cut, it means the same', () => {
  const piece = fc.constantFrom(begin, end, 'x', '<', '<!--XSUPERVISOR:', 'END-->', 'BEGIN-->', '\n', '-->');
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 15 }),
      fc.array(fc.nat(40), { minLength: 1, maxLength: 8 }),
      (pieces, cuts) => {
        const text = pieces.join('');
        const chunks: string[] = [];
        for (let at = 0, turn = 0; at < text.length; turn++) {
          const size = 1 + (cuts[turn % cuts.length] ?? 0);
          chunks.push(text.slice(at, at + size));
          at += size;
        }
        const { plain, said } = capture(chunks);
        const whole = capture([text]);
        assert.deepEqual([plain, said], [whole.plain, whole.said]);
      },
    ),
    { numRuns: 1000 },
  );
});

test('the last bytes are the last bytes, in whatever pieces they came', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.string({ maxLength: 50 }), { maxLength: 30 }),
      (limit, pieces) => {
        const last = new LastBytes(limit);
        for (const piece of pieces) last.add(Buffer.from(piece));
        const all = Buffer.from(pieces.join(''));
        assert.deepEqual(last.take(), Buffer.from(all.subarray(Math.max(0, all.length - limit))));
        assert.equal(last.take().length, 0);
      },
    ),
  );
});
