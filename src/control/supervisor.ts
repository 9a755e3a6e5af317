import type { FileHandle } from 'node:fs/promises';
import type { Answer, LogLevel } from '../core/effects.ts';
import type { ProcessKey } from '../core/program.ts';
import type { State } from '../core/status.ts';
import type {
  About,
  Channel,
  GroupUpdate,
  HandoverPlan,
  HandoverReport,
  HandoverWish,
  TreeNode,
  UpgradeAnswer,
  UpgradePart,
} from './contract.ts';

/** Supervisor's mood of the whole daemon. Anything but `running` makes every method fault SHUTDOWN_STATE. */
export type Mood = 'running' | 'restarting' | 'shutdown';

/** An active group. */
export type GroupInfo = {
  readonly name: string;
  readonly priority: number;
  /** Its processes by ascending priority, equal ones as configured: the order in which they are started and stopped by command. */
  readonly processes: readonly ProcessKey[];
};

/** What Supervisor's getProcessInfo tells of a process. Wall times are unix seconds; 0 means never. */
export type ProcessInfo = {
  readonly group: string;
  readonly name: string;
  readonly state: State;
  /** The last column of `status`. */
  readonly description: string;
  readonly start: number;
  readonly stop: number;
  readonly now: number;
  /** Why it is not up; empty when there is nothing to say. */
  readonly spawnerr: string;
  /** Of the last exit; -1 for a death by signal, 0 when there was none. */
  readonly exitstatus: number;
  /** Absolute paths; empty where nothing is logged. */
  readonly stdoutLogfile: string;
  readonly stderrLogfile: string;
  /** The main process; 0 when there is none. */
  readonly pid: number;
  /** Descendants live on without a main process: `stop` has something to do whatever the state is. */
  readonly remains: boolean;
};

/** What getAllConfigInfo tells of one log stream. */
export type StreamInfo = {
  /** A path; `none`; `auto` while it has not got one. */
  readonly logfile: string;
  readonly logfileMaxbytes: number;
  readonly logfileBackups: number;
  readonly captureMaxbytes: number;
  readonly eventsEnabled: boolean;
  readonly syslog: boolean;
};

/** What getAllConfigInfo tells of one configured process, of the configuration last read. */
export type ConfigInfo = {
  readonly group: string;
  readonly groupPriority: number;
  readonly name: string;
  readonly priority: number;
  /** Its group is active. */
  readonly inuse: boolean;
  readonly autostart: boolean;
  readonly autorestart: boolean | 'unexpected';
  readonly command: string;
  readonly directory: string | null;
  readonly uid: number | null;
  readonly exitcodes: readonly number[];
  readonly startsecs: number;
  readonly startretries: number;
  readonly stopsignal: number;
  readonly stopwaitsecs: number;
  readonly killasgroup: boolean;
  readonly redirectStderr: boolean;
  readonly stdout: StreamInfo;
  readonly stderr: StreamInfo;
  /** null: AUTO. */
  readonly serverurl: string | null;
};

/** Names of groups that a newly read configuration has added, changed or removed against the active ones. */
export type Reread =
  | {
      readonly ok: true;
      readonly added: readonly string[];
      readonly changed: readonly string[];
      readonly removed: readonly string[];
    }
  /** The file is wrong; the old configuration stays. */
  | { readonly ok: false; readonly error: string };

/**
 * What the daemon offers to the control room: the port through which every tongue speaks.
 * No promise of it is ever rejected; what can go wrong is in its value.
 */
export interface Supervisor {
  /** What getSupervisorVersion says: the version of Supervisor's behaviour that clients may parse. */
  readonly version: string;
  /** Supervisor's `identifier`. */
  readonly identifier: string;
  /** The pid that the pidfile names. */
  readonly pid: number;

  mood(): Mood;

  /** Active groups by ascending priority. */
  groups(): readonly GroupInfo[];
  /** undefined: no such process in an active group. */
  process(key: ProcessKey): ProcessInfo | undefined;
  /** Every process of the configuration last read, active or not. */
  configs(): readonly ConfigInfo[];

  /** Why a start could not even be tried: Supervisor looks for the program before it looks at the state. */
  startObstacle(key: ProcessKey): { readonly fault: 'NO_FILE' | 'NOT_EXECUTABLE'; readonly text: string } | null;
  /** Begins at once (`process(key)` shows it when this returns); the answer comes when the process is RUNNING or has failed. */
  start(key: ProcessKey): Promise<Answer>;
  /** Begins at once; the answer comes when nothing of the process is left. */
  stop(key: ProcessKey): Promise<Answer>;
  /** To the main process alone. errno 0: sent; ESRCH: nobody is there. */
  signal(key: ProcessKey, signal: number): Promise<{ readonly errno: number }>;
  /** The same to the one that can act on it where the main process is a wrapper. */
  signalActor(key: ProcessKey, signal: number): Promise<{ readonly errno: number }>;

  /** Writes to the stdin of the current generation. NO_FILE: it takes nothing (it was closed, or nobody has read it for long). */
  writeStdin(key: ProcessKey, text: string): 'sent' | 'NO_FILE';
  /** Tells event listeners a REMOTE_COMMUNICATION. */
  remoteEvent(type: string, data: string): void;

  /** Opens the log at a path for reading; null: there is none, it is no file, or a link that is not to be trusted leads to it. */
  openLog(path: string): Promise<FileHandle | null>;
  /** The main log; null when it is not a file. */
  readonly mainLog: string | null;
  /** Removes and reopens the main log. false: the file cannot be removed. */
  clearMainLog(): Promise<boolean>;
  /** Removes and reopens both logs of a process. false: a file cannot be removed. */
  clearLogs(key: ProcessKey): Promise<boolean>;

  /** Begins the ordered shutdown; from then on `mood()` is `shutdown`. */
  shutdown(): void;
  /** Reads the configuration anew and begins to make it active. Returns what is wrong with it, and changes nothing then; else null. */
  restart(): string | null;
  /** Reads the configuration again; nothing is started or stopped for it. */
  reread(): Promise<Reread>;
  /** Makes a group of the configuration last read active. */
  addGroup(name: string): Promise<'added' | 'ALREADY_ADDED' | 'BAD_NAME'>;
  /** Makes active what was last read of a group, process by process. */
  updateGroup(name: string): Promise<GroupUpdate | 'BAD_NAME'>;
  /** Takes an active group whose processes are all stopped out. */
  removeGroup(name: string): Promise<'removed' | 'STILL_RUNNING' | 'BAD_NAME'>;

  /** What a handover would be; nothing is touched. */
  handoverPlan(key: ProcessKey, strategy: HandoverWish['strategy']): HandoverPlan;
  /**
   * Replaces current generations by next ones: by ascending priority, within a program the first slot as canary, until one fails. The
   * reports come when the former ones are gone (or kept, or take longer than their drain timeout), and nothing is left of what failed.
   */
  handover(keys: readonly ProcessKey[], wish: HandoverWish): Promise<readonly HandoverReport[]>;
  /** Gives a handover up that has not committed; the answer comes when nothing is left of the next generation. */
  abortHandover(key: ProcessKey): Promise<Answer>;
  /** Waits no longer for what drains: its stop signal now, SIGKILL if it has had that. */
  finishHandover(key: ProcessKey): Promise<Answer>;

  /** Everything that lives, by group and process in lexical order. */
  tree(): Promise<readonly TreeNode[]>;

  about(): About;
  /**
   * Has the version at a path checked (null: where this one was started from), and begins to make room for it. `NOT_ALLOWED`: a path may be
   * named only through a socket that nobody but its owner can open.
   */
  upgrade(to: string | null, part: UpgradePart): Promise<UpgradeAnswer | 'NOT_ALLOWED'>;

  /** A line for the main log. */
  log(level: LogLevel, text: string): void;
}

/** The log of a process's channel; empty where nothing is logged. */
export function logfileOf(info: ProcessInfo, channel: Channel): string {
  return channel === 'stdout' ? info.stdoutLogfile : info.stderrLogfile;
}
