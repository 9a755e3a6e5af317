import { writeFileSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import type {
  About,
  Channel,
  GroupUpdate,
  HandoverPlan,
  HandoverReport,
  HandoverWish,
  TreeNode,
  UpgradeAnswer,
} from '../../src/control/contract.ts';
import type {
  ConfigInfo,
  GroupInfo,
  Mood,
  ProcessInfo,
  Reread,
  StreamInfo,
  Supervisor,
} from '../../src/control/supervisor.ts';
import type { Answer, LogLevel } from '../../src/core/effects.ts';
import { isRunningState, type State } from '../../src/core/status.ts';

const info: ProcessInfo = {
  group: '',
  name: '',
  state: 'STOPPED',
  description: 'Not started',
  start: 0,
  stop: 0,
  now: 1_800_000_000,
  spawnerr: '',
  exitstatus: 0,
  stdoutLogfile: '',
  stderrLogfile: '',
  pid: 0,
  remains: false,
};

const stream: StreamInfo = {
  logfile: 'auto',
  logfileMaxbytes: 52_428_800,
  logfileBackups: 10,
  captureMaxbytes: 0,
  eventsEnabled: false,
  syslog: false,
};

/** A daemon without processes: what is asked of it happens at once, in fields that a test may set and look at. */
export class FakeSupervisor implements Supervisor {
  readonly version = '4.2.5';
  readonly identifier = 'fake';
  readonly pid = 4711;
  mainLog: string | null = null;
  reading: Reread = { ok: true, added: [], changed: [], removed: [] };
  trees: readonly TreeNode[] = [];
  /** Answers of start, stop, and the abort and finish of a handover other than `ok`, by key. */
  readonly answers = new Map<string, Answer>();
  readonly obstacles = new Map<string, { fault: 'NO_FILE' | 'NOT_EXECUTABLE'; text: string }>();
  /** What was asked for, in order. */
  readonly asked: string[] = [];
  readonly logged: string[] = [];
  signalErrno = 0;
  canClear = true;
  stdinIsOpen = true;
  /** What handovers come to, by key; those that are not here succeed. */
  readonly reports = new Map<string, HandoverReport>();
  readonly #processes = new Map<string, ProcessInfo>();
  readonly #priorities = new Map<string, number>();
  #mood: Mood = 'running';

  /** Adds a process, in the order of starting. */
  add(key: string, state: State, fields: Partial<ProcessInfo> = {}, priority = 999): this {
    const [group = '', name = ''] = key.split(':', 2);
    const up = state === 'RUNNING' ? { pid: 100 + this.#processes.size, description: 'pid 1, uptime 0:00:02' } : {};
    this.#processes.set(key, { ...info, group, name, state, ...up, ...fields });
    this.#priorities.set(group, priority);
    return this;
  }

  mood(): Mood {
    return this.#mood;
  }

  groups(): readonly GroupInfo[] {
    const names = [...new Set([...this.#processes.values()].map(({ group }) => group))];
    return names
      .map((name) => ({
        name,
        priority: this.#priorities.get(name) ?? 999,
        processes: [...this.#processes.keys()].filter((key) => key.startsWith(`${name}:`)),
      }))
      .sort((a, b) => a.priority - b.priority);
  }

  process(key: string): ProcessInfo | undefined {
    return this.#processes.get(key);
  }

  configs(): readonly ConfigInfo[] {
    return [...this.#processes.values()].map(({ group, name }) => ({
      group,
      groupPriority: this.#priorities.get(group) ?? 999,
      name,
      priority: 999,
      inuse: true,
      autostart: true,
      autorestart: 'unexpected',
      command: '/bin/sleep 1',
      directory: null,
      uid: null,
      exitcodes: [0],
      startsecs: 1,
      startretries: 3,
      stopsignal: 15,
      stopwaitsecs: 10,
      killasgroup: false,
      redirectStderr: false,
      stdout: stream,
      stderr: { ...stream, logfile: 'none' },
      serverurl: null,
    }));
  }

  startObstacle(key: string): { fault: 'NO_FILE' | 'NOT_EXECUTABLE'; text: string } | null {
    return this.obstacles.get(key) ?? null;
  }

  start(key: string): Promise<Answer> {
    this.asked.push(`start ${key}`);
    return this.#become(key, 'RUNNING', 100);
  }

  stop(key: string): Promise<Answer> {
    this.asked.push(`stop ${key}`);
    return this.#become(key, 'STOPPED', 0);
  }

  signal(key: string, signal: number): Promise<{ errno: number }> {
    this.asked.push(`signal ${key} ${signal}`);
    return Promise.resolve({ errno: this.signalErrno });
  }

  writeStdin(key: string, text: string): 'sent' | 'NO_FILE' {
    this.asked.push(`stdin ${key} ${text}`);
    return this.stdinIsOpen ? 'sent' : 'NO_FILE';
  }

  remoteEvent(type: string, data: string): void {
    this.asked.push(`remote ${type} ${data}`);
  }

  signalActor(key: string, signal: number): Promise<{ errno: number }> {
    this.asked.push(`signal actor of ${key} ${signal}`);
    return Promise.resolve({ errno: this.signalErrno });
  }

  clearMainLog(): Promise<boolean> {
    if (this.canClear && this.mainLog !== null) writeFileSync(this.mainLog, '');
    return Promise.resolve(this.canClear);
  }

  clearLogs(key: string): Promise<boolean> {
    this.asked.push(`clear ${key}`);
    return Promise.resolve(this.canClear);
  }

  shutdown(): void {
    this.#mood = 'shutdown';
  }

  restart(): string | null {
    if (!this.reading.ok) return this.reading.error;
    this.#mood = 'restarting';
    return null;
  }

  reread(): Promise<Reread> {
    return Promise.resolve(this.reading);
  }

  addGroup(name: string): Promise<'added' | 'ALREADY_ADDED' | 'BAD_NAME'> {
    if (this.#priorities.has(name)) return Promise.resolve('ALREADY_ADDED');
    if (!this.reading.ok || !this.reading.added.includes(name)) return Promise.resolve('BAD_NAME');
    this.add(`${name}:${name}`, 'STOPPED');
    return Promise.resolve('added');
  }

  removeGroup(name: string): Promise<'removed' | 'STILL_RUNNING' | 'BAD_NAME'> {
    const members = [...this.#processes].filter(([, process]) => process.group === name);
    if (members.length === 0) return Promise.resolve('BAD_NAME');
    if (members.some(([, process]) => isRunningState(process.state))) return Promise.resolve('STILL_RUNNING');
    for (const [key] of members) this.#processes.delete(key);
    this.#priorities.delete(name);
    return Promise.resolve('removed');
  }

  handoverPlan(name: string): HandoverPlan {
    return {
      name,
      strategy: 'overlap',
      reason: 'it has listen=',
      readiness: 'notify',
      sockets: ['tcp://127.0.0.1:80 (fds)'],
      warnings: ['w'],
    };
  }

  updateGroup(name: string): Promise<GroupUpdate | 'BAD_NAME'> {
    this.asked.push(`update ${name}`);
    if (!this.#priorities.has(name)) return Promise.resolve('BAD_NAME');
    return Promise.resolve({ processes: [{ name, change: 'handed over' }], handovers: [...this.reports.values()] });
  }

  handover(names: readonly string[], { timeout, strategy }: HandoverWish): Promise<readonly HandoverReport[]> {
    return Promise.resolve(names.map((name) => this.#handOver(name, timeout, strategy)));
  }

  #handOver(name: string, timeout: number | null, strategy: HandoverWish['strategy']): HandoverReport {
    this.asked.push(`handover ${name} ${timeout}${strategy === null ? '' : ` ${strategy}`}`);
    const steps = [{ step: 'committed', generation: 2, at: 12, detail: 'd' }];
    const done: HandoverReport = {
      name,
      ok: true,
      strategy: 'overlap',
      stage: '',
      reason: '',
      from: 1,
      to: 2,
      steps,
      pause: 0,
      output: [],
      serves: 2,
      configuration: 'as read',
      remains: [],
      says: [],
      warnings: [],
    };
    return this.reports.get(name) ?? done;
  }

  finishHandover(name: string): Promise<Answer> {
    this.asked.push(`finish ${name}`);
    return Promise.resolve(this.answers.get(name) ?? { ok: true });
  }

  abortHandover(name: string): Promise<Answer> {
    this.asked.push(`abort ${name}`);
    return Promise.resolve(this.answers.get(name) ?? { ok: true });
  }

  tree(): Promise<readonly TreeNode[]> {
    return Promise.resolve(this.trees);
  }

  about(): About {
    return {
      version: '1.0.0',
      path: '/opt/legato',
      link: 6,
      brain: this.pid + this.upgrades,
      init: this.pid,
      initPath: '/opt/legato/bin/legato-init',
      upgrade: { state: this.upgrades > 0 ? 'done' : 'none', reason: '' },
    };
  }

  upgrades = 0;

  upgrade(to: string | null): Promise<UpgradeAnswer | 'NOT_ALLOWED'> {
    if (to === '/shared') return Promise.resolve('NOT_ALLOWED');
    if (to === '/none') {
      return Promise.resolve({ ok: false, reason: 'no legato is installed at /none', output: ['a line'] });
    }
    this.upgrades += 1;
    const from = { version: '1.0.0', path: '/opt/legato' };
    return Promise.resolve({ ok: true, from, to: { ...from, path: to ?? from.path }, brain: this.pid, notes: [] });
  }

  log(level: LogLevel, text: string): void {
    this.logged.push(`${level} ${text}`);
  }

  async openLog(path: string): Promise<FileHandle | null> {
    return (await stat(path).catch(() => null))?.isFile() === true ? open(path, 'r') : null;
  }

  /** Gives a process a log. */
  logTo(key: string, channel: Channel, path: string): void {
    const process = this.#processes.get(key);
    if (process === undefined) throw new Error(`no process ${key}`);
    this.#processes.set(key, { ...process, [channel === 'stdout' ? 'stdoutLogfile' : 'stderrLogfile']: path });
  }

  /** In a later turn of the event loop, as the real ones are. */
  async #become(key: string, state: State, pid: number): Promise<Answer> {
    await new Promise(setImmediate);
    const process = this.#processes.get(key);
    const answer = this.answers.get(key) ?? { ok: true };
    if (process !== undefined && answer.ok) {
      const description = state === 'RUNNING' ? 'pid 1, uptime 0:00:00' : 'Nov 23 06:56 PM';
      this.#processes.set(key, { ...process, state, pid, description, start: 1, remains: false });
    }
    return answer;
  }
}
