import type { HandoverStep } from './effects.ts';
import type { Draining } from './generations.ts';
import {
  type DrainCause,
  type DrainFork,
  type DrainPhase,
  drainStart,
  drainTable,
  extendableDraining,
} from './handover.ts';
import * as lines from './log-lines.ts';
import type { Millis } from './program.ts';
import { signalName } from './signals.ts';
import type { ExitStatus } from './status.ts';
import { termsOf } from './terms.ts';
import {
  announceDeadline,
  askToDrain,
  askToStop,
  askWrapperToStop,
  extendDeadline,
  killTree,
  type Ledger,
  log,
  type Mutable,
  setDeadline,
  signal,
} from './turn.ts';

/** What is heard of a draining generation, with what comes with it. */
export type DrainHeard = { readonly at: Millis } & (
  | { readonly cause: Exclude<DrainCause, 'exited' | 'ended'> }
  | { readonly cause: 'exited' | 'ended'; readonly status: ExitStatus | null }
);

/** The generation while it changes. */
type Turn = {
  readonly one: Mutable<Draining>;
  readonly at: Millis;
  readonly ledger: Ledger;
  /** null: it has only begun. */
  readonly cause: DrainCause | null;
};

/** What is known of a generation that begins to drain. */
type Former = Pick<Draining, 'spec' | 'generation' | 'pid'>;

const newDraining = (former: Former, since: Millis, epoch = 0): Mutable<Draining> => ({
  spec: former.spec,
  phase: 'quieting',
  generation: former.generation,
  pid: former.pid,
  since,
  due: null,
  epoch,
});

/** A former current generation, or a next one that is not wanted any more, begins to drain. epoch: of the deadlines it had under the same name. */
export function beginDraining(former: Former, at: Millis, ledger: Ledger, epoch = 0): Draining {
  const before = newDraining(former, at, epoch);
  return change(before, { one: { ...before }, at, ledger, cause: null }, follow(drainStart, before), false);
}

/** One event at a draining generation: it after the event; null: nothing is left of it. */
export function hearDraining(before: Draining, heard: DrainHeard, ledger: Ledger): Draining | null {
  const turn: Turn = { one: { ...before }, at: heard.at, ledger, cause: heard.cause };
  const cell = drainTable[before.phase][heard.cause];
  if (cell === 'impossible') {
    const who = `draining generation ${before.generation}`;
    log(turn, 'warn', lines.impossible(before.spec, who, heard.cause, before.phase));
    return before;
  }
  if (heard.cause === 'exited' || heard.cause === 'ended') {
    turn.one.pid = 0;
    report(turn, 'drained', lines.exitText(heard.status));
  }
  if (cell === 'stay') return turn.one;
  if (cell !== 'gone') {
    const to = follow(cell, turn.one);
    return change(before, turn, to, heard.cause === 'exited', heard.cause === 'deadline');
  }
  ledger.effects.push({ type: 'release', process: before.spec.key, generation: before.generation });
  setDeadline(turn.one, null);
  announceDeadline(ledger.effects, ownerOf(before), before, turn.one, false);
  report(turn, 'gone', '');
  return null;
}

/** It asks for time; it is itself, unchanged, where there is nothing to extend. */
export function extendDraining(before: Draining, until: Millis, ledger: Ledger): Draining {
  if (!extendableDraining.includes(before.phase)) return before;
  return extendDeadline(before, ownerOf(before), until, ledger);
}

const ownerOf = ({ spec, generation }: Draining): { process: string; generation: number } => ({
  process: spec.key,
  generation,
});

function follow(cell: DrainPhase | DrainFork, one: Draining): DrainPhase {
  let way = cell;
  while (typeof way !== 'string') way = holds(way, one) ? way.yes : way.no;
  return way;
}

function holds({ ask }: DrainFork, { spec, pid }: Draining): boolean {
  switch (ask) {
    case 'kept':
      return termsOf(spec).drainPolicy !== 'kill';
    case 'main-gone':
      return pid === 0;
    case 'quiets':
      return termsOf(spec).quietTimeout > 0;
  }
}

function change(before: Draining, turn: Turn, to: DrainPhase, mainLeft: boolean, came = false): Draining {
  turn.one.phase = to;
  enter(turn, before, mainLeft);
  announceDeadline(turn.ledger.effects, ownerOf(before), before, turn.one, came);
  return turn.one;
}

/** mainLeft: the main process has just gone, so that the roots of what it left are to be told. */
function enter(turn: Turn, before: Draining, mainLeft: boolean): void {
  const { one, at, ledger } = turn;
  const { spec } = one;
  const terms = termsOf(spec);
  switch (one.phase) {
    case 'quieting':
      // Without SIGCONT: to some that means to go on working (Resque).
      if (terms.quietSignal !== null) signal(one, ledger, 'main', terms.quietSignal, false);
      ledger.effects.push({ type: 'quiet', process: spec.key, generation: one.generation });
      report(turn, 'quiet', `for ${terms.quietTimeout} s at most`);
      return setDeadline(one, at + terms.quietTimeout * 1000);
    case 'draining':
      if (turn.cause === 'outlived') return tellWrapper(turn, before);
      setDeadline(one, at + terms.drainTimeout * 1000);
      return tellMain(turn);
    case 'draining-remains':
      // What the main process left has what remains of its time.
      if (before.phase !== 'draining') setDeadline(one, at + terms.drainTimeout * 1000);
      report(turn, 'draining', `${signalName(terms.drainSignal)} to the roots of what is left`);
      return askToDrain(one, ledger, 'roots');
    case 'overdue':
      setDeadline(one, null);
      return report(
        turn,
        'overdue',
        `kept after ${terms.drainTimeout} s${terms.drainPolicy === 'ask' ? ', until it is finished' : ''}`,
      );
    case 'ending':
      if (turn.cause === 'outlived') return askWrapperToStop(one, ledger, one.spec.stopsignal);
      return end(turn, before, mainLeft);
    case 'killing':
      log(turn, 'warn', lines.killingDraining(spec, one.generation));
      report(turn, 'killed', before.phase === 'killing' ? 'again' : '');
      setDeadline(one, at + Math.max(1, spec.stopwaitsecs) * 1000);
      return killTree(one, ledger);
  }
}

/** Everybody is told once: the main process, if it has not been told to drain, then what it leaves. */
function end(turn: Turn, before: Draining, mainLeft: boolean): void {
  const { one, at, ledger } = turn;
  if (mainLeft) askToStop(one, ledger, 'roots');
  else if (before.phase === 'quieting') {
    report(turn, 'draining', `${signalName(one.spec.stopsignal)} to its main process`);
    askToStop(one, ledger, one.spec.stopasgroup ? 'group' : 'main');
  }
  if (before.phase === 'ending') return;
  const due = at + one.spec.stopwaitsecs * 1000;
  if (one.due === null || due < one.due) setDeadline(one, due);
}

/** One that was kept has its time anew. */
function tellWrapper({ one, at, ledger }: Turn, before: Draining): void {
  if (before.phase === 'overdue') setDeadline(one, at + termsOf(one.spec).drainTimeout * 1000);
  askWrapperToStop(one, ledger, termsOf(one.spec).drainSignal);
}

function tellMain(turn: Turn): void {
  const { one, ledger } = turn;
  report(turn, 'draining', `${signalName(termsOf(one.spec).drainSignal)} to its main process`);
  askToDrain(one, ledger, 'main');
}

function report({ one, at, ledger }: Turn, step: HandoverStep, detail: string): void {
  const { spec, generation } = one;
  ledger.effects.push({ type: 'handover-step', process: spec.key, step, generation, at, detail });
}
