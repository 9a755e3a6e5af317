import type { Ticket } from './events.ts';
import type { Millis, ProcessKey, ProcessSpec } from './program.ts';
import type { State } from './status.ts';

/**
 * Whom a signal is for. The main process, or below it (and below the roots) the one that can act on it, where it is a wrapper (`sh -c`,
 * su, npm); `wrapper`: the main process alone, whatever is below it; its group; the roots of what it left; the tree.
 */
export type Whom = 'main' | 'wrapper' | 'group' | 'roots' | 'tree';

export type LogLevel = 'critical' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'blather';

/** What became of a start or a stop. */
export type Answer =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** Supervisor's fault of the same name. */
      readonly fault:
        | 'ALREADY_STARTED'
        | 'NOT_RUNNING'
        | 'SPAWN_ERROR'
        | 'ABNORMAL_TERMINATION'
        | 'FAILED'
        | 'BAD_NAME'
        | 'SHUTDOWN_STATE';
    };

/** A handover that came to nothing. The current generation is the one it was, unless it ended by itself. */
export type HandoverFailure = {
  readonly ok: false;
  readonly fault: 'HANDOVER_FAILED';
  readonly stage: Stage;
  readonly reason: string;
};

/** What became of any command; a start and a stop get an `Answer`. */
export type Outcome = Answer | HandoverFailure;

/** How far a handover had come when it failed: a phase of handover.ts or reload.ts, or before all of them. */
export type Stage = 'preflight' | 'vacating' | 'spawning' | 'readying' | 'signalling' | 'proving' | 'settling';

/**
 * A line of a handover's timeline. Of a reload: signalled, proven, reloaded, failed, fallback (what is tried instead).
 * Of the next generation: vacating (the current one was told to stop: `replace`), vacated (how it ended), spawned,
 * ready, settled, committed, failed, undone (nothing is left of it). Of the former one: quiet (told to take no new work), waiting (for
 * what it has open: the daemon's own observation), draining
 * (told to stop), drained (its main process is gone), overdue (drainTimeout is over, it is kept), killed (it got SIGKILL), gone.
 */
export type HandoverStep =
  | 'signalled'
  | 'proven'
  | 'reloaded'
  | 'fallback'
  | 'vacating'
  | 'vacated'
  | 'spawned'
  | 'ready'
  | 'settled'
  | 'committed'
  | 'failed'
  | 'undone'
  | 'quiet'
  | 'waiting'
  | 'draining'
  | 'drained'
  | 'overdue'
  | 'killed'
  | 'gone';

/** Everything the core can ask of the world. */
export type Effect =
  /** Spawn a new generation; answered by `spawned` or `spawn-failed` with the same generation. */
  | {
      readonly type: 'spawn';
      readonly process: ProcessKey;
      readonly generation: number;
      /** What it is spawned with, and keeps to its end. */
      readonly spec: ProcessSpec;
      /** next: beside or after the current one, with the spec of the `handover` event; it may never become current. */
      readonly role: 'current' | 'next';
    }
  /** cont: SIGCONT right after it, so that a stopped process can act on it. */
  | {
      readonly type: 'signal';
      readonly process: ProcessKey;
      readonly generation: number;
      readonly whom: Whom;
      readonly signal: number;
      readonly cont: boolean;
    }
  /**
   * Send `deadline` with this generation, if any, and this epoch at that time. A process has one deadline of its own, and each of its
   * next and draining generations has one: a new one replaces the old one.
   */
  | {
      readonly type: 'arm';
      readonly process: ProcessKey;
      readonly generation?: number;
      readonly epoch: number;
      readonly due: Millis;
    }
  | { readonly type: 'disarm'; readonly process: ProcessKey; readonly generation?: number }
  /** Have the generation take no new work, then send `quieted`; without that its stop signal waits for `quietTimeout`. */
  | { readonly type: 'quiet'; readonly process: ProcessKey; readonly generation: number }
  /**
   * Look at the current generation, send its actor the signal if that can do any good, and tell by `reload` events what comes of it, until
   * `reload-over`.
   */
  | { readonly type: 'reload'; readonly process: ProcessKey; readonly generation: number; readonly signal: number }
  | { readonly type: 'reload-over'; readonly process: ProcessKey; readonly generation: number }
  /** The commit: this generation is the current one from now on. former: the one that drains, 0 when nothing was left of it. */
  | { readonly type: 'promoted'; readonly process: ProcessKey; readonly generation: number; readonly former: number }
  /** For the handover's report. generation: 0 before the next one has a number. */
  | {
      readonly type: 'handover-step';
      readonly process: ProcessKey;
      readonly step: HandoverStep;
      readonly generation: number;
      readonly at: Millis;
      readonly detail: string;
    }
  /** The process is not there any more: it left with a change of its group. */
  | { readonly type: 'removed'; readonly process: ProcessKey }
  /** The generation's end is recorded: init may forget it. */
  | { readonly type: 'release'; readonly process: ProcessKey; readonly generation: number }
  /** A state was entered; the fields are those of Supervisor's PROCESS_STATE events. */
  | {
      readonly type: 'publish';
      readonly process: ProcessKey;
      readonly from: State;
      readonly to: State;
      readonly pid: number;
      /** Failures so far (STARTING, BACKOFF). */
      readonly tries: number;
      /** EXITED: whether the exit was expected. */
      readonly expected: boolean;
    }
  /** A line of the main log, in Supervisor's words. */
  | { readonly type: 'log'; readonly level: LogLevel; readonly text: string }
  | { readonly type: 'answer'; readonly ticket: Ticket; readonly answer: Outcome }
  /** Shutdown is complete: nothing is left. */
  | { readonly type: 'exit' };
