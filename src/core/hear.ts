import type { Effect } from './effects.ts';
import { enter } from './enter.ts';
import { pathOf } from './guards.ts';
import * as lines from './log-lines.ts';
import { table } from './process.ts';
import { announceDeadline, answerWaiters, type Heard, type Ledger, log, setDeadline, type Turn } from './turn.ts';
import type { Process } from './world.ts';

/** One event at one process: the table is asked, what is known is noted, and the phases it says are entered. */
export function hear(process: Process, heard: Heard, ledger: Ledger): Process {
  const pid = 'pid' in heard ? heard.pid : process.mainPid;
  const turn: Turn = { process: { ...process }, at: heard.at, cause: heard.cause, pid, ledger };
  const cell = table[process.phase][heard.cause];
  if (cell === 'refused') {
    refuse(heard, ledger.effects);
    return process;
  }
  if (cell === 'impossible') {
    log(
      turn,
      'warn',
      `'${process.spec.name}' heard '${heard.cause}' while ${process.phase}, which is impossible: ignored`,
    );
    return process;
  }
  note(turn, heard);
  if (cell === 'stay' && (heard.cause === 'stop' || heard.cause === 'shutdown')) hasten(turn);
  if (cell !== 'stay') for (const phase of pathOf(cell, turn.process, heard.at)) enter(turn, phase);
  announceDeadline(ledger.effects, { process: process.spec.key }, process, turn.process, heard.cause === 'deadline');
  return turn.process;
}

function refuse(heard: Heard, effects: Effect[]): void {
  if (!('ticket' in heard) || heard.ticket === undefined) return;
  const fault = heard.cause === 'start' ? 'ALREADY_STARTED' : 'NOT_RUNNING';
  effects.push({ type: 'answer', ticket: heard.ticket, answer: { ok: false, fault } });
}

/** What an event tells, whatever becomes of it. */
function note(turn: Turn, heard: Heard): void {
  const { process, ledger } = turn;
  switch (heard.cause) {
    case 'start':
      process.want = 'up';
      if (heard.ticket !== undefined)
        process.waiters = [...process.waiters, { ticket: heard.ticket, until: 'running' }];
      return;
    case 'stop':
      wantDown(turn);
      if (heard.ticket !== undefined)
        process.waiters = [...process.waiters, { ticket: heard.ticket, until: 'stopped' }];
      return;
    case 'shutdown':
      return wantDown(turn);
    case 'spawned':
      process.startedAt = heard.at;
      return noteMain(turn, heard.pid, lines.spawned(process.spec, heard.pid));
    case 'spawn-failed':
      // It may be the spawn of a next generation that failed while something is left of this one.
      if (process.mainPid === 0 && !process.remains) process.generation = 0;
      process.spawnError = heard.reason;
      if (heard.forked) process.stoppedAt = heard.at;
      return;
    case 'exited':
    case 'ended':
      process.pid = 0;
      process.stoppedAt = heard.at;
      process.exitStatus = heard.status;
      process.remains = heard.cause === 'exited';
      return heard.cause === 'ended' ? release(process, ledger) : undefined;
    case 'empty':
      process.remains = false;
      return release(process, ledger);
    case 'promoted':
      process.spec = heard.spec;
      process.generation = heard.generation;
      process.startedAt = heard.startedAt;
      process.pid = heard.pid;
      process.mainPid = heard.pid;
      process.remains = false;
      process.exitStatus = null;
      process.spawnError = '';
      return;
    case 'unhealthy':
      if (process.phase === 'running') log(turn, 'warn', lines.unhealthy(process.spec, process.pid, heard.reason));
      return;
    case 'deadline':
    case 'outlived':
    case 'overlap':
    case 'replace':
    case 'quieted':
      return;
  }
}

/** A stop overtakes a start: those who wait for RUNNING are told so. */
function wantDown(turn: Turn): void {
  turn.process.want = 'down';
  answerWaiters(turn, 'running', { ok: false, fault: 'ABNORMAL_TERMINATION' });
}

/** A process that makes room for its successor may have a later deadline than a stop gives: then it is brought forward. */
function hasten({ process, at }: Turn): void {
  if (process.phase !== 'stopping' && process.phase !== 'stopping-remains') return;
  const due = at + process.spec.stopwaitsecs * 1000;
  if (process.due !== null && due < process.due) setDeadline(process, due);
}

function noteMain(turn: Turn, pid: number, line: string): void {
  turn.process.pid = pid;
  turn.process.mainPid = pid;
  log(turn, 'info', line);
}

/** Nothing is left of the generation and its end is noted here: init may forget it, and a successor may come. */
function release(process: Turn['process'], ledger: Ledger): void {
  // `empty` may speak of the other generations of a process that has none of its own any more.
  if (process.generation === 0) return;
  ledger.effects.push({ type: 'release', process: process.spec.key, generation: process.generation });
  process.generation = 0;
  process.mainPid = 0;
}
