import type { ProcessConfig } from '../config/config.ts';
import type { ProcessKey } from '../core/program.ts';
import { AwaitedStream } from '../os/awaited-stream.ts';
import { BothSinks } from '../os/both-sinks.ts';
import { CaptureTags } from '../os/capture-tags.ts';
import { now } from '../os/clock.ts';
import { EBUSY } from '../os/errno.ts';
import type { Loan } from '../os/loan.ts';
import type { LogFile } from '../os/log-file.ts';
import { Output, openStream, type Pumped } from '../os/output.ts';
import { ReadableText } from '../os/readable-text.ts';
import { SyslogSink } from '../os/syslog.ts';
import type { Daemon } from './daemon.ts';
import type { Role } from './generations.ts';
import type { Channel, Logs } from './process-logs.ts';

/** Whose output it is. */
export type Source = {
  readonly process: ProcessKey;
  readonly config: ProcessConfig | null;
  readonly logs: Logs;
  readonly role: Role;
};

/**
 * Who reads the stream: the brain; the logger, or one that was asked to; nobody, for the logger is to give it back.
 */
type Reader = 'brain' | 'asked' | 'logger' | 'returning';

/** One stream of a generation as init has it; poured: a logger reads it; raw: who sees every byte as it was read. */
type Stream = {
  readonly generation: number;
  /** Its main process. */
  readonly main: number;
  readonly channel: Channel;
  readonly fd: number;
  readonly poured: boolean;
  readonly raw: ((bytes: Buffer) => void) | null;
};

/** A stream that yields half a pipe or more in one look, in bytes, is a flood: init watches it instead of the pace, for waiting for the next tick would hold its writer up. */
const floodAtLeast = 32 * 1024;

/** Lines of a next generation that are kept for the report of a handover that comes to nothing. */
const keptLines = 20;

/** One stream of a generation on its way into the log, and the conversation with init about it: what is readable, what to watch again. */
export class Capture {
  readonly #daemon: Daemon;
  readonly #generation: number;
  readonly #channel: Channel;
  readonly #output: Output;
  /** Set where event listeners are told of every piece: the brain waits for the pipe itself, for asking init to watch it would cost more than the telling. */
  readonly #awaited: AwaitedStream | null;
  /** Nobody but its log needs what is in it, so that a logger can read it as well; null: somebody does. */
  readonly #file: LogFile | null;
  #reader: Reader;
  /** Where the logger writes it. */
  #loan: Loan | null = null;
  /** Wait until it is known who reads. */
  #waiting: (() => void)[] = [];
  /** When init was last asked to watch it, or would have been. */
  #watchedAt = Number.NEGATIVE_INFINITY;
  /** Nothing new will come: init is asked nothing any more. */
  #ending = false;

  readonly #tap: Tap | null;
  /** What event listeners are told of it; null: nothing. */
  readonly #text: ReadableText | null;
  readonly #source: Source;
  /** Its way to syslog; null: none was asked for. */
  readonly #lines: SyslogSink | null;
  /** Its main process. */
  readonly #main: number;

  /** Throws the system's error when init's pipe cannot be opened. */
  constructor(daemon: Daemon, source: Source, { generation, main, channel, fd, poured, raw }: Stream) {
    const stream = source.config?.[channel];
    // What a listener writes to stdout is its protocol, and no output.
    const isOutput = raw === null;
    this.#daemon = daemon;
    this.#source = source;
    this.#main = main;
    this.#generation = generation;
    this.#channel = channel;
    this.#text = isOutput && stream?.eventsEnabled === true ? new ReadableText() : null;
    const file = source.logs[channel];
    const toSyslog = isOutput && stream?.syslog === true;
    this.#lines = toSyslog ? new SyslogSink(daemon.syslog, `${source.config?.name ?? source.process} `) : null;
    const captures = isOutput && stream !== undefined && stream.captureMaxbytes > 0;
    const isPlain = isOutput && this.#text === null && this.#lines === null && !captures;
    this.#file = isPlain && !daemon.config.server.stripAnsi ? file : null;
    this.#reader = poured ? 'logger' : 'brain';
    this.#tap = tapOf(daemon, source, generation, channel);
    this.#output = new Output(openStream(daemon.init.pid, fd), {
      sink: file === null || this.#lines === null ? (file ?? this.#lines) : new BothSinks(file, this.#lines),
      stripAnsi: daemon.config.server.stripAnsi,
      tap: this.#told(),
      raw,
      capture: captures
        ? {
            tags: new CaptureTags(stream.captureMaxbytes),
            said: (bytes) => daemon.notices.said(source.process, main, channel, bytes),
          }
        : null,
      onWritable: () => (this.#ending ? this.end() : this.readable()),
    });
    const isPolled = raw !== null || this.#text !== null;
    this.#awaited = isPolled
      ? new AwaitedStream(openStream(daemon.init.pid, fd), {
          take: (bytes) => this.#output.push(bytes),
          end: () => this.readable(),
        })
      : null;
  }

  /** There is something to read, or the end. */
  readable(): void {
    if (this.#reader !== 'brain' || this.#pour()) return;
    if (this.#pump()) this.#watch();
  }

  /** A former brain had it: goes on with it. */
  resume(): void {
    if (this.#reader === 'logger' && !this.#pour()) this.#takeBack();
    this.readable();
  }

  /** It is known who reads it. */
  get settled(): boolean {
    return this.#reader !== 'asked';
  }

  /** Calls as soon as that is so. */
  whenSettled(call: () => void): void {
    if (this.settled) call();
    else this.#waiting.push(call);
  }

  /** Leaves it to a logger where that can be. What is in the pipe it reads as well: a brain that is killed loses nothing of it. */
  #pour(): boolean {
    if (this.#file === null || this.#ending || this.#tap?.hears() === true) return false;
    const loan = this.#file.lend();
    if (loan === null) return false;
    this.#reader = 'asked';
    this.#loan = loan;
    loan.borrow(this.#takeBack);
    void this.#daemon.loggers
      .pour({ generation: this.#generation, stream: this.#channel }, loan)
      .then((errno) => this.#poured(errno));
    return true;
  }

  #poured(errno: number): void {
    if (this.#reader === 'asked') this.#reader = errno === 0 ? 'logger' : 'brain';
    // Another logger reads it.
    if (errno === EBUSY) this.#takeBack();
    const waiting = this.#waiting;
    this.#waiting = [];
    if (this.#ending) {
      if (errno !== 0) this.#output.finish();
      this.#output.close();
    } else if (this.#reader === 'brain' && this.#pump()) this.#watch();
    for (const call of waiting) call();
  }

  /** The logger cannot go on with it, or must not. */
  readonly #takeBack = (): void => {
    this.#loan?.leave(this.#takeBack);
    this.#loan = null;
    this.#reader = 'returning';
    void this.#daemon.loggers.return({ generation: this.#generation, stream: this.#channel }).then(() => {
      this.#reader = 'brain';
      if (!this.#ending) this.readable();
    });
  };

  /** A look at a chatty stream: whether there will be another one. */
  readonly #look = (): boolean => {
    if (this.#pour()) return false;
    const pumped = this.#output.sip();
    if (pumped !== 'again' && !this.#carryOn(pumped)) return false;
    const { moved } = this.#output;
    if (moved > 0 && moved < floodAtLeast) return true;
    this.#rearm();
    return false;
  };

  /** Moves what is there. False: nothing has to be asked for now, something else will go on. */
  #pump(): boolean {
    return !this.#ending && this.#carryOn(this.#output.pump());
  }

  #carryOn(pumped: Pumped): boolean {
    switch (pumped) {
      case 'again':
        // The others have their turn first.
        setImmediate(() => this.readable());
        return false;
      case 'drained':
        return true;
      case 'end':
        this.#over();
        this.#output.close();
        this.#tellRest();
        this.#daemon.link.send({ type: 'close-stream', generation: this.#generation, stream: this.#channel });
        return false;
      case 'blocked':
        return false;
    }
  }

  /** A stream that was read a moment ago, and had little, is chatty: it is looked at in a moment, not at its next byte. */
  #watch(): void {
    if (this.#awaited !== null) return this.#awaited.resume();
    const { pace } = this.#daemon;
    const at = now();
    const isChatty = at - this.#watchedAt < pace.period && this.#output.moved < floodAtLeast;
    this.#watchedAt = at;
    if (isChatty) pace.add(this.#look);
    else this.#rearm();
  }

  #rearm(): void {
    this.#watchedAt = now();
    this.#daemon.link.send({ type: 'rearm', generation: this.#generation, stream: this.#channel });
  }

  #over(): void {
    this.#ending = true;
    this.#awaited?.close();
    this.#daemon.pace.remove(this.#look);
    this.#loan?.leave(this.#takeBack);
    this.#loan = null;
  }

  /** The generation is empty: what is left goes into the log, at once or as soon as that takes it. */
  end(): void {
    const byBrain = this.#reader === 'brain';
    this.#over();
    if (byBrain ? !this.#output.finish() : !this.settled) return;
    this.#output.close();
    this.#tellRest();
  }

  #told(): ((bytes: Buffer) => void) | null {
    const text = this.#text;
    const tap = this.#tap;
    if (text === null) return tap?.take ?? null;
    return (bytes) => {
      tap?.take(bytes);
      this.#tell(text.push(bytes));
    };
  }

  /** The stream is over: a character that never came to its end. */
  #tellRest(): void {
    this.#lines?.end();
    if (this.#text !== null) this.#tell(this.#text.end());
  }

  #tell(data: Buffer): void {
    this.#daemon.notices.logged(this.#source.process, this.#main, this.#channel, data);
  }
}

type Opened = {
  readonly generation: number;
  readonly main: number;
  readonly stdout: number;
  readonly stderr: number;
  readonly stdoutPoured?: boolean;
  readonly stderrPoured?: boolean;
};

/** The captures of a generation that init has just spawned or kept. Its descriptors are named as in docs/protocol.md; -1: none. */
export function openCaptures(
  daemon: Daemon,
  source: Source,
  { generation, main, stdout, stderr, stdoutPoured = false, stderrPoured = false }: Opened,
): Partial<Record<Channel, Capture>> {
  const captures: Partial<Record<Channel, Capture>> = {};
  const words = daemon.eventListeners.spawned(source.process, generation) ?? null;
  for (const [channel, fd, poured] of [
    ['stdout', stdout, stdoutPoured] as const,
    ['stderr', stderr, stderrPoured] as const,
  ]) {
    if (fd === -1) continue;
    try {
      const raw = channel === 'stdout' ? words : null;
      captures[channel] = new Capture(daemon, source, { generation, main, channel, fd, poured, raw });
    } catch (error) {
      daemon.mainLog.log('error', `cannot read ${channel} of '${source.process}': ${String(error)}`);
    }
  }
  return captures;
}

/** Supervisor copies the output of its processes to the main log at debug level. */
function logOutput(daemon: Daemon, { config, process }: Source, channel: Channel, bytes: Buffer): void {
  const name = config?.name ?? process;
  daemon.mainLog.log('debug', `'${name}' ${channel} output:\n${bytes.toString('utf8')}`);
}

/** Who sees output on its way, and whether there is somebody now. */
type Tap = { readonly take: (bytes: Buffer) => void; readonly hears: () => boolean };

/** Who else sees the output: the main log at debug level, who waits for the line that says it is ready, and of a next generation its report. */
function tapOf(daemon: Daemon, source: Source, generation: number, channel: Channel): Tap | null {
  const { process, config, role } = source;
  const debug = daemon.mainLog.has('debug');
  const ready = config?.ready;
  const pattern = ready?.kind === 'log' ? new RegExp(ready.pattern) : null;
  if (!debug && role === 'current' && pattern === null) return null;
  const isNext = (): boolean => daemon.hall.world.processes.get(process)?.next?.generation === generation;
  const isAwaited = (): boolean => pattern !== null && daemon.readiness.awaits(generation);
  const take = (bytes: Buffer): void => {
    if (debug) logOutput(daemon, source, channel, bytes);
    if (!isNext() && !isAwaited()) return;
    const lines = bytes.toString('utf8').split('\n').filter(Boolean);
    if (isNext()) {
      daemon.generations.keepOutput(process, [...daemon.generations.lastOutput(process), ...lines].slice(-keptLines));
    }
    const found = isAwaited() ? lines.find((line) => pattern?.test(line)) : undefined;
    if (found !== undefined) daemon.readiness.logged(generation, found);
  };
  return { take, hears: () => debug || isNext() || isAwaited() };
}
