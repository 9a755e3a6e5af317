import type { Answer, Effect, LogLevel, Whom } from './effects.ts';
import type { Ticket } from './events.ts';
import * as lines from './log-lines.ts';
import type { Cause } from './process.ts';
import type { Millis, ProcessKey, ProcessSpec } from './program.ts';
import { SIGKILL } from './signals.ts';
import type { ExitStatus } from './status.ts';
import { termsOf } from './terms.ts';
import type { Process } from './world.ts';

/** What the automaton hears, with what comes with it. */
export type Heard = { readonly at: Millis } & (
  | { readonly cause: 'start' | 'stop'; readonly ticket?: Ticket | undefined }
  | { readonly cause: 'shutdown' | 'empty' | 'deadline' | 'outlived' | 'overlap' | 'replace' | 'quieted' }
  | {
      readonly cause: 'promoted';
      readonly spec: ProcessSpec;
      readonly generation: number;
      readonly pid: number;
      readonly startedAt: Millis | null;
    }
  | { readonly cause: 'spawned'; readonly pid: number }
  | { readonly cause: 'spawn-failed'; readonly reason: string; readonly forked: boolean }
  | { readonly cause: 'unhealthy'; readonly reason: string }
  | { readonly cause: 'exited' | 'ended'; readonly status: ExitStatus | null }
);

/** A process while it changes. It leaves the turn as a `Process` that changes no more. */
export type Draft = Mutable<Process>;

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What is shared by the turns of one step. */
export type Ledger = { readonly effects: Effect[]; nextGeneration: number };

/** One event at one process: the process while it changes and what the world is asked for meanwhile. */
export type Turn = {
  readonly process: Draft;
  readonly at: Millis;
  readonly cause: Cause;
  /** The main process that the event speaks of; it is published even when the generation has just ended. */
  readonly pid: number;
  readonly ledger: Ledger;
};

export function log({ ledger }: { readonly ledger: Ledger }, level: LogLevel, text: string): void {
  ledger.effects.push({ type: 'log', level, text });
}

/** Whoever has a deadline: a process, or a generation beside its current one. */
export type Timed = { due: Millis | null; epoch: number };

/** Sets the one deadline, which makes every former one stale; null: there is none now. */
export function setDeadline(timed: Timed, due: Millis | null): void {
  timed.due = due;
  if (due !== null) timed.epoch += 1;
}

/** A deadline is a field; what the world is told is how it has changed. came: it is this deadline that was heard. */
export function announceDeadline(
  effects: Effect[],
  owner: { readonly process: ProcessKey; readonly generation?: number },
  before: Readonly<Timed>,
  after: Readonly<Timed>,
  came: boolean,
): void {
  if (after.due === null) {
    // One that has just come is not armed any more.
    if (before.due !== null && !came) effects.push({ type: 'disarm', ...owner });
  } else if (after.epoch !== before.epoch) {
    effects.push({ type: 'arm', ...owner, epoch: after.epoch, due: after.due });
  }
}

/** The owner with its deadline not before `until`; itself, when that is no later than what it has. */
export function extendDeadline<T extends Readonly<Timed>>(
  before: T,
  owner: { readonly process: ProcessKey; readonly generation?: number },
  until: Millis,
  { effects }: Ledger,
): T {
  if (before.due === null || until <= before.due) return before;
  const after = { ...before, due: until, epoch: before.epoch + 1 };
  announceDeadline(effects, owner, before, after, false);
  return after;
}

/** Answers everyone who waits for this outcome. */
export function answerWaiters({ process, ledger }: Turn, until: 'running' | 'stopped', answer: Answer): void {
  for (const { ticket } of process.waiters.filter((waiter) => waiter.until === until)) {
    ledger.effects.push({ type: 'answer', ticket, answer });
  }
  process.waiters = process.waiters.filter((waiter) => waiter.until !== until);
}

/** Whose generation it is and how it is stopped: a process, or a generation beside its current one. */
type Target = { readonly spec: ProcessSpec; readonly generation: number };

/** cont: SIGCONT after it, so that a stopped process can act on it. */
export function signal(
  { spec, generation }: Target,
  ledger: Ledger,
  whom: Whom,
  number: number,
  cont: boolean = number !== SIGKILL,
): void {
  ledger.effects.push({ type: 'signal', process: spec.key, generation, whom, signal: number, cont });
}

/** The polite signal, with SIGCONT so that a stopped process can act on it. */
export function askToStop(target: Target, ledger: Ledger, whom: 'main' | 'group' | 'roots'): void {
  signal(target, ledger, whom, target.spec.stopsignal);
}

/** The signal after which it finishes what it has in hand and goes: the polite one, where nothing else is said. */
export function askToDrain(target: Target, ledger: Ledger, whom: 'main' | 'roots'): void {
  const { drainSignal, drainAsGroup } = termsOf(target.spec);
  signal(target, ledger, whom === 'main' && drainAsGroup ? 'group' : whom, drainSignal);
}

/** The same for a main process that goes on without the one below it that was told. */
export function askWrapperToStop(target: Target, ledger: Ledger, number: number): void {
  log({ ledger }, 'info', lines.outlived(target.spec, number));
  signal(target, ledger, 'wrapper', number);
}

/** The signal that nothing can refuse, to every descendant. */
export function killTree(target: Target, ledger: Ledger): void {
  signal(target, ledger, 'tree', SIGKILL);
}
