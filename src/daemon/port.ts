import type { FileHandle } from 'node:fs/promises';
import type { GroupConfig, ProcessConfig, StreamConfig } from '../config/config.ts';
import { forGeneration } from '../config/generation-name.ts';
import { asWritten } from '../config/marks.ts';
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
} from '../control/contract.ts';
import type {
  ConfigInfo,
  GroupInfo,
  Mood,
  ProcessInfo,
  Reread,
  StreamInfo,
  Supervisor,
} from '../control/supervisor.ts';
import type { Answer, LogLevel } from '../core/effects.ts';
import type { ProcessKey } from '../core/program.ts';
import { now, unixSeconds } from '../os/clock.ts';
import { readNamedFile } from '../os/named-file.ts';
import { supervisorVersion } from './answer.ts';
import { resolveCommand } from './command.ts';
import type { Daemon } from './daemon.ts';
import { description } from './description.ts';
import { discreet } from './discretion.ts';
import { rollOut } from './rollouts.ts';
import { signalActor, signalProcess } from './signal-process.ts';
import { tree } from './tree.ts';
import { upcoming } from './upcoming.ts';

/** The daemon as the control room sees it. */
export class Port implements Supervisor {
  readonly version: string = supervisorVersion;
  readonly #daemon: Daemon;
  /** Who speaks through it may know what the daemon knows. */
  readonly #forOwner: boolean;

  constructor(daemon: Daemon, forOwner: boolean) {
    this.#daemon = daemon;
    this.#forOwner = forOwner;
  }

  get identifier(): string {
    return this.#daemon.config.server.identifier;
  }

  get pid(): number {
    return this.#daemon.init.pid;
  }

  get mainLog(): string | null {
    return this.#daemon.mainLogFile?.path ?? null;
  }

  mood(): Mood {
    return this.#daemon.hall.world.mood === 'stopping' ? 'shutdown' : 'running';
  }

  groups(): readonly GroupInfo[] {
    const { services } = this.#daemon;
    return services
      .groups()
      .toSorted(byPriority)
      .map(({ name, priority, processes }) => ({
        name,
        priority,
        processes: [...processes, ...services.leaving(name)].toSorted(byPriority).map(({ key }) => key),
      }));
  }

  process(key: ProcessKey): ProcessInfo | undefined {
    const process = this.#daemon.hall.world.processes.get(key);
    if (process === undefined) return undefined;
    const at = unixSeconds(now());
    const start = process.startedAt === null ? 0 : unixSeconds(process.startedAt);
    const stop = process.stoppedAt === null ? 0 : unixSeconds(process.stoppedAt);
    const { exitStatus } = process;
    const failed = process.state === 'BACKOFF' || process.state === 'FATAL';
    return {
      group: process.spec.group,
      name: process.spec.name,
      state: process.state,
      description: description(process, start, stop, at),
      start,
      stop,
      now: at,
      spawnerr: process.spawnError,
      // Supervisor forgets the status of a start that failed.
      exitstatus: exitStatus === null || failed ? 0 : (exitStatus.code ?? -1),
      stdoutLogfile: this.#daemon.logs.path(key, 'stdout'),
      stderrLogfile: this.#daemon.logs.path(key, 'stderr'),
      pid: process.pid,
      remains: process.remains,
    };
  }

  configs(): readonly ConfigInfo[] {
    const { services, reload, logs } = this.#daemon;
    return reload.wanted.groups.flatMap((group) => {
      const inuse = services.group(group.name) !== undefined;
      return group.processes.map((process) =>
        configInfo(group, process, inuse, (channel) => (inuse ? logs.path(process.key, channel) : '')),
      );
    });
  }

  startObstacle(key: ProcessKey): { fault: 'NO_FILE' | 'NOT_EXECUTABLE'; text: string } | null {
    const { services, spawnContext } = this.#daemon;
    const process = services.process(key);
    if (process === undefined) return null;
    const command = resolveCommand(forGeneration(process, upcoming(this.#daemon, key)), spawnContext);
    return command.ok ? null : { fault: command.fault, text: command.reason };
  }

  start(key: ProcessKey): Promise<Answer> {
    return this.#daemon.start(key);
  }

  stop(key: ProcessKey): Promise<Answer> {
    return this.#daemon.stop(key);
  }

  handoverPlan(key: ProcessKey, strategy: HandoverWish['strategy']): HandoverPlan {
    return this.#daemon.handovers.plan(key, strategy);
  }

  handover(keys: readonly ProcessKey[], wish: HandoverWish): Promise<readonly HandoverReport[]> {
    const { services } = this.#daemon;
    const slots = keys.flatMap((key) => {
      const config = services.process(key);
      // Meanwhile it may be changed, or removed.
      return config === undefined ? [] : [{ key, config, inTurn: () => services.process(key) ?? null }];
    });
    return rollOut(this.#daemon, slots, { ...wish, until: 'finished', restarts: false });
  }

  abortHandover(key: ProcessKey): Promise<Answer> {
    return this.#daemon.abort(key);
  }

  finishHandover(key: ProcessKey): Promise<Answer> {
    return this.#daemon.finish(key);
  }

  signal(key: ProcessKey, signal: number): Promise<{ errno: number }> {
    return signalProcess(this.#daemon, key, signal);
  }

  writeStdin(key: ProcessKey, text: string): 'sent' | 'NO_FILE' {
    const { hall, generations, stdins } = this.#daemon;
    const generation = generations.get(hall.world.processes.get(key)?.generation ?? 0);
    if (generation === undefined) return 'NO_FILE';
    return stdins.write(generation.key, generation.stdin, Buffer.from(text)) === 'taken' ? 'sent' : 'NO_FILE';
  }

  remoteEvent(type: string, data: string): void {
    this.#daemon.notices.remote(type, data);
  }

  signalActor(key: ProcessKey, signal: number): Promise<{ errno: number }> {
    return signalActor(this.#daemon, key, signal);
  }

  openLog(path: string): Promise<FileHandle | null> {
    return readNamedFile(path);
  }

  clearMainLog(): Promise<boolean> {
    return Promise.resolve(this.#daemon.mainLogFile?.clear() ?? false);
  }

  clearLogs(key: ProcessKey): Promise<boolean> {
    return Promise.resolve(this.#daemon.logs.clear(key));
  }

  shutdown(): void {
    this.#daemon.ending.begin();
  }

  restart(): string | null {
    const wrong = this.#daemon.reload.run();
    return wrong === null || this.#forOwner ? wrong : discreet(wrong);
  }

  reread(): Promise<Reread> {
    const reread = this.#daemon.reload.reread();
    if (reread.ok || this.#forOwner) return Promise.resolve(reread);
    this.#daemon.mainLog.log('error', `cannot read the configuration again: ${reread.error}`);
    return Promise.resolve({ ok: false, error: discreet(reread.error) });
  }

  addGroup(name: string): Promise<'added' | 'ALREADY_ADDED' | 'BAD_NAME'> {
    return Promise.resolve(this.#daemon.reload.add(name));
  }

  updateGroup(name: string): Promise<GroupUpdate | 'BAD_NAME'> {
    return this.#daemon.reload.update(name);
  }

  removeGroup(name: string): Promise<'removed' | 'STILL_RUNNING' | 'BAD_NAME'> {
    return Promise.resolve(this.#daemon.reload.remove(name));
  }

  tree(): Promise<readonly TreeNode[]> {
    return tree(this.#daemon);
  }

  about(): About {
    return this.#daemon.upgrade.about();
  }

  upgrade(to: string | null, part: UpgradePart): Promise<UpgradeAnswer | 'NOT_ALLOWED'> {
    if (to !== null && !this.#forOwner) return Promise.resolve('NOT_ALLOWED');
    return this.#daemon.upgrade.begin(to, part);
  }

  log(level: LogLevel, text: string): void {
    this.#daemon.mainLog.log(level, text);
  }
}

/** As Supervisor sorts groups, and processes within one; what is equal keeps its order. */
function byPriority(a: { readonly priority: number }, b: { readonly priority: number }): number {
  return a.priority - b.priority;
}

function configInfo(
  group: GroupConfig,
  process: ProcessConfig,
  inuse: boolean,
  path: (channel: Channel) => string,
): ConfigInfo {
  return {
    group: group.name,
    groupPriority: group.priority,
    name: process.name,
    priority: process.priority,
    inuse,
    autostart: process.autostart,
    autorestart: process.autorestart,
    command: asWritten(process.command),
    directory: process.directory === null ? null : asWritten(process.directory),
    uid: process.identity?.uid ?? null,
    exitcodes: process.exitcodes,
    startsecs: process.startsecs,
    startretries: process.startretries,
    stopsignal: process.stopsignal,
    stopwaitsecs: process.stopwaitsecs,
    killasgroup: process.killasgroup,
    redirectStderr: process.redirectStderr,
    stdout: streamInfo(process.stdout, path('stdout')),
    stderr: streamInfo(process.stderr, path('stderr')),
    serverurl: process.serverurl,
  };
}

/** As it is configured: an empty `stdout_logfile=` is empty, and not `none`. */
function logfileOf(target: StreamConfig['target'], path: string): string {
  if (target.kind === 'file') return asWritten(target.path);
  if (target.kind === 'auto') return path || 'auto';
  return target.path ?? 'none';
}

/** @param path the one that an AUTO log has got; empty for none */
function streamInfo(stream: StreamConfig, path: string): StreamInfo {
  const { target } = stream;
  return {
    logfile: logfileOf(target, path),
    logfileMaxbytes: stream.maxbytes,
    logfileBackups: stream.backups,
    captureMaxbytes: stream.captureMaxbytes,
    eventsEnabled: stream.eventsEnabled,
    syslog: stream.syslog,
  };
}
