import { type State, stateCode } from '../core/status.ts';

/** Supervisor's fault codes (supervisor.xmlrpc.Faults); clients compare these numbers. */
export const faultCode = {
  UNKNOWN_METHOD: 1,
  INCORRECT_PARAMETERS: 2,
  BAD_ARGUMENTS: 3,
  SIGNATURE_UNSUPPORTED: 4,
  SHUTDOWN_STATE: 6,
  BAD_NAME: 10,
  BAD_SIGNAL: 11,
  NO_FILE: 20,
  NOT_EXECUTABLE: 21,
  FAILED: 30,
  ABNORMAL_TERMINATION: 40,
  SPAWN_ERROR: 50,
  ALREADY_STARTED: 60,
  NOT_RUNNING: 70,
  SUCCESS: 80,
  ALREADY_ADDED: 90,
  STILL_RUNNING: 91,
  CANT_REREAD: 92,
} as const;

export type FaultName = keyof typeof faultCode;

/** The API version of Supervisor that clients check before they speak (supervisorctl wants exactly this one). */
export const apiVersion = '3.0';

/** Codes of the states in which Supervisor calls a process stopped. */
export const stoppedCodes: readonly number[] = [
  stateCode.STOPPED,
  stateCode.EXITED,
  stateCode.FATAL,
  stateCode.UNKNOWN,
];

export const runningCode: number = stateCode.RUNNING;

export type Channel = 'stdout' | 'stderr';

/** A version of legato and where it lies. */
export type Release = { readonly version: string; readonly path: string };

/** What an upgrade replaces. */
export type UpgradePart = 'both' | 'brain' | 'init';

/** What comes of asking for an upgrade. */
export type UpgradeAnswer =
  | {
      readonly ok: true;
      readonly from: Release;
      readonly to: Release;
      /** The pid of the brain that makes room now: another one tells how it went. */
      readonly brain: number;
      /** What the new version has to say besides. */
      readonly notes: readonly string[];
    }
  /** Nothing has happened. output: the last lines of what was tried. */
  | { readonly ok: false; readonly reason: string; readonly output: readonly string[] };

/** What legato itself is. */
export type About = Release & {
  /** Of the link to legato-init. */
  readonly link: number;
  readonly brain: number;
  readonly init: number;
  /** The program that init is; empty: that may not be seen. */
  readonly initPath: string;
  /** What became of the last upgrade, as far as this brain has to do with it. */
  readonly upgrade: { readonly state: 'none' | 'under way' | 'done' | 'failed'; readonly reason: string };
};

/** One operating system process below a generation. */
export type TreeProcess = {
  readonly pid: number;
  readonly ppid: number;
  /** The state letter of proc(5): R, S, D, T, Z … */
  readonly state: string;
  /** Seconds since it was started. */
  readonly age: number;
  /** Its command line, or its name in brackets where it has none (kernel threads, defunct processes). */
  readonly command: string;
};

/** Connections from the held sockets of a generation: those it has open now, and those it has accepted in its life. */
export type Connections = { readonly open: number; readonly accepted: number };

/** A generation and everything that lives below it, in an order in which parents come before their children. */
export type TreeGeneration = {
  readonly generation: number;
  /** next: it has yet to prove itself; draining: it has been replaced and finishes what it has begun. */
  readonly role: 'current' | 'next' | 'draining';
  /** The shim that contains it; 0: gone. */
  readonly shim: number;
  /** The main process; 0: gone, what is listed is what it left behind. */
  readonly main: number;
  /** Its connections on held sockets; null: nobody counts them (the preload library does not reach it, or it has no such socket). */
  readonly connections: Connections | null;
  /** How it showed that it serves; empty: it has not, or nothing is expected of it. */
  readonly ready: string;
  /** What it says of itself (STATUS of sd_notify(3)); empty: nothing. */
  readonly status: string;
  /** Of a draining one: what it is in (quieting, draining, draining-remains, overdue, ending, killing); else empty. */
  readonly phase: string;
  /** Of a draining one: seconds since it ceased to be the current one; else 0. */
  readonly since: number;
  /** Of a draining one: seconds until its time is over; -1: it has no limit. */
  readonly left: number;
  /** Of a draining one: what it waits for. */
  readonly waitsFor: string;
  readonly processes: readonly TreeProcess[];
};

/** One configured process with what lives of it, as `legatoctl tree` shows it. */
export type TreeNode = {
  readonly group: string;
  readonly name: string;
  readonly state: State;
  /** Empty when nothing of it lives. */
  readonly generations: readonly TreeGeneration[];
  /** Its logs that have lost something, or cannot be written to now. */
  readonly troubledLogs: readonly TroubledLog[];
};

/** A log that did not take all. */
export type TroubledLog = {
  readonly channel: Channel;
  readonly path: string;
  /** Bytes, since it was opened. */
  readonly lost: number;
  /** Why it cannot be written to now; empty: it can. */
  readonly reason: string;
};

/** Names of the states of processes that a command for many passes over where it is for what runs. */
export const downOnPurpose: ReadonlySet<string> = new Set<State>(['STOPPED', 'EXITED']);

/** What a handover of a process would be, and why. */
export type HandoverPlan = {
  readonly name: string;
  readonly strategy: 'overlap' | 'replace' | 'signal' | 'none';
  readonly reason: string;
  /** What will say that the next generation serves. */
  readonly readiness: string;
  /** The listener sockets that both generations use. */
  readonly sockets: readonly string[];
  readonly warnings: readonly string[];
};

/** How somebody wants a handover to be, other than configured; null: as configured. */
export type HandoverWish = {
  /** Seconds for the next generation to become ready. */
  readonly timeout: number | null;
  readonly strategy: 'overlap' | 'replace' | null;
};

/** What became of a handover. Every word of it was observed. */
export type HandoverReport = {
  readonly name: string;
  readonly ok: boolean;
  readonly strategy: 'overlap' | 'replace' | 'signal' | 'none';
  /** Where it failed; empty when it did not. */
  readonly stage: string;
  readonly reason: string;
  /** The generation before, 0 for none. */
  readonly from: number;
  /** The generation after; 0 when it failed. */
  readonly to: number;
  /** `at` in milliseconds since the beginning. */
  readonly steps: readonly {
    readonly step: string;
    readonly generation: number;
    readonly at: number;
    readonly detail: string;
  }[];
  /** Milliseconds without a generation that serves; 0 for `overlap`. */
  readonly pause: number;
  /** The last lines of output of a next generation that came to nothing. */
  readonly output: readonly string[];
  /** What the generations said of themselves meanwhile (STATUS of sd_notify(3)), the last word of each. */
  readonly says: readonly { readonly generation: number; readonly status: string }[];
  /** What is doubtful about it, as the plan has it. */
  readonly warnings: readonly string[];
  /** The generation that serves now; 0: none. */
  readonly serves: number;
  /** Whether that has the configuration that was wanted. */
  readonly configuration: 'as read' | 'former';
  /** Processes that should not be there any more: of the former generation, and defunct ones of the present one. `pid state command`. */
  readonly remains: readonly string[];
};

/** What became of a group that was changed. */
export type GroupUpdate = {
  /** What was changed, and how: added, removed, changed (in place, or for the next start), handed over, restarted, failed. */
  readonly processes: readonly { readonly name: string; readonly change: string }[];
  readonly handovers: readonly HandoverReport[];
};
