import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitCommand } from '../../src/config/shell-words.ts';

const taken: readonly (readonly [string, readonly string[]])[] = [
  ['', []],
  ['  /bin/cat\t-n\n x ', ['/bin/cat', '-n', 'x']],
  ["sh -c 'a ; b \\n'", ['sh', '-c', 'a ; b \\n']],
  ['"a b"c\\ d', ['a bc d']],
  ['"a\\"b\\\\c\\n"', ['a"b\\c\\n']],
  ['\'\' ""', ['', '']],
  ['a # b;c *', ['a', '#', 'b;c', '*']],
  ["'it'\\''s'", ["it's"]],
];

for (const [text, wanted] of taken) {
  test(`command ${JSON.stringify(text)}`, () => assert.deepEqual(splitCommand(text), wanted));
}

test('open quotes and a last backslash are refused in the words of shlex', () => {
  assert.throws(() => splitCommand('"a'), { message: 'No closing quotation' });
  assert.throws(() => splitCommand("a'"), { message: 'No closing quotation' });
  assert.throws(() => splitCommand('a\\'), { message: 'No escaped character' });
  assert.throws(() => splitCommand('"a\\'), { message: 'No escaped character' });
});

test('property: quoted words come back', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
      const line = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
      assert.deepEqual(splitCommand(line), words);
    }),
  );
});
