import { closeSync, writeSync } from 'node:fs';
import { errorCode } from './error-code.ts';

/** How much a full target may leave behind in memory, in bytes: one read of a pipe. */
const keptAtMost = 64 * 1024;
/** Pauses between attempts at a full target, in ms; the longest bounds the wake-ups of one that is never read. */
const shortestPause = 1;
const longestPause = 250;

/**
 * A log target that is no file, and so can be full: a pipe, a terminal, a device, a socket; its descriptor is nonblocking. What did not go
 * is kept and tried again after a pause that grows: terminals and devices cannot all be waited for, and nothing ticks unless
 * something is full.
 */
export class StreamTarget {
  readonly #fd: number;
  readonly #owned: boolean;
  readonly #onLost: (count: number, error: unknown) => void;
  #rest: Buffer[] = [];
  #kept = 0;
  #timer: NodeJS.Timeout | null = null;
  #pause = shortestPause;
  #waiting: (() => void)[] = [];

  /** owned: the descriptor is closed with the target. onLost hears of what was kept and can never be written. */
  constructor(fd: number, owned: boolean, onLost: (count: number, error: unknown) => void) {
    this.#fd = fd;
    this.#owned = owned;
    this.#onLost = onLost;
  }

  get blocked(): boolean {
    return this.#kept > 0;
  }

  /** As Sink. Throws, and the bytes are lost, when the target is broken (its reader is gone) or keeps too much already. */
  write(bytes: Uint8Array): boolean {
    if (this.blocked) {
      if (this.#kept + bytes.length > keptAtMost) throw new Error('nobody reads it');
      this.#keep(bytes);
      return false;
    }
    const taken = this.#offer(bytes);
    if (taken === bytes.length) return true;
    this.#keep(bytes.subarray(taken));
    this.#retryLater();
    return false;
  }

  /** As Sink. Called at once when it is not blocked. */
  whenWritable(call: () => void): void {
    if (this.blocked) this.#waiting.push(call);
    else call();
  }

  /** Gives up what it still keeps. */
  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#kept = 0;
    this.#rest = [];
    if (this.#owned) closeSync(this.#fd);
    this.#release();
  }

  #keep(bytes: Uint8Array): void {
    this.#rest.push(Buffer.from(bytes));
    this.#kept += bytes.length;
  }

  /** How many bytes the target took. */
  #offer(bytes: Uint8Array): number {
    let taken = 0;
    while (taken < bytes.length) {
      try {
        taken += writeSync(this.#fd, bytes, taken);
      } catch (error) {
        if (errorCode(error) !== 'EAGAIN') throw error;
        break;
      }
    }
    return taken;
  }

  #retryLater(): void {
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#offerRest();
      if (this.blocked) this.#retryLater();
      else this.#release();
    }, this.#pause);
  }

  #offerRest(): void {
    const rest = Buffer.concat(this.#rest, this.#kept);
    let taken: number;
    try {
      taken = this.#offer(rest);
    } catch (error) {
      this.#onLost(this.#kept, error);
      taken = this.#kept;
    }
    this.#pause = taken > 0 ? shortestPause : Math.min(longestPause, this.#pause * 2);
    this.#kept -= taken;
    this.#rest = this.#kept === 0 ? [] : [rest.subarray(taken)];
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const call of waiting) call();
  }
}
