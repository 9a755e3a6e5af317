import type { GroupSpec, Millis, ProcessKey, ProcessSpec } from './program.ts';
import type { ExitStatus } from './status.ts';

/** A promise somebody outside holds; the core says when it is kept, with an `answer` effect. */
export type Ticket = number;

/**
 * Everything that can happen to the world. `at` is the monotonic time at which it happened;
 * there is no other clock. Commands carry a ticket where the caller wants to know the outcome.
 */
export type Event =
  /** A group of the configuration becomes active; its autostart members start while the mood is `running`. */
  | { readonly type: 'group-added'; readonly at: Millis; readonly group: GroupSpec }
  /** A stopped group leaves. Refused (the group stays) while a member lives: ask `canRemove` first. */
  | { readonly type: 'group-removed'; readonly at: Millis; readonly group: string }
  /**
   * An active group is configured otherwise. What is new is started (autostart), what is gone is stopped and leaves when nothing of it
   * is left, and what is there has its new spec at once. Of the `renewed` ones, whose change only a new generation can have, that is
   * so while they are down; one that waits to be tried again, or has given up, is tried with it (autostart); one that runs keeps what
   * it has until a `handover` or `restart`.
   */
  | {
      readonly type: 'group-changed';
      readonly at: Millis;
      readonly group: GroupSpec;
      readonly renewed: readonly ProcessKey[];
    }
  /** The current generation is stopped, and one with this spec started. Answered when that is RUNNING or has failed. */
  | {
      readonly type: 'restart';
      readonly at: Millis;
      readonly process: ProcessKey;
      readonly spec: ProcessSpec;
      readonly ticket?: Ticket;
    }
  | { readonly type: 'start'; readonly at: Millis; readonly process: ProcessKey; readonly ticket?: Ticket }
  | { readonly type: 'stop'; readonly at: Millis; readonly process: ProcessKey; readonly ticket?: Ticket }
  /**
   * A next generation, with this spec, takes the place of the current one. Answered at the commit, or with HANDOVER_FAILED when
   * nothing is left of the attempt. One that has not committed yet is given up for a later one.
   */
  | {
      readonly type: 'handover';
      readonly at: Millis;
      readonly process: ProcessKey;
      readonly spec: ProcessSpec;
      readonly ticket?: Ticket;
    }
  /** The handover is given up, up to the commit. Answered when nothing is left of it. */
  | { readonly type: 'abort'; readonly at: Millis; readonly process: ProcessKey; readonly ticket?: Ticket }
  /** There is evidence that this generation serves; heard of a next one, ignored of any other. */
  | {
      readonly type: 'ready';
      readonly at: Millis;
      readonly process: ProcessKey;
      readonly generation: number;
      readonly evidence: string;
    }
  /** There is evidence that it will not serve, though it lives (it does not take its socket): its handover has failed. */
  | {
      readonly type: 'unready';
      readonly at: Millis;
      readonly process: ProcessKey;
      readonly generation: number;
      readonly reason: string;
    }
  /** It was ready, and just now it does not do what showed it: it is not committed until it does again (`steady`). */
  | {
      readonly type: 'unsteady';
      readonly at: Millis;
      readonly process: ProcessKey;
      readonly generation: number;
      readonly reason: string;
    }
  | { readonly type: 'steady'; readonly at: Millis; readonly process: ProcessKey; readonly generation: number }
  /** What is still wanting for it to be ready, in a sentence: the reason, should it come to nothing more. */
  | {
      readonly type: 'lacking';
      readonly at: Millis;
      readonly process: ProcessKey;
      readonly generation: number;
      readonly what: string;
    }
  /**
   * The generation asks for time (EXTEND_TIMEOUT_USEC of sd_notify(3)): what it was given so far to become ready, to drain or to stop ends
   * not before `by` milliseconds from now.
   */
  | {
      readonly type: 'extend';
      readonly at: Millis;
      readonly process: ProcessKey;
      readonly generation: number;
      readonly by: Millis;
    }
  /** The generation lives and does not work any more (a missed watchdog). Heard of a current one, and of a next one as `unready`. */
  | {
      readonly type: 'unhealthy';
      readonly at: Millis;
      readonly process: ProcessKey;
      readonly generation: number;
      readonly reason: string;
    }
  /** Whoever drains is waited for no longer: the stop signal for those that are still quieting, SIGKILL for the others. */
  | { readonly type: 'finish'; readonly at: Millis; readonly process: ProcessKey; readonly ticket?: Ticket }
  /** What `quiet` asked for is done: the generation takes no new work. */
  | { readonly type: 'quieted'; readonly at: Millis; readonly process: ProcessKey; readonly generation: number }
  /**
   * The process that its polite signal went to has ended, and the main process, which is a wrapper around it, goes on: it does not end by
   * itself, and has not been told yet.
   */
  | { readonly type: 'outlived'; readonly at: Millis; readonly process: ProcessKey; readonly generation: number }
  /** What was seen of a reload: see reload.ts. Ignored when none is under way. */
  | {
      readonly type: 'reload';
      readonly at: Millis;
      readonly process: ProcessKey;
      readonly generation: number;
      readonly news: 'signalled' | 'refused' | 'proven' | 'disproven' | 'gone';
      readonly detail: string;
    }
  /** The daemon ends: everything is stopped by descending priority, in parallel within one priority. */
  | { readonly type: 'shutdown'; readonly at: Millis }
  | {
      readonly type: 'spawned';
      readonly at: Millis;
      readonly process: ProcessKey;
      readonly generation: number;
      readonly pid: number;
    }
  | {
      readonly type: 'spawn-failed';
      readonly at: Millis;
      readonly process: ProcessKey;
      readonly generation: number;
      readonly reason: string;
      /** A child was there for the failure, and has ended with it. */
      readonly forked?: boolean;
    }
  /** The main process ended. `remains` is known only later: `empty` follows when no descendant is left. */
  | {
      readonly type: 'exited';
      readonly at: Millis;
      readonly process: ProcessKey;
      readonly generation: number;
      readonly status: ExitStatus;
    }
  /** No descendant of the generation is left, no defunct one either. Always after `exited`. */
  | { readonly type: 'empty'; readonly at: Millis; readonly process: ProcessKey; readonly generation: number }
  /** A deadline that was armed has come. A stale epoch is ignored. `generation` as it was in `arm`. */
  | {
      readonly type: 'deadline';
      readonly at: Millis;
      readonly process: ProcessKey;
      readonly generation?: number;
      readonly epoch: number;
    };
