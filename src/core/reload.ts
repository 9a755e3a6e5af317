import type { HandoverStep } from './effects.ts';
import type { Reload, Request } from './generations.ts';
import * as lines from './log-lines.ts';
import type { Millis } from './program.ts';
import { signalName } from './signals.ts';
import { termsOf } from './terms.ts';
import { announceDeadline, type Ledger, log, type Mutable, setDeadline } from './turn.ts';

/**
 * The reload: a handover that the program does itself, on a signal (`handover=signal:HUP`).
 *
 * ## Theory of operation
 *
 * 1. "Signalled" is never "reloaded". The world outside looks at the process before and after, and says what it saw: that it would die of
 *    the signal or never hear it (`refused`: nothing was sent), that it has a new image or new children (`proven`), that it has not, or
 *    has left something that should not be there (`disproven`).
 * 2. Proof must come within `reloadTimeout`, and must last for `minReady`, a second at least: new children may die of what they load, and
 *    a program that has exec'ed itself may have left a child that nobody waits for.
 * 3. The generation stays the same one. What it does on the signal cannot be undone: whoever gives a reload up only stops waiting.
 * 4. A reload that failed may have a fallback, which is a handover with a next generation (family.ts). Where the main process has ended
 *    there is none: autorestart has its turn. Nor where it was given up.
 */

/** What a reload is in. */
export type ReloadPhase =
  /** The signal was asked for; the deadline is `reloadTimeout`. */
  | 'signalling'
  /** It was sent; the deadline is the same. */
  | 'proving'
  /** There is proof; the deadline is `minReady`. */
  | 'settling';

/** `gone`: the main process has ended; `undo`: it is not wanted any more. */
export type ReloadCause = 'signalled' | 'refused' | 'proven' | 'disproven' | 'gone' | 'deadline' | 'undo';

/** `failed` may be followed by the fallback, `given-up` not. */
export type ReloadOutcome = 'reloaded' | 'failed' | 'given-up';

export type ReloadCell = 'proving' | 'settling' | ReloadOutcome | 'stay' | 'impossible';

/** The whole life of a reload. */
// biome-ignore format: a table is read by its columns
export const reloadTable: { readonly [P in ReloadPhase]: { readonly [C in ReloadCause]: ReloadCell } } = {
  signalling: {
    signalled: 'proving',          refused: 'failed',             proven: 'impossible',         disproven: 'impossible',
    gone: 'given-up',              deadline: 'failed',            undo: 'given-up',
  },
  proving: {
    signalled: 'impossible',       refused: 'impossible',         proven: 'settling',           disproven: 'failed',
    gone: 'given-up',              deadline: 'failed',            undo: 'given-up',
  },
  settling: {
    signalled: 'impossible',       refused: 'impossible',         proven: 'stay',               disproven: 'failed',
    gone: 'given-up',              deadline: 'reloaded',          undo: 'given-up',
  },
};

/** What is heard of a reload; detail: who, by what evidence, or why not. */
export type ReloadHeard = { readonly at: Millis; readonly cause: ReloadCause; readonly detail: string };

/** A reload begins. epoch: that of the process's last one. */
export function beginReload(request: Request, generation: number, epoch: number, at: Millis, ledger: Ledger): Reload {
  const { spec, ticket } = request;
  const before: Reload = { spec, ticket, generation, phase: 'signalling', due: null, epoch };
  const after: Mutable<Reload> = { ...before };
  const { reloadSignal, reloadTimeout } = termsOf(spec);
  ledger.effects.push({ type: 'reload', process: spec.key, generation, signal: reloadSignal });
  setDeadline(after, at + reloadTimeout * 1000);
  announceDeadline(ledger.effects, ownerOf(before), before, after, false);
  return after;
}

/** One event at a reload: it after the event, and what it has come to, if it is over. */
export function hearReload(
  before: Reload,
  heard: ReloadHeard,
  ledger: Ledger,
): { reload: Reload; outcome: ReloadOutcome | null; reason: string } {
  const cell = reloadTable[before.phase][heard.cause];
  const { spec, generation } = before;
  if (cell === 'impossible') {
    const who = `reload of generation ${generation}`;
    log({ ledger }, 'warn', lines.impossible(spec, who, heard.cause, before.phase));
    return { reload: before, outcome: null, reason: '' };
  }
  if (cell === 'stay') return { reload: before, outcome: null, reason: '' };
  const reload: Mutable<Reload> = { ...before };
  const report = (step: HandoverStep, detail: string): void => {
    ledger.effects.push({ type: 'handover-step', process: spec.key, step, generation, at: heard.at, detail });
  };
  const reason = heard.cause === 'deadline' ? lateness(before) : heard.detail;
  let outcome: ReloadOutcome | null = null;
  switch (cell) {
    case 'proving':
      reload.phase = cell;
      report('signalled', heard.detail);
      break;
    case 'settling':
      reload.phase = cell;
      report('proven', heard.detail);
      setDeadline(reload, heard.at + settling(before) * 1000);
      break;
    case 'reloaded':
      outcome = cell;
      report('reloaded', `proof has lasted for ${settling(before)} s`);
      break;
    case 'failed':
    case 'given-up':
      outcome = cell;
      log({ ledger }, 'warn', lines.handoverFailed(spec, before.phase, reason));
      report('failed', `${before.phase}: ${reason}`);
      break;
  }
  if (outcome !== null) {
    setDeadline(reload, null);
    ledger.effects.push({ type: 'reload-over', process: spec.key, generation });
  }
  announceDeadline(ledger.effects, ownerOf(before), before, reload, heard.cause === 'deadline');
  return { reload, outcome, reason };
}

const ownerOf = ({ spec, generation }: Reload): { process: string; generation: number } => ({
  process: spec.key,
  generation,
});

const settling = ({ spec }: Reload): number => Math.max(1, termsOf(spec).minReady);

function lateness({ spec }: Reload): string {
  const { reloadSignal, reloadTimeout } = termsOf(spec);
  return `${signalName(reloadSignal)} has had no effect within ${reloadTimeout} s that could be seen`;
}
