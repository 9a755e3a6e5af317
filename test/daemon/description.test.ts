import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newProcess, type Process } from '../../src/core/world.ts';
import { description, duration, shortDate } from '../../src/daemon/description.ts';
import { program } from '../support/history.ts';

const inState = (changes: Partial<Process>): Process => ({ ...newProcess(program('web')), ...changes });

test('a duration is written as Python writes a timedelta', () => {
  assert.equal(duration(2), '0:00:02');
  assert.equal(duration(59 * 60 + 59.9), '0:59:59');
  assert.equal(duration(93784), '1 day, 2:03:04');
  assert.equal(duration(12 * 86400), '12 days, 0:00:00');
  assert.equal(duration(-5), '0:00:00');
});

test('a date is written as strftime writes %b %d %I:%M %p', () => {
  const at = (hour: number, minute: number): number => new Date(2026, 10, 3, hour, minute).getTime() / 1000;
  assert.equal(shortDate(at(18, 56)), 'Nov 03 06:56 PM');
  assert.equal(shortDate(at(0, 5)), 'Nov 03 12:05 AM');
  assert.equal(shortDate(at(12, 0)), 'Nov 03 12:00 PM');
});

test('the description says what Supervisor says in each state', () => {
  assert.equal(description(inState({ state: 'RUNNING', pid: 140 }), 100, 0, 165), 'pid 140, uptime 0:01:05');
  assert.equal(description(inState({ state: 'STOPPED' }), 0, 0, 165), 'Not started');
  assert.equal(description(inState({ state: 'STOPPED' }), 100, 0, 165), 'Not started');
  const stop = new Date(2026, 10, 23, 18, 56).getTime() / 1000;
  assert.equal(description(inState({ state: 'EXITED' }), 100, stop, stop + 9), 'Nov 23 06:56 PM');
  assert.equal(
    description(inState({ state: 'FATAL', spawnError: "can't find command 'x'" }), 0, 0, 9),
    "can't find command 'x'",
  );
  assert.equal(description(inState({ state: 'BACKOFF' }), 1, 2, 9), 'unknown error (try "tail web")');
  assert.equal(description(inState({ state: 'STARTING', pid: 7 }), 1, 0, 9), '');
  assert.equal(description(inState({ state: 'STOPPING', pid: 7 }), 1, 0, 9), '');
});
