import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8Fault } from '../../src/config/utf8.ts';

// Each was run through Python 3.11.
const faults: readonly (readonly [readonly number[], string])[] = [
  [[0x61, 0xff], 'byte 0xff in position 1: invalid start byte'],
  [[0xc0, 0x80], 'byte 0xc0 in position 0: invalid start byte'],
  [[0xc3], 'byte 0xc3 in position 0: unexpected end of data'],
  [[0xe2, 0x82], 'bytes in position 0-1: unexpected end of data'],
  [[0xe2, 0x82, 0x41], 'bytes in position 0-1: invalid continuation byte'],
  [[0xed, 0xa0, 0x80], 'byte 0xed in position 0: invalid continuation byte'],
  [[0xc3, 0xa9, 0xf4, 0x90, 0x80, 0x80], 'byte 0xf4 in position 2: invalid continuation byte'],
];

for (const [bytes, wanted] of faults) {
  test(wanted, () => assert.equal(utf8Fault(Uint8Array.from(bytes)), `'utf-8' codec can't decode ${wanted}`));
}
