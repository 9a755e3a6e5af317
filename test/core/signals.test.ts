import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { SIGKILL, signalName } from '../../src/core/signals.ts';

test('every signal has the name it has here', () => {
  // Second names of a number that has a usual one (signal(7)).
  const aliases = ['SIGIOT', 'SIGPOLL', 'SIGUNUSED'];
  for (const [name, number] of Object.entries(constants.signals)) {
    if (!aliases.includes(name)) assert.equal(signalName(number), name);
  }
  assert.equal(SIGKILL, constants.signals.SIGKILL);
});

test('real-time signals have names at the ends of their range, and others are told by number', () => {
  assert.equal(signalName(34), 'SIGRTMIN');
  assert.equal(signalName(35), 'signal 35');
  assert.equal(signalName(64), 'SIGRTMAX');
});
