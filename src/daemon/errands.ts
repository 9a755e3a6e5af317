import type { ProcessConfig } from '../config/config.ts';
import type { LogLevel } from '../core/effects.ts';
import { exitText } from '../core/log-lines.ts';
import { SIGKILL } from '../core/signals.ts';
import { longestTimer } from '../os/clock.ts';
import { Output, openStream } from '../os/output.ts';
import { printable } from '../os/printable.ts';
import { ServiceStdin } from '../os/service-stdin.ts';
import type { BrainRequest, InitFrame, InitFrameOf, WireHand } from '../os/wire.ts';
import { directoryOf, resolveCommand } from './command.ts';
import type { Daemon } from './daemon.ts';
import { inheritanceOf } from './hand.ts';
import type { HeldSocket } from './held-sockets.ts';
import { identityToTake } from './identity.ts';
import { spawnFailure } from './spawn-failure.ts';
import { waitStatus } from './wait-status.ts';

/**
 * An errand: a short command that legato runs for a process (a check, a quiet step, a probe). init spawns it like a generation, below a
 * shim of its own, so that nothing of it is left; it has the user, the directory, the umask and the environment of the program.
 */
export type Errand = {
  readonly process: ProcessConfig;
  /** The key it is written under, for messages. */
  readonly purpose: string;
  readonly command: string;
  /** Milliseconds; then its whole tree gets SIGKILL. */
  readonly timeout: number;
  /** On top of the program's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** The held sockets that it is given as the program is. */
  readonly sockets?: readonly HeldSocket[];
  /** At which its output goes to the main log. */
  readonly level: LogLevel;
};

/** A command of legato's own, which runs as legato does. */
export type OwnErrand = {
  /** In the place of a process, and what it is for: for messages. */
  readonly name: string;
  readonly purpose: string;
  readonly path: string;
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Written to its stdin, which ends then. */
  readonly input: string;
  readonly timeout: number;
  readonly level: LogLevel;
};

/** What became of it, when nothing of it is left. output: its last lines. */
export type ErrandEnd = { readonly ok: boolean; readonly outcome: string; readonly output: readonly string[] };

type Spawn = Omit<
  Extract<BrainRequest, { type: 'spawn' }>,
  'type' | 'generation' | 'title' | 'stdin' | 'stdout' | 'stderr' | 'hand' | 'rlimits' | 'env'
>;

/** Either kind, ready to be spawned. */
type Job = Pick<OwnErrand, 'name' | 'purpose' | 'timeout' | 'level' | 'environment'> & {
  readonly input: string | null;
  readonly sockets: WireHand['sockets'];
  readonly spawn: Spawn;
  readonly failure: (frame: InitFrameOf<'spawn-failed'>) => string;
};

type Running = {
  readonly job: Job;
  stdin: ServiceStdin | null;
  readonly output: string[];
  readonly end: (end: ErrandEnd) => void;
  readonly timer: NodeJS.Timeout;
  stream: Output | null;
  /** Lines that went to the main log. */
  logged: number;
  rest: string;
  /** How its main process ended; null: it has not. */
  outcome: { readonly ok: boolean; readonly text: string } | null;
};

/** Keys of errands are above those of generations, which the core counts from 1. */
const firstKey = 0x8000_0000;

/** Lines kept for a report; lines of one errand in the main log; characters of a line. */
const [keptLines, loggedLines, longestLine] = [20, 200, 500] as const;

export class Errands {
  readonly #daemon: Daemon;
  readonly #running = new Map<number, Running>();
  #nextKey = firstKey;

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  /** Whether a key of init's is one of an errand. */
  static isErrand(key: number): boolean {
    return key >= firstKey;
  }

  /** A former brain's: nobody waits for it any more. */
  adopt({ generation, life }: InitFrameOf<'generation'>): void {
    this.#nextKey = Math.max(this.#nextKey, generation + 1);
    if (life === 'empty') this.#daemon.link.send({ type: 'release', generation });
    else this.#kill(generation);
  }

  /** Resolves when nothing of it is left; never rejects. The signal ends it before its time. */
  run(errand: Errand, signal?: AbortSignal): Promise<ErrandEnd> {
    const { process, command, purpose } = errand;
    const { spawnContext } = this.#daemon;
    const resolved = resolveCommand({ ...process, command }, spawnContext);
    if (!resolved.ok) return Promise.resolve({ ok: false, outcome: resolved.reason, output: [] });
    const { timeout, level } = errand;
    const inherited = inheritanceOf(process, errand.sockets ?? []);
    return this.#begin(
      {
        name: process.key,
        purpose,
        timeout,
        level,
        environment: {
          ...resolved.environment,
          ...inherited.environment,
          LEGATO_PROCESS: process.key,
          ...errand.environment,
        },
        sockets: inherited.sockets,
        input: null,
        spawn: {
          identity: identityToTake(process.identity),
          umask: process.umask ?? -1,
          cwd: directoryOf(process, spawnContext) ?? '',
          exe: resolved.path,
          argv: resolved.argv,
        },
        failure: ({ stage, errno }) => spawnFailure(process, command, stage, errno),
      },
      signal,
    );
  }

  /** The same, of legato's own. */
  runOwn(errand: OwnErrand): Promise<ErrandEnd> {
    const { path, argv } = errand;
    return this.#begin({
      ...errand,
      sockets: [],
      spawn: { identity: null, umask: -1, cwd: '', exe: path, argv },
      failure: ({ stage, errno }) => `cannot execute ${path}: errno ${errno} (${stage})`,
    });
  }

  /** Those of processes that are not over, as they are called in messages. */
  running(): string[] {
    return [...this.#running.values()].flatMap(({ job: { name, purpose, input } }) =>
      input === null ? [`${purpose} of ${name}`] : [],
    );
  }

  #begin(job: Job, signal?: AbortSignal): Promise<ErrandEnd> {
    const { spawnContext, link } = this.#daemon;
    const { name, purpose, timeout, environment } = job;
    const key = this.#nextKey++;
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => this.#end(key, `not done within ${timeout / 1000} s`),
        Math.min(timeout, longestTimer),
      );
      const end = (ended: ErrandEnd): void => {
        clearTimeout(timer);
        this.#running.get(key)?.stdin?.close();
        this.#running.delete(key);
        resolve(ended);
      };
      const running = { job, output: [], end, timer, stream: null, stdin: null, logged: 0, rest: '', outcome: null };
      this.#running.set(key, running);
      signal?.addEventListener('abort', () => this.#end(key, 'given up'), { once: true });
      try {
        link.send({
          ...job.spawn,
          type: 'spawn',
          generation: key,
          title: `${name} ${purpose}`,
          stdin: job.input === null ? 'null' : 'pipe',
          stdout: 'pipe',
          stderr: 'stdout',
          rlimits: spawnContext.limits,
          hand: { sockets: job.sockets, notify: '', line: null, channel: null, page: null },
          env: Object.entries(environment).map(([variable, value]) => `${variable}=${value}`),
        });
      } catch (error) {
        end({ ok: false, outcome: error instanceof Error ? error.message : String(error), output: [] });
      }
    });
  }

  /** What init says of an errand. */
  take(frame: InitFrame & { readonly generation: number }): void {
    const running = this.#running.get(frame.generation);
    if (frame.type === 'spawned') {
      if (running === undefined || running.outcome !== null) this.#kill(frame.generation);
      if (running !== undefined) this.#listen(running, frame);
      if (running !== undefined && running.job.input !== null) this.#feed(running, frame, running.job.input);
    } else if (frame.type === 'spawn-failed') {
      if (running === undefined) return;
      running.end({ ok: false, outcome: running.job.failure(frame), output: [] });
    } else if (frame.type === 'readable') {
      this.#read(frame.generation, running);
    } else if (frame.type === 'exited') {
      if (running !== undefined) running.outcome ??= endOf(frame);
      // What it leaves behind has no business of its own.
      this.#kill(frame.generation);
    } else if (frame.type === 'empty') {
      this.#daemon.link.send({ type: 'release', generation: frame.generation });
      if (running !== undefined) this.#finish(running);
    }
  }

  #end(key: number, why: string): void {
    const running = this.#running.get(key);
    if (running === undefined) return;
    running.outcome ??= { ok: false, text: why };
    this.#kill(key);
  }

  #kill(generation: number): void {
    this.#daemon.link.send({ type: 'signal', generation, whom: 'tree', signal: SIGKILL, cont: false });
  }

  #listen(running: Running, { generation, stdout }: InitFrameOf<'spawned'>): void {
    try {
      running.stream = new Output(openStream(this.#daemon.init.pid, stdout), {
        sink: null,
        stripAnsi: true,
        tap: (bytes) => this.#hear(running, bytes.toString('utf8')),
        onWritable: () => undefined,
      });
    } catch (error) {
      this.#daemon.mainLog.log('error', `cannot read the output of ${running.job.purpose}: ${String(error)}`);
    }
    this.#read(generation, running);
  }

  #feed(running: Running, { generation, stdin }: InitFrameOf<'spawned'>, input: string): void {
    try {
      running.stdin = new ServiceStdin(this.#daemon.init.pid, stdin, () => undefined);
      running.stdin.write(Buffer.from(input));
      running.stdin.finish();
    } catch {
      // It has closed it, or has ended: what it says or its end tells the rest.
    }
    this.#daemon.link.send({ type: 'close-stream', generation, stream: 'stdin' });
  }

  #read(generation: number, running: Running | undefined): void {
    if (running === undefined || running.stream === null) return;
    const pumped = running.stream.pump();
    if (pumped === 'again') setImmediate(() => this.#read(generation, running));
    else if (pumped === 'end') running.stream.close();
    else this.#daemon.link.send({ type: 'rearm', generation, stream: 'stdout' });
  }

  #hear(running: Running, text: string): void {
    const lines = `${running.rest}${text}`.split('\n');
    running.rest = (lines.pop() ?? '').slice(0, longestLine);
    for (const line of lines) this.#keep(running, line);
  }

  #keep(running: Running, text: string): void {
    const line = printable(text.trimEnd().slice(0, longestLine));
    if (line === '') return;
    running.output.push(line);
    if (running.output.length > keptLines) running.output.shift();
    running.logged += 1;
    const { name, purpose, level } = running.job;
    if (running.logged <= loggedLines) this.#daemon.mainLog.log(level, `'${name}' ${purpose}: ${line}`);
  }

  #finish(running: Running): void {
    running.stream?.finish();
    this.#keep(running, running.rest);
    const { name, purpose, level } = running.job;
    const { ok, text } = running.outcome ?? { ok: false, text: 'exit status unknown' };
    this.#daemon.mainLog.log(level, `'${name}' ${purpose}: ${text}`);
    running.end({ ok, outcome: text, output: running.output });
  }
}

function endOf({ status }: InitFrameOf<'exited'>): { readonly ok: boolean; readonly text: string } {
  return { ok: status === 0, text: exitText(waitStatus(status)) };
}
