import { closeSync, constants, openSync, readSync } from 'node:fs';
import { AnsiStripper } from './ansi.ts';
import type { CaptureTags } from './capture-tags.ts';
import { errorCode } from './error-code.ts';
import type { Sink } from './sink.ts';

/**
 * What a pump came to.
 * - `again`: there is more than one turn may take. Pump again after others had theirs, or rearm.
 * - `drained`: nothing more for now. Rearm.
 * - `end`: nobody has it open for writing any more. Close.
 * - `blocked`: the sink is full. Do not rearm; `onWritable` will call.
 */
export type Pumped = 'again' | 'drained' | 'end' | 'blocked';

export type OutputSettings = {
  /** Where the bytes go; null: nowhere. Not closed by the output. */
  readonly sink: Sink | null;
  readonly stripAnsi: boolean;
  /** Sees every piece of output that goes to the sink, in memory that is used again when it returns. */
  readonly tap: ((bytes: Buffer) => void) | null;
  /** Sees every piece as it was read, in the same memory. */
  readonly raw?: ((bytes: Buffer) => void) | null;
  /** Capture mode: what stands between the tags goes to `said` instead of the sink. */
  readonly capture?: { readonly tags: CaptureTags; readonly said: (bytes: Buffer) => void } | null;
  /** The sink that made a pump end `blocked` takes bytes again. */
  readonly onWritable: () => void;
};

/** A pipe holds 64 KiB unless somebody asked for more. */
const bufferSize = 64 * 1024;
/** Reads of one turn: a service that writes without end must not keep the others waiting. */
const readsPerTurn = 4;
/** What `finish` reads at most: the largest pipe an unprivileged process can make (/proc/sys/fs/pipe-max-size). */
const finishReads = (1024 * 1024) / bufferSize;

let shared: Buffer | null = null;

/** One buffer for all streams: nothing of it is kept when a pump returns. */
function sharedBuffer(): Buffer {
  shared ??= Buffer.allocUnsafeSlow(bufferSize);
  return shared;
}

/**
 * Opens the reading end of a pipe that init holds, for ourselves: nonblocking, and ours to close. Throws the system's error (ENOENT when
 * init has let go of it).
 */
export function openStream(init: number, fd: number): number {
  return openSync(`/proc/${init}/fd/${fd}`, constants.O_RDONLY | constants.O_NONBLOCK);
}

/**
 * The output of one generation on one stream, on its way into a log. Every piece is in the log before the next is read: a brain that is
 * killed has lost at most one read.
 */
export class Output {
  readonly #settings: OutputSettings;
  readonly #stripper: AnsiStripper | null;
  #ownedFd: number | null;
  /** Bytes that the last pump found. */
  #moved = 0;
  /** Asked the sink to call already. */
  #waiting = false;

  /** The output closes the descriptor. */
  constructor(ownedFd: number, settings: OutputSettings) {
    this.#ownedFd = ownedFd;
    this.#settings = settings;
    this.#stripper = settings.stripAnsi ? new AnsiStripper() : null;
  }

  /** How many bytes the last pump found in the pipe. */
  get moved(): number {
    return this.#moved;
  }

  /** Moves what there is from the pipe to the log. Never throws, never waits. */
  pump(): Pumped {
    return this.#pump(readsPerTurn);
  }

  /** The same with one read: who comes again soon need not be told that there is nothing more. */
  sip(): Pumped {
    return this.#pump(1);
  }

  #pump(reads: number): Pumped {
    this.#moved = 0;
    return this.#move(reads);
  }

  /** Takes what somebody else has read from the pipe, which is only borrowed. False: the sink is full, `onWritable` will call. */
  push(bytes: Buffer): boolean {
    const { sink } = this.#settings;
    if (this.#take(bytes) || sink === null) return true;
    this.#wait(sink);
    return false;
  }

  /**
   * The generation is empty: moves what is left and closes. False, and still open, when the sink is full: to be called again
   * at `onWritable`.
   */
  finish(): boolean {
    if (this.#move(finishReads) === 'blocked') return false;
    this.close();
    return true;
  }

  close(): void {
    if (this.#ownedFd === null) return;
    closeSync(this.#ownedFd);
    this.#ownedFd = null;
    const held = this.#stripper?.end();
    if (held !== undefined && held.length > 0) this.#deliver(held);
    const { capture } = this.#settings;
    capture?.tags.end({ plain: (bytes) => this.#log(bytes), said: capture.said });
  }

  #move(reads: number): Pumped {
    const { sink } = this.#settings;
    const buffer = sharedBuffer();
    for (let i = 0; i < reads; i++) {
      if (this.#ownedFd === null) return 'end';
      if (sink?.blocked === true) return this.#wait(sink);
      const count = readSome(this.#ownedFd, buffer);
      if (count <= 0) return count === 0 ? 'end' : 'drained';
      this.#moved += count;
      const taken = this.#take(buffer.subarray(0, count));
      if (!taken && sink !== null) return this.#wait(sink);
      // A short read has emptied the pipe; asking once more would only earn an EAGAIN, which costs more than the read.
      if (count < buffer.length) return 'drained';
    }
    return 'again';
  }

  /** A piece as it was read. False: the sink is full now. */
  #take(bytes: Buffer): boolean {
    const taken = this.#deliver(this.#stripper === null ? bytes : this.#stripper.strip(bytes));
    this.#settings.raw?.(bytes);
    return taken;
  }

  #deliver(bytes: Buffer): boolean {
    const { capture } = this.#settings;
    if (capture === undefined || capture === null) return this.#log(bytes);
    let taken = true;
    const plain = (piece: Buffer): void => {
      taken = this.#log(piece);
    };
    capture.tags.push(bytes, { plain, said: capture.said });
    return taken;
  }

  #log(bytes: Buffer): boolean {
    if (bytes.length === 0) return true;
    const taken = this.#settings.sink?.write(bytes) ?? true;
    this.#settings.tap?.(bytes);
    return taken;
  }

  #wait(sink: Sink): Pumped {
    if (this.#waiting) return 'blocked';
    this.#waiting = true;
    sink.whenWritable(() => {
      this.#waiting = false;
      if (this.#ownedFd !== null) this.#settings.onWritable();
    });
    return 'blocked';
  }
}

/** The bytes read; 0 at the end, -1 when there is nothing now. */
function readSome(fd: number, buffer: Buffer): number {
  // EAGAIN is no exception, but it is thrown: with a stack that nobody reads it would cost as much as many reads.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return readSync(fd, buffer);
  } catch (error) {
    return errorCode(error) === 'EAGAIN' ? -1 : 0;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
