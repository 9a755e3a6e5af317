import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hears, isNoticeName, namesHeard } from '../../src/core/notice.ts';
import {
  communicationHead,
  envelopeHead,
  groupPayload,
  logHead,
  remotePayload,
  stateName,
  statePayload,
  tickPayload,
} from '../../src/core/payload.ts';
import type { State } from '../../src/core/status.ts';

const subject = { group: 'g', name: 'x' };

const states: readonly (readonly [State, string])[] = [
  ['STARTING', 'from_state:BACKOFF tries:2'],
  ['BACKOFF', 'from_state:BACKOFF tries:2'],
  ['RUNNING', 'from_state:BACKOFF pid:7'],
  ['STOPPING', 'from_state:BACKOFF pid:7'],
  ['STOPPED', 'from_state:BACKOFF pid:7'],
  ['EXITED', 'from_state:BACKOFF expected:1 pid:7'],
  ['FATAL', 'from_state:BACKOFF'],
  ['UNKNOWN', 'from_state:BACKOFF'],
];

for (const [to, rest] of states) {
  test(`the payload of PROCESS_STATE_${to}`, () => {
    const effect = { type: 'publish', process: 'g:x', from: 'BACKOFF', to, pid: 7, tries: 2, expected: true } as const;
    assert.equal(stateName(effect), `PROCESS_STATE_${to}`);
    assert.equal(statePayload(effect, subject), `processname:x groupname:g ${rest}`);
  });
}

test('an exit that was not expected', () => {
  const effect = { type: 'publish', process: 'g:x', from: 'RUNNING', to: 'EXITED', pid: 7, tries: 0 } as const;
  assert.match(statePayload({ ...effect, expected: false }, subject), / expected:0 pid:7$/);
});

test('the other payloads', () => {
  assert.equal(logHead(subject, 1, 'stderr'), 'processname:x groupname:g pid:1 channel:stderr\n');
  assert.equal(communicationHead(subject, 1), 'processname:x groupname:g pid:1\n');
  assert.equal(remotePayload('t', 'd'), 'type:t\nd');
  assert.equal(groupPayload('g'), 'groupname:g\n');
  assert.equal(tickPayload(65), 'when:65');
  assert.equal(
    envelopeHead('supervisor', 'p', { notice: { serial: 3, name: 'TICK_5' }, poolSerial: 1 }, 7),
    'ver:3.0 server:supervisor serial:3 pool:p poolserial:1 eventname:TICK_5 len:7\n',
  );
});

test('a subscription hears of all names below its own', () => {
  assert.ok(isNoticeName('TICK'));
  assert.ok(!isNoticeName('toString'));
  assert.ok(hears(new Set(['EVENT']), 'TICK_3600'));
  assert.ok(!hears(new Set(['TICK_5']), 'TICK_60'));
  assert.deepEqual(
    [...namesHeard(['PROCESS_LOG', 'TICK_5', 'TICK_5'])],
    ['PROCESS_LOG', 'PROCESS_LOG_STDOUT', 'PROCESS_LOG_STDERR', 'TICK_5'],
  );
});
