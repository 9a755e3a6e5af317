import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConfigError } from '../../src/config/config-error.ts';
import { parseEnvironment } from '../../src/config/environment.ts';

const taken: readonly (readonly [string, Record<string, string>])[] = [
  ['', {}],
  ['A=1', { A: '1' }],
  ['A=1,B=2,', { A: '1', B: '2' }],
  ['A="b, c",B=\'d\'', { A: 'b, c', B: 'd' }],
  ['A = 1 ;\n B = 2', { A: '1', B: '2' }],
  ['A=/a/b:c.d-e+f(g)', { A: '/a/b:c.d-e+f(g)' }],
  ['A="x\ny"', { A: 'x\ny' }],
  // Only the first mark is a value, the next token stands for the separator.
  ['A=$X', { A: '$' }],
  // Two tokens stand where one separator is meant: the second is the separator.
  ['A="a"b', { A: 'a' }],
  ['A=1#,B=2', { A: '1' }],
  ['"A"=1', { '"A"': '1' }],
  ['A="\'x\'"', { A: 'x' }],
];

for (const [text, wanted] of taken) {
  test(`environment ${JSON.stringify(text)}`, () => assert.deepEqual(parseEnvironment(text), wanted));
}

for (const text of ['A', 'A=', 'A=a@b', 'A b c', 'A=b c d']) {
  test(`environment ${JSON.stringify(text)} is no list of pairs`, () => {
    assert.throws(() => parseEnvironment(text), {
      message: `Unexpected end of key/value pairs in value '${text}'`,
    });
  });
}

test('an open quote is refused', () => {
  assert.throws(() => parseEnvironment('A="x'), { message: 'No closing quotation' });
});

test('property: quoted values without quotes come back as they are', () => {
  const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]*$/);
  const value = fc.string().filter((text) => !/['"]/.test(text));
  fc.assert(
    fc.property(fc.dictionary(name, value, { noNullPrototype: true }), (wanted) => {
      const text = Object.entries(wanted).map(([key, one]) => `${key}="${one}"`);
      assert.deepEqual(parseEnvironment(text.join(',')), wanted);
    }),
  );
});

test('property: any text is pairs or a ConfigError', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        return typeof parseEnvironment(text) === 'object';
      } catch (error) {
        return error instanceof ConfigError;
      }
    }),
  );
});
