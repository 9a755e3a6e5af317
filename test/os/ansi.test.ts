import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AnsiStripper } from '../../src/os/ansi.ts';

function strip(text: string): string {
  const stripper = new AnsiStripper();
  return Buffer.concat([stripper.strip(Buffer.from(text)), stripper.end()]).toString();
}

test('colours, cursor moves and modes go, the text stays', () => {
  assert.equal(strip('\u001b[31mred\u001b[0m and \u001b[2J\u001b[10;20Hplain\u001b[?25l'), 'red and plain');
});

test('a sequence ends at any final byte, not only at those Supervisor knows', () => {
  assert.equal(strip('\u001b[5nstays\u001b[3GHere'), 'staysHere');
});

test('a sequence that is broken off by a line end does not swallow the next line', () => {
  assert.equal(strip('a\u001b[31\nnext line'), 'a\nnext line');
});

test('other escapes stay as they are', () => {
  assert.equal(strip('\u001b]0;title\u0007 \u001b(B\u001b'), '\u001b]0;title\u0007 \u001b(B\u001b');
});

test('text without escapes is passed on, not copied', () => {
  const chunk = Buffer.from('plain');
  assert.equal(new AnsiStripper().strip(chunk), chunk);
});

test('it makes no difference where the output is cut into reads', () => {
  const pieces = fc.constantFrom('\u001b', '[', '3', '1;', 'm', 'H', 'text', '\n', 'ä');
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 20 }), fc.nat(), (parts, cut) => {
      const bytes = Buffer.from(parts.join(''));
      const border = cut % (bytes.length + 1);
      const stripper = new AnsiStripper();
      const first = Buffer.from(stripper.strip(Buffer.from(bytes.subarray(0, border))));
      const second = Buffer.from(stripper.strip(Buffer.from(bytes.subarray(border))));
      assert.equal(Buffer.concat([first, second, stripper.end()]).toString(), strip(parts.join('')));
    }),
  );
});
