import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notifyWordOf } from '../../src/daemon/notify-word.ts';

const silent = {
  ready: false,
  stopping: false,
  reloading: false,
  monotonicUsec: null,
  status: null,
  errno: null,
  mainPid: null,
  extend: null,
  watchdog: null,
  watchdogInterval: null,
  fdStore: false,
};

test('a word is as many lines as it has; times come in milliseconds', () => {
  assert.deepEqual(notifyWordOf('READY=1\nSTATUS=up = running\nMAINPID=12\nEXTEND_TIMEOUT_USEC=1500000\n'), {
    ...silent,
    ready: true,
    status: 'up = running',
    mainPid: 12,
    extend: 1500,
  });
  assert.deepEqual(notifyWordOf('RELOADING=1\nMONOTONIC_USEC=77'), { ...silent, reloading: true, monotonicUsec: 77 });
  assert.deepEqual(notifyWordOf('STOPPING=1\nERRNO=2'), { ...silent, stopping: true, errno: 2 });
  assert.deepEqual(notifyWordOf('WATCHDOG=1'), { ...silent, watchdog: 'alive' });
  assert.deepEqual(notifyWordOf('WATCHDOG=trigger\nWATCHDOG_USEC=2000'), {
    ...silent,
    watchdog: 'trigger',
    watchdogInterval: 2,
  });
  assert.deepEqual(notifyWordOf('FDSTOREREMOVE=1\nFDNAME=x'), { ...silent, fdStore: true });
});

test('what means nothing is not heard', () => {
  assert.deepEqual(notifyWordOf('READY=0\nMAINPID=-1\nERRNO=x\nWATCHDOG=2\nBARRIER=1\n=1\nnothing\n'), silent);
});

test('a status is one line of bounded length that a terminal can bear, and nobody gets more than a day', () => {
  const { status, extend } = notifyWordOf(`STATUS=\x1b[31m${'x'.repeat(999)}\nEXTEND_TIMEOUT_USEC=${2n ** 63n}`);
  assert.equal(status, ` [31m${'x'.repeat(195)}`);
  assert.equal(extend, 86_400_000);
});
