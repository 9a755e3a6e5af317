import type { Stage } from './effects.ts';
import type { Ticket } from './events.ts';
import type { DrainPhase, NextPhase } from './handover.ts';
import type { Millis, ProcessSpec } from './program.ts';
import type { ReloadPhase } from './reload.ts';
import type { ExitStatus } from './status.ts';

/** A handover that was asked for. */
export type Request = {
  readonly spec: ProcessSpec;
  readonly ticket: Ticket | undefined;
  /** Instead of the spec's: its fallback. */
  readonly strategy?: 'overlap' | 'replace';
};

/** A reload, as it is. */
export type Reload = {
  readonly spec: ProcessSpec;
  readonly ticket: Ticket | undefined;
  /** The current one, which stays it. */
  readonly generation: number;
  readonly phase: ReloadPhase;
  readonly due: Millis | null;
  readonly epoch: number;
};

/** Where and why a handover failed. */
export type Failure = { readonly stage: Stage; readonly reason: string };

/** A next generation, as it is. */
export type Candidate = {
  readonly spec: ProcessSpec;
  readonly phase: NextPhase;
  /** 0 while room is made for it. */
  readonly generation: number;
  /** The main process, 0 before it is there and when it is gone. */
  readonly pid: number;
  /** When it was spawned; null: not yet. */
  readonly startedAt: Millis | null;
  readonly exitStatus: ExitStatus | null;
  /** When the current one was told to stop for it; null: it was not (`overlap`). */
  readonly vacatedFrom: Millis | null;
  /** What is still wanting for it to be ready, as far as is known; empty: nothing is known. */
  readonly lacks: string;
  /** It was given more time than its terms say, for it asked. */
  readonly extended: boolean;
  /** When it was ready; null: not yet. */
  readonly readyAt: Millis | null;
  /** Why it is being removed; null: it is not. */
  readonly failure: Failure | null;
  /** Who waits for the outcome. */
  readonly ticket: Ticket | undefined;
  /** Who asked to give it up. */
  readonly aborts: readonly Ticket[];
  readonly due: Millis | null;
  readonly epoch: number;
};

/** A former current generation on its way out, as it is. */
export type Draining = {
  readonly spec: ProcessSpec;
  readonly phase: DrainPhase;
  readonly generation: number;
  /** The main process, 0 when it is gone. */
  readonly pid: number;
  /** When it ceased to be the current one. */
  readonly since: Millis;
  readonly due: Millis | null;
  readonly epoch: number;
};

/** A next generation before anything of it is there. */
export function newCandidate({ spec, ticket }: Request, vacatedFrom: Millis | null): Candidate {
  return {
    spec,
    phase: 'vacating',
    generation: 0,
    pid: 0,
    startedAt: null,
    exitStatus: null,
    vacatedFrom,
    lacks: '',
    extended: false,
    readyAt: null,
    failure: null,
    ticket,
    aborts: [],
    due: null,
    epoch: 0,
  };
}
