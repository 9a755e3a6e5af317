import { resolve } from 'node:path';
import type { ProcessConfig, ServerConfig, StreamConfig } from '../config/config.ts';
import { isMarked } from '../config/marks.ts';
import type { TroubledLog } from '../control/contract.ts';
import type { ProcessKey } from '../core/program.ts';
import { createAutoLog } from '../os/auto-log.ts';
import type { LogFile } from '../os/log-file.ts';
import { LogFiles } from '../os/log-files.ts';
import type { Loggers } from '../os/loggers.ts';
import type { MainLog } from '../os/main-log.ts';

export type Channel = 'stdout' | 'stderr';

const channels = ['stdout', 'stderr'] as const;

/** Where the two streams of a generation go; null: nowhere. */
export type Logs = { readonly [C in Channel]: LogFile | null };

export const noLogs: Logs = { stdout: null, stderr: null };

/**
 * The logs of every active process, and of each of its generations: one that is spawned with other paths writes to its own, and what
 * clients are shown is that of the current one. A process's own are opened when they are first asked for: two hundred new files
 * would hold up the first process of a daemon. A log that nobody named (AUTO) is one file for all generations of a process.
 */
export class ProcessLogs {
  readonly #server: ServerConfig;
  readonly #mainLog: MainLog;
  readonly #files: LogFiles;
  readonly #made: (key: ProcessKey) => void;
  readonly #shown = new Map<ProcessKey, { readonly config: ProcessConfig; logs: Logs | null }>();
  readonly #auto = new Map<string, string>();

  /** made hears whose AUTO log has been made. */
  constructor(server: ServerConfig, mainLog: MainLog, loggers: Loggers, made: (key: ProcessKey) => void) {
    this.#made = made;
    this.#server = server;
    this.#mainLog = mainLog;
    this.#files = new LogFiles((text) => mainLog.log('warn', text), loggers);
  }

  /** What a generation with this configuration writes to; to be given back by `close`. */
  open(process: ProcessConfig): Logs {
    return {
      stdout: this.#open(process, 'stdout', process.stdout),
      stderr: process.redirectStderr ? null : this.#open(process, 'stderr', process.stderr),
    };
  }

  /** The paths of the files that a generation would write to, of those that were named. */
  pathsFor({ stdout, stderr, redirectStderr }: ProcessConfig): string[] {
    const targets = [stdout.target, ...(redirectStderr ? [] : [stderr.target])];
    return targets.flatMap((target) => (target.kind === 'file' ? [resolve(target.path)] : []));
  }

  close({ stdout, stderr }: Logs): void {
    for (const file of [stdout, stderr]) if (file !== null) this.#files.release(file);
  }

  /** Its logs are from now on those that clients are shown. */
  show(process: ProcessConfig): void {
    const former = this.#shown.get(process.key);
    if (former?.config === process) return;
    this.#shown.set(process.key, { config: process, logs: null });
    if (former === undefined || former.logs === null) return;
    // In this order, so that what both have is not closed in between.
    this.#logsOf(process.key);
    this.close(former.logs);
  }

  /** The same, for a running process: its files are rotated otherwise from now on. */
  amend(process: ProcessConfig): void {
    const logs = this.#logsOf(process.key);
    for (const channel of ['stdout', 'stderr'] as const) logs[channel]?.rotateAt(process[channel]);
    const shown = this.#shown.get(process.key);
    if (shown !== undefined) this.#shown.set(process.key, { config: process, logs: shown.logs });
  }

  /** Paths of AUTO logs, which only this knows, by channel. */
  autoOf(key: ProcessKey): Readonly<Record<string, string>> {
    return Object.fromEntries(
      channels.flatMap((channel) => {
        const path = this.#auto.get(autoKey(key, channel));
        return path === undefined ? [] : [[channel, path]];
      }),
    );
  }

  /** Goes on with those of a former brain. */
  recallAuto(key: ProcessKey, paths: Readonly<Record<string, string>>): void {
    for (const channel of channels) {
      const path = paths[channel];
      if (path !== undefined) this.#auto.set(autoKey(key, channel), path);
    }
  }

  /** The log of a channel; null: nothing is logged there. */
  get(key: ProcessKey, channel: Channel): LogFile | null {
    return this.#logsOf(key)[channel];
  }

  /** Its path; empty where nothing is logged. */
  path(key: ProcessKey, channel: Channel): string {
    return this.get(key, channel)?.path ?? '';
  }

  /** Its logs that have lost something. */
  troubled(key: ProcessKey): TroubledLog[] {
    return (['stdout', 'stderr'] as const).flatMap((channel) => {
      const file = this.get(key, channel);
      const trouble = file?.trouble ?? null;
      return file === null || trouble === null ? [] : [{ channel, path: file.path, ...trouble }];
    });
  }

  /** Empties both logs of a process. False when a file cannot be removed. */
  clear(key: ProcessKey): boolean {
    const logs = this.#logsOf(key);
    const cleared = [logs.stdout, logs.stderr].map((file) => file?.clear() ?? true);
    return cleared.every(Boolean);
  }

  remove(key: ProcessKey): void {
    this.close(this.#shown.get(key)?.logs ?? noLogs);
    this.#shown.delete(key);
    for (const channel of ['stdout', 'stderr'] as const) this.#auto.delete(autoKey(key, channel));
  }

  closeAll(): void {
    for (const key of this.#shown.keys()) this.remove(key);
  }

  reopen(): void {
    this.#files.reopenAll();
  }

  /** Opens those that nobody has asked for yet: a log is there before its program has said anything. */
  openAll(): void {
    for (const key of this.#shown.keys()) this.#logsOf(key);
  }

  /** The files that are open. */
  paths(): Set<string> {
    return this.#files.paths();
  }

  #logsOf(key: ProcessKey): Logs {
    const shown = this.#shown.get(key);
    if (shown === undefined) return noLogs;
    shown.logs ??= this.open(shown.config);
    return shown.logs;
  }

  #open({ key, name }: ProcessConfig, channel: Channel, stream: StreamConfig): LogFile | null {
    const { target, maxbytes, backups } = stream;
    if (target.kind === 'none') return null;
    // The log of a generation that is not there yet.
    if (target.kind === 'file' && isMarked(target.path)) return null;
    const path = target.kind === 'auto' ? this.#autoPath(key, name, channel) : resolve(target.path);
    return path === null ? null : this.#files.open({ path, maxbytes, backups, auto: target.kind === 'auto' });
  }

  /** null, and said, where childlogdir takes no file: the output is then read and dropped, so that the service does not block. */
  #autoPath(key: ProcessKey, name: string, channel: Channel): string | null {
    const known = this.#auto.get(autoKey(key, channel));
    if (known !== undefined) return known;
    const { childlogdir, identifier } = this.#server;
    try {
      const path = createAutoLog({ directory: childlogdir, process: name, channel, identifier });
      this.#auto.set(autoKey(key, channel), path);
      this.#made(key);
      return path;
    } catch (error) {
      this.#mainLog.log('error', `cannot make a log for ${channel} of '${name}' in ${childlogdir}: ${String(error)}`);
      return null;
    }
  }
}

const autoKey = (key: ProcessKey, channel: Channel): string => `${key} ${channel}`;
