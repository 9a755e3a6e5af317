import type { HandoverStep } from './effects.ts';
import type { Candidate, Failure } from './generations.ts';
import {
  extendableNext,
  type LaterPhase,
  type NextGuard,
  type NextOutcome,
  type NextPhase,
  type NextWay,
  nextTable,
} from './handover.ts';
import * as lines from './log-lines.ts';
import type { Millis, ProcessSpec } from './program.ts';
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
} from './turn.ts';

/** What is heard of a next generation, with what comes with it. */
export type NextHeard = { readonly at: Millis } & (
  | {
      readonly cause: 'vacant';
      /** How the generation ended that made room; null: none did. */
      readonly former: ExitStatus | null;
    }
  | { readonly cause: 'empty' | 'deadline' | 'outlived' | 'steady' }
  | { readonly cause: 'spawned'; readonly pid: number }
  | { readonly cause: 'spawn-failed' | 'unready' | 'unsteady' | 'undo' | 'stop'; readonly reason: string }
  | { readonly cause: 'ready'; readonly evidence: string }
  | { readonly cause: 'exited' | 'ended'; readonly status: ExitStatus | null }
);

/** The next generation while it changes, and what changes it. */
type Turn = { readonly next: Mutable<Candidate>; readonly heard: NextHeard; readonly ledger: Ledger };

/** The end of its being next. */
export type NextEnd =
  | { readonly what: 'committed' }
  /** Nothing is left of it, or it drains. */
  | { readonly what: 'gone' | 'retired'; readonly failure: Failure };

/** One event at a next generation: it after the event, and whether that was the end of its being next. */
export function hearNext(
  before: Candidate,
  heard: NextHeard,
  ledger: Ledger,
): { next: Candidate; end: NextEnd | null } {
  const turn: Turn = { next: { ...before }, heard, ledger };
  const cell = nextTable[before.phase][heard.cause];
  if (cell === 'impossible') {
    log(turn, 'warn', lines.impossible(before.spec, `next generation ${before.generation}`, heard.cause, before.phase));
    return { next: before, end: null };
  }
  note(turn);
  const to = cell === 'stay' ? cell : follow(cell, before);
  if (to !== 'stay') {
    if (to !== 'committed' && to !== 'gone' && to !== 'retired') turn.next.phase = to;
    enter(turn, before.phase, to);
  }
  const owner = { process: before.spec.key, generation: before.generation };
  announceDeadline(ledger.effects, owner, before, turn.next, heard.cause === 'deadline');
  return { next: turn.next, end: endOf(to, turn.next) };
}

function endOf(to: NextWay | 'stay', { failure }: Candidate): NextEnd | null {
  if (to === 'committed') return { what: to };
  return (to === 'gone' || to === 'retired') && failure !== null ? { what: to, failure } : null;
}

function follow(cell: NextWay, next: Candidate): LaterPhase | NextOutcome {
  let way = cell;
  while (typeof way !== 'string') way = holds(way.ask, next) ? way.yes : way.no;
  return way;
}

function holds(ask: NextGuard, { spec, vacatedFrom }: Candidate): boolean {
  return ask === 'assumed' ? !termsOf(spec).hasReadiness : vacatedFrom === null && isPatient(spec);
}

/** Its drain may take longer than its stop: it may have work that is not to be cut. */
function isPatient(spec: ProcessSpec): boolean {
  const { drainPolicy, drainTimeout } = termsOf(spec);
  return drainPolicy !== 'kill' || drainTimeout > spec.stopwaitsecs;
}

/** It asks for time; it is itself, unchanged, where there is nothing to extend. */
export function extendNext(before: Candidate, until: Millis, ledger: Ledger): Candidate {
  const { spec, phase, generation } = before;
  if (!extendableNext.includes(phase) || (phase === 'readying' && !termsOf(spec).hasReadiness)) return before;
  const after = extendDeadline(before, { process: spec.key, generation }, until, ledger);
  return after === before ? before : { ...after, extended: true };
}

/** What an event tells, whatever becomes of it. */
function note(turn: Turn): void {
  const { next, heard, ledger } = turn;
  if (heard.cause === 'spawned') {
    next.pid = heard.pid;
    next.startedAt = heard.at;
    log(turn, 'info', lines.spawned(next.spec, heard.pid));
    return report(turn, 'spawned', `pid ${heard.pid}`);
  }
  if (heard.cause === 'exited' || heard.cause === 'ended') {
    next.pid = 0;
    next.exitStatus = heard.status;
  }
  if (heard.cause === 'ended' || heard.cause === 'empty') {
    ledger.effects.push({ type: 'release', process: next.spec.key, generation: next.generation });
  }
}

function enter(turn: Turn, from: NextPhase, to: LaterPhase | NextOutcome): void {
  const { next, heard, ledger } = turn;
  const { spec } = next;
  const { at } = heard;
  const terms = termsOf(spec);
  switch (to) {
    case 'spawning':
      if (next.vacatedFrom !== null) report(turn, 'vacated', formerEnd(heard));
      next.generation = ledger.nextGeneration;
      ledger.nextGeneration += 1;
      ledger.effects.push({ type: 'spawn', process: spec.key, generation: next.generation, spec, role: 'next' });
      return;
    case 'readying':
      return setDeadline(next, at + (terms.hasReadiness ? terms.readyTimeout : terms.assumedAfter) * 1000);
    case 'settling':
      if (from !== 'doubted') becomeReady(turn);
      return setDeadline(next, Math.max(at, (next.readyAt ?? at) + terms.minReady * 1000));
    case 'doubted':
      if (heard.cause === 'unsteady') next.lacks = heard.reason;
      return setDeadline(next, at + terms.readyTimeout * 1000);
    case 'committed':
      setDeadline(next, null);
      report(turn, 'settled', `up for ${terms.minReady} s`);
      return report(turn, 'committed', gapOf(next));
    case 'aborting':
      return fail(turn, from);
    case 'undoing':
      if (heard.cause === 'outlived') return askWrapperToStop(next, ledger, spec.stopsignal);
      return from === 'undoing' ? hurry(turn) : undo(turn, from);
    case 'undoing-remains':
      if (from === 'undoing-remains') return hurry(turn);
      fail(turn, from);
      if (from !== 'undoing') setDeadline(next, at + spec.stopwaitsecs * 1000);
      return askToStop(next, ledger, 'roots');
    case 'retired':
      fail(turn, from);
      return setDeadline(next, null);
    case 'killing':
      log(turn, 'warn', lines.killingNext(spec, next.generation));
      setDeadline(next, at + Math.max(1, spec.stopwaitsecs) * 1000);
      return killTree(next, ledger);
    case 'gone':
      fail(turn, from);
      setDeadline(next, null);
      return report(turn, 'undone', '');
  }
}

function becomeReady(turn: Turn): void {
  const { next, heard } = turn;
  next.readyAt = heard.at;
  const evidence = heard.cause === 'ready' ? heard.evidence : `assumed after ${termsOf(next.spec).assumedAfter} s`;
  report(turn, 'ready', evidence);
}

/** One that was ready and was to replace may have work in hand. */
function undo(turn: Turn, from: NextPhase): void {
  const { next, heard, ledger } = turn;
  const { spec } = next;
  const { at } = heard;
  fail(turn, from);
  if (heard.cause === 'undo' && next.readyAt !== null && isPatient(spec)) {
    setDeadline(next, at + termsOf(spec).drainTimeout * 1000);
    return askToDrain(next, ledger, 'main');
  }
  setDeadline(next, at + spec.stopwaitsecs * 1000);
  askToStop(next, ledger, spec.stopasgroup ? 'group' : 'main');
}

/** It was told, and has no more time than a stop gives. */
function hurry({ next, heard }: Turn): void {
  const due = heard.at + next.spec.stopwaitsecs * 1000;
  if (next.due === null || due < next.due) setDeadline(next, due);
}

function report({ next, heard, ledger }: Turn, step: HandoverStep, detail: string): void {
  const { spec, generation } = next;
  ledger.effects.push({ type: 'handover-step', process: spec.key, step, generation, at: heard.at, detail });
}

/** With `replace`: how the generation ended that made room. */
function formerEnd(heard: NextHeard): string {
  return heard.cause === 'vacant' && heard.former !== null ? lines.exitText(heard.former) : '';
}

/** With `replace`: how long nobody served. */
function gapOf({ vacatedFrom, readyAt }: Candidate): string {
  return vacatedFrom === null || readyAt === null ? '' : `gap of ${Math.round(readyAt - vacatedFrom)} ms`;
}

/** The first reason is the reason. */
function fail(turn: Turn, from: NextPhase): void {
  const { next } = turn;
  const stage = from === 'doubted' ? 'settling' : from;
  if (stage !== 'vacating' && stage !== 'spawning' && stage !== 'readying' && stage !== 'settling') return;
  const reason = reasonOf(turn, from);
  next.failure = { stage, reason };
  log(turn, 'warn', lines.handoverFailed(next.spec, stage, reason));
  report(turn, 'failed', `${stage}: ${reason}`);
}

function reasonOf({ next, heard }: Turn, from: NextPhase): string {
  if ('reason' in heard) return heard.reason;
  if ('status' in heard)
    return `${lines.exitText(heard.status)} ${next.readyAt === null ? 'before' : 'after'} it was ready`;
  if (from === 'doubted') return next.lacks;
  const late = next.extended
    ? 'not ready within the time it asked for'
    : `not ready within ${termsOf(next.spec).readyTimeout} s`;
  return next.lacks === '' ? late : `${late}: ${next.lacks}`;
}
