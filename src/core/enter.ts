import { backoffGap } from './backoff.ts';
import type { HandoverStep } from './effects.ts';
import { isExpected } from './guards.ts';
import * as lines from './log-lines.ts';
import { type Phase, stateOf } from './process.ts';
import { SIGABRT } from './signals.ts';
import type { State } from './status.ts';
import { termsOf } from './terms.ts';
import {
  answerWaiters,
  askToDrain,
  askToStop,
  askWrapperToStop,
  killTree,
  log,
  setDeadline,
  signal,
  type Turn,
} from './turn.ts';

/**
 * The one door: a process enters a phase here and nowhere else. What is published, logged, armed, signalled and answered
 * on the way leaves from here.
 */
export function enter(turn: Turn, to: Phase): void {
  const { process } = turn;
  const from = process.phase;
  const formerState = process.state;
  process.phase = to;
  process.state = stateOf[to];
  if (process.state === 'BACKOFF' && formerState !== 'BACKOFF') process.failures += 1;
  if (process.state !== formerState) publish(turn, formerState);
  act(turn, from, to, formerState);
}

function publish({ process, pid, ledger }: Turn, from: State): void {
  ledger.effects.push({
    type: 'publish',
    process: process.spec.key,
    from,
    to: process.state,
    // What starts has no main process yet; the one that the event speaks of was its predecessor's.
    pid: process.state === 'STARTING' ? 0 : pid,
    tries: process.failures,
    expected: process.state === 'EXITED' && isExpected(process.spec, process.exitStatus),
  });
}

/** What entering a phase asks of the world. */
function act(turn: Turn, from: Phase, to: Phase, formerState: State): void {
  const { process, at, ledger } = turn;
  const { spec } = process;
  const sameState = formerState === process.state;
  switch (to) {
    case 'stopped':
      takePending(process);
      setDeadline(turn.process, null);
      process.failures = 0;
      if (turn.cause === 'ended' || turn.cause === 'empty') {
        log(turn, isExpected(spec, process.exitStatus) ? 'info' : 'warn', lines.stopped(spec, process.exitStatus));
      }
      // Supervisor forgets the status of a start that failed.
      if (formerState === 'BACKOFF') process.exitStatus = null;
      return answerWaiters(turn, 'stopped', { ok: true });
    case 'spawning':
      takePending(process);
      setDeadline(turn.process, null);
      process.generation = ledger.nextGeneration;
      // The time of the attempt, until there is a process: as Supervisor tells it of one that fails.
      process.startedAt = at;
      process.exitStatus = null;
      process.spawnError = '';
      ledger.nextGeneration += 1;
      ledger.effects.push({
        type: 'spawn',
        process: spec.key,
        generation: process.generation,
        spec: process.spec,
        role: 'current',
      });
      return;
    case 'aborting':
      return;
    case 'starting':
      if (process.startedAt !== null) setDeadline(turn.process, process.startedAt + spec.startsecs * 1000);
      return;
    case 'running':
      setDeadline(turn.process, null);
      process.failures = 0;
      if (turn.cause === 'promoted') log(turn, 'info', lines.promoted(spec, process.generation, process.pid));
      else log(turn, 'info', lines.succeeded(spec));
      return answerWaiters(turn, 'running', { ok: true });
    case 'failing':
      if (from === to) return kill(turn);
      setDeadline(process, at + spec.stopwaitsecs * 1000);
      return signal(process, ledger, 'main', SIGABRT);
    case 'backoff':
    case 'backoff-remains':
      return sameState ? undefined : failToStart(turn);
    case 'exited':
    case 'exited-remains':
      return sameState ? undefined : reportExit(turn);
    case 'fatal':
    case 'fatal-remains':
      return sameState ? undefined : giveUp(turn);
    case 'backoff-clearing':
    case 'exited-clearing':
    case 'fatal-clearing':
      if (from === to) return kill(turn);
      log(turn, 'info', lines.clearing(spec));
      return stopWhatIsLeft(turn);
    case 'quieting':
      return beQuiet(turn);
    case 'stopping':
      if (turn.cause === 'outlived') {
        return askWrapperToStop(process, ledger, makesRoom(turn) ? termsOf(spec).drainSignal : spec.stopsignal);
      }
      log(turn, 'debug', lines.stopping(spec, process.pid));
      if (from === 'quieting') report(turn, 'draining', 'its quiet step is over');
      if (makesRoom(turn)) {
        setDeadline(turn.process, at + termsOf(spec).drainTimeout * 1000);
        return askToDrain(turn.process, ledger, 'main');
      }
      setDeadline(turn.process, at + spec.stopwaitsecs * 1000);
      return askToStop(turn.process, turn.ledger, spec.stopasgroup ? 'group' : 'main');
    case 'stopping-remains':
      return stopRemains(turn, from);
    case 'killing':
      if (makesRoom(turn)) report(turn, 'killed', from === to ? 'again' : '');
      return kill(turn);
    case 'awaiting':
    case 'awaiting-remains':
      setDeadline(process, null);
      if (turn.cause !== 'empty') log(turn, 'info', lines.awaiting(spec, process.exitStatus));
      return;
    case 'vacant':
    case 'stopping-others':
      return setDeadline(process, null);
  }
}

/** Nothing of the former configuration is left: what was changed meanwhile is so from here on. */
function takePending(process: Turn['process']): void {
  process.spec = process.pending ?? process.spec;
  process.pending = null;
}

/** Supervisor's BACKOFF: when to try again, and the answer to whom it concerns. */
function failToStart(turn: Turn): void {
  const { process, at, cause } = turn;
  setDeadline(turn.process, at + backoffGap(process.failures));
  if (cause !== 'spawn-failed') {
    process.spawnError = 'Exited too quickly (process log may have details)';
    log(turn, 'warn', lines.exited(process.spec, process.exitStatus, false));
  }
  // Supervisor's word for both: it answers so as soon as there is a spawnerr.
  answerWaiters(turn, 'running', { ok: false, fault: 'SPAWN_ERROR' });
}

function reportExit(turn: Turn): void {
  const { process } = turn;
  const expected = isExpected(process.spec, process.exitStatus);
  setDeadline(process, null);
  process.failures = 0;
  // The exit was reported when it happened; now there is no successor after all.
  if (turn.cause === 'spawn-failed') return;
  // -1 is Supervisor's code for a death by signal.
  process.spawnError = expected ? '' : `Bad exit code ${process.exitStatus?.code ?? -1}`;
  log(turn, expected ? 'info' : 'warn', lines.exited(process.spec, process.exitStatus, expected));
}

/** FATAL; silent when it is not for want of retries but because everything is being shut down (as in Supervisor). */
function giveUp(turn: Turn): void {
  const { process } = turn;
  setDeadline(turn.process, null);
  if (process.failures > process.spec.startretries) log(turn, 'info', lines.gaveUp(process.spec));
  process.failures = 0;
}

function stopRemains(turn: Turn, from: Phase): void {
  const { process } = turn;
  // The main process obeyed; its grace, counted from the stop command, is now that of what it left.
  if (from === 'stopping') {
    log(turn, 'info', lines.mainGone(process.spec, process.exitStatus));
    return makesRoom(turn) ? askToDrain(process, turn.ledger, 'roots') : askToStop(process, turn.ledger, 'roots');
  }
  // What was being cleared has had its signal; many programs take a second one for impatience (Celery drops tasks).
  if (from === 'backoff-clearing' || from === 'exited-clearing' || from === 'fatal-clearing') return;
  log(turn, 'info', lines.stoppingRemains(process.spec));
  stopWhatIsLeft(turn);
}

/** Whether it is stopped for a `replace`, and nobody has stopped it since: what it has in hand is finished as in a drain. */
const makesRoom = ({ process }: Turn): boolean => process.want === 'up' && process.next?.phase === 'vacating';

/** Without SIGCONT: to some that means to go on working (Resque). */
function beQuiet(turn: Turn): void {
  const { process, at, ledger } = turn;
  const { spec, generation } = process;
  const { quietSignal, quietTimeout } = termsOf(spec);
  setDeadline(process, at + quietTimeout * 1000);
  if (quietSignal !== null) signal(process, ledger, 'main', quietSignal, false);
  ledger.effects.push({ type: 'quiet', process: spec.key, generation });
  report(turn, 'quiet', `for ${quietTimeout} s at most`);
}

/** A step of the handover for which it makes room. */
function report({ process, at, ledger }: Turn, step: HandoverStep, detail: string): void {
  const { spec, generation } = process;
  ledger.effects.push({ type: 'handover-step', process: spec.key, step, generation, at, detail });
}

function stopWhatIsLeft(turn: Turn): void {
  setDeadline(turn.process, turn.at + turn.process.spec.stopwaitsecs * 1000);
  askToStop(turn.process, turn.ledger, 'roots');
}

/** SIGKILL, and again after `stopwaitsecs` (as Supervisor), but at most once a second. */
function kill(turn: Turn): void {
  const { process, at } = turn;
  log(turn, 'warn', lines.killing(process.spec, process.pid));
  setDeadline(turn.process, at + Math.max(1, process.spec.stopwaitsecs) * 1000);
  killTree(turn.process, turn.ledger);
}
