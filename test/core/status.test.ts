import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRunningState, isStoppedState, type State, stateCode } from '../../src/core/status.ts';

const states = Object.keys(stateCode) as State[];

test('the codes and sets of states are Supervisor’s', () => {
  assert.deepEqual(
    states.map((state) => stateCode[state]),
    [0, 10, 20, 30, 40, 100, 200, 1000],
  );
  assert.deepEqual(states.filter(isRunningState), ['STARTING', 'RUNNING', 'BACKOFF']);
  assert.deepEqual(states.filter(isStoppedState), ['STOPPED', 'EXITED', 'FATAL', 'UNKNOWN']);
});
