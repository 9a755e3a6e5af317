/** Monotonic milliseconds (CLOCK_MONOTONIC). Wall time never enters the core. */
export type Millis = number;

/** `group:name`, the one name under which a process is known everywhere inside legato. */
export type ProcessKey = string;

/** What the automaton needs to know of a configured process. The configuration's own value extends it. */
export type ProcessSpec = {
  readonly key: ProcessKey;
  readonly group: string;
  readonly name: string;
  /** Low starts first and stops last (Supervisor's `priority`). */
  readonly priority: number;
  readonly autostart: boolean;
  /** `unexpected`: only after an exit code that is not in `exitcodes`; a death by signal is never expected. */
  readonly autorestart: boolean | 'unexpected';
  readonly exitcodes: readonly number[];
  /** Seconds the process must stay up to become RUNNING. */
  readonly startsecs: number;
  /** Serial failures allowed while starting; attempts in all are one more. */
  readonly startretries: number;
  /** Signal number of the polite stop. */
  readonly stopsignal: number;
  /** Seconds from the stop signal to SIGKILL. */
  readonly stopwaitsecs: number;
  readonly stopasgroup: boolean;
  readonly killasgroup: boolean;
  /** How it may be replaced while it runs; terms.ts has the defaults of these keys. */
  readonly handover?: Strategy;
  /** Whether something will say `ready` of a next generation; without, it is assumed to be ready after `assumedAfter`. */
  readonly hasReadiness?: boolean;
  /** Seconds after which a next generation of which nothing is heard counts as ready, where it need not say so; startsecs unless set. */
  readonly assumedAfter?: number;
  /** Seconds a next generation has to become ready. */
  readonly readyTimeout?: number;
  /** Seconds a next generation must stay up after it was ready. */
  readonly minReady?: number;
  /** Seconds for the quiet step before the stop signal; 0: there is no quiet step. */
  readonly quietTimeout?: number;
  /** Seconds a draining generation has from its stop signal on. */
  readonly drainTimeout?: number;
  /** Signal number with which it is asked to finish and go, also where it makes room (`replace`). */
  readonly drainSignal?: number;
  /** Whether its whole process group gets that signal. */
  readonly drainAsGroup?: boolean;
  /** What happens to one that has used them up: SIGKILL, nothing, or nothing until somebody says `finish`. */
  readonly drainPolicy?: 'kill' | 'keep' | 'ask';
  /** Signal number that asks its main process to take no new work, at the beginning of the quiet step; null: none. */
  readonly quietSignal?: number | null;
  /** The signal of a `signal` handover. */
  readonly reloadSignal?: number;
  /** Seconds until there must be proof that it was heeded. */
  readonly reloadTimeout?: number;
  /** How it is handed over when that has failed. */
  readonly handoverFallback?: 'none' | 'overlap' | 'replace';
  /** Draining generations allowed at a time, at least 1. */
  readonly maxDraining?: number;
};

/**
 * `overlap`: the next generation runs beside the current one until it has proved itself. `replace`: the current one is stopped
 * first, for programs that must never run twice. `signal`: it reloads itself on a signal (reload.ts). `none`: no handover.
 */
export type Strategy = 'overlap' | 'replace' | 'signal' | 'none';

export type GroupSpec = {
  readonly name: string;
  readonly priority: number;
  readonly processes: readonly ProcessSpec[];
};
