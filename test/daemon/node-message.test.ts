import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isReadyMessage } from '../../src/daemon/node-message.ts';

test("pm2's word and the acknowledgement of an Einhorn worker are heard, other messages are not", () => {
  const heard = ['"ready"', '{"command":"worker:ack","pid":7}'];
  const other = [
    'ready',
    '"online"',
    '{"type":"axm:monitor","data":"worker:ack"}',
    '{"cmd":"NODE_HANDLE"}',
    '{worker:ack',
    '[]',
    '',
  ];
  assert.deepEqual(heard.map(isReadyMessage), [true, true]);
  assert.deepEqual(other.filter(isReadyMessage), []);
});
