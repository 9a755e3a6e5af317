import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitStatus } from '../../src/daemon/wait-status.ts';

test('a wait status is a code or a signal, with or without a core', () => {
  assert.deepEqual(waitStatus(0), { code: 0, signal: null, core: false });
  assert.deepEqual(waitStatus(0x2a00), { code: 42, signal: null, core: false });
  assert.deepEqual(waitStatus(9), { code: null, signal: 9, core: false });
  assert.deepEqual(waitStatus(0x8b), { code: null, signal: 11, core: true });
});
