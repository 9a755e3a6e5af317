import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConfigError } from '../../src/config/config-error.ts';
import { expand, Scope } from '../../src/config/expand.ts';

const names = new Scope(new Scope(null, { ENV_A: 'x y' }), { here: '/etc', process_num: 7, numprocs: 12 });

function fault(text: string): string {
  try {
    expand(text, names, 's.k');
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  assert.fail('it was taken');
}

// Each pair was run through Python 3.11.
const expansions: readonly (readonly [string, string])[] = [
  ['%(here)s/%(ENV_A)s', '/etc/x y'],
  ['100%%', '100%'],
  ['%(process_num)02d', '07'],
  ['%(process_num)+d|%(process_num) d|%(process_num)-4d|', '+7| 7|7   |'],
  ['%(numprocs)x %(numprocs)#X %(numprocs)#o %(process_num).3d', 'c 0XC 0o14 007'],
  ['%(numprocs)05.1f %(numprocs)e %(numprocs)g %(numprocs)#.0f', '012.0 1.200000e+01 12 12.'],
  ['%(here)6s|%(here)-6s|%(here).2s', '  /etc|/etc  |/e'],
  ['%(here)r %(here)a %(process_num)c', "'/etc' '/etc' \x07"],
  ['%(process_num)ld', '7'],
  ['%s', "{'ENV_A': 'x y', 'here': '/etc', 'process_num': 7, 'numprocs': 12}"],
];

for (const [text, wanted] of expansions) {
  test(`${text} expands as in Python`, () => assert.equal(expand(text, names, 's.k'), wanted));
}

const badly = (text: string, why: string): string => `Format string '${text}' for 's.k' is badly formatted: ${why}`;

const faults: readonly (readonly [string, string])[] = [
  [
    '%(x)s',
    "Format string '%(x)s' for 's.k' contains names ('x') which cannot be expanded. Available names: ENV_A, here, numprocs, process_num",
  ],
  ['50%', badly('50%', 'incomplete format')],
  ['%(here', badly('%(here', 'incomplete format key')],
  ['a %USER%', badly('a %USER%', "unsupported format character 'U' (0x55) at index 3")],
  ['%5%', badly('%5%', "unsupported format character '%' (0x25) at index 2")],
  ['%(here)d', badly('%(here)d', '%d format: a real number is required, not str')],
  ['%x', badly('%x', '%x format: an integer is required, not dict')],
  ['%(here)f', badly('%(here)f', 'must be real number, not str')],
  ['%(process_num)s %s', badly('%(process_num)s %s', 'not enough arguments for format string')],
  ['%s %s', badly('%s %s', 'not enough arguments for format string')],
  ['%*d', badly('%*d', '* wants int')],
  ['%(here)c', badly('%(here)c', '%c requires int or char')],
  ['%é', badly('%é', "unsupported format character '?' (0xe9) at index 1")],
];

for (const [text, wanted] of faults) {
  test(`${text} is refused as in Python`, () => assert.equal(fault(text), wanted));
}

test('an absurd width is refused, not tried', () => {
  assert.match(fault('%(here)99999999999999s'), /is badly formatted: $/);
});

test('property: escaped text expands to itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => expand(text.replaceAll('%', '%%'), names, 'k') === text),
  );
});

test('property: any text expands or is refused with a ConfigError', () => {
  const piece = fc.oneof(fc.string(), fc.constantFrom('%', '(', ')', 'here', 's', 'd', '*', '.', '0', '9', '-', '#'));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      try {
        return typeof expand(pieces.join(''), names, 'k') === 'string';
      } catch (error) {
        return error instanceof ConfigError;
      }
    }),
  );
});
