import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { now } from './clock.ts';
import { errorCode } from './error-code.ts';
import { descriptorNamedBy, makeNonblocking } from './inherited-descriptor.ts';
import type { Loan } from './loan.ts';
import type { Loggers } from './loggers.ts';
import { openNamed } from './named-file.ts';
import { nextPiece, shiftBackups } from './rotation.ts';
import type { OnTrouble, Sink } from './sink.ts';
import { StreamTarget } from './stream-target.ts';

/** How one log is kept. */
export type LogFileSettings = {
  readonly path: string;
  /** Bytes a file may have before it is rotated; 0: it is not. What is no file is never rotated. */
  readonly maxbytes: number;
  /** How many old files `.1 … .N` are kept; 0: the file is emptied in place. */
  readonly backups: number;
  /** An AUTO log: only its owner reads it (0600), and a symbolic link in its place is not followed. */
  readonly auto?: boolean;
};

/** What is wrong with a log. */
export type LogTrouble = { readonly lost: number; readonly reason: string };

/** Between two attempts to open what could not be opened, in ms. */
const openAgainAfter = 1000;

const { O_APPEND, O_CREAT, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/**
 * A log at a path: a file that is rotated, or what else may be there (`/dev/stdout`, a FIFO). It owns its descriptor. Trouble (no directory,
 * no room) never reaches supervision: what cannot be written is lost and counted, and said when it begins and when it ends.
 */
export class LogFile implements Sink {
  #settings: LogFileSettings;
  readonly #onTrouble: OnTrouble;
  readonly #loggers: Loggers | null;
  /** What a logger has of it; null: only the brain writes. */
  #loan: Loan | null = null;
  /** Not null: a regular file of ours. */
  #fd: number | null = null;
  /** It is a file that stdout was redirected to: its offset is shared with whoever else writes there, and it is not ours to close. */
  #borrowed = false;
  /** Not null: something that is no file. */
  #target: StreamTarget | null = null;
  #size = 0;
  /** After a rotation that failed: the size from which to try again. */
  #rotateFrom = 0;
  #openAfter = 0;
  /** Bytes lost since the trouble began; null: there is none. */
  #lost: number | null = null;
  /** Why that is so; empty: there is no trouble. */
  #reason = '';
  /** Bytes lost in former troubles. */
  #lostBefore = 0;
  #closed = false;

  /** loggers: who may write there beside the brain. */
  constructor(settings: LogFileSettings, onTrouble: OnTrouble, loggers: Loggers | null = null) {
    this.#settings = settings;
    this.#onTrouble = onTrouble;
    this.#loggers = loggers;
    this.#open();
  }

  get path(): string {
    return this.#settings.path;
  }

  /** From now on it is rotated at this size, with so many old files. */
  rotateAt({ maxbytes, backups }: Pick<LogFileSettings, 'maxbytes' | 'backups'>): void {
    this.#settings = { ...this.#settings, maxbytes, backups };
    this.#give();
  }

  /** Bytes lost since it was opened, and why writing does not work now (empty: it does). null: nothing ever was wrong. */
  get trouble(): LogTrouble | null {
    const lost = this.#lostBefore + (this.#lost ?? 0);
    return lost === 0 && this.#lost === null ? null : { lost, reason: this.#reason };
  }

  get blocked(): boolean {
    return this.#target?.blocked ?? false;
  }

  /** A logger may write into it from now on; null: it is no file that one could, or not now. */
  lend(): Loan | null {
    this.#openAgain();
    if (this.#loggers === null || this.#fd === null || this.#borrowed) return null;
    if (this.#loan !== null) return this.#loan;
    // That it works again shows with what the brain writes.
    if (this.#lost !== null) return null;
    this.#loan = this.#loggers.open(this.#fd, {
      full: () => this.#filled(),
      trouble: (errno, lost) => this.#loggerTroubled(errno, lost),
      ended: () => this.#endLoan(),
    });
    this.#give();
    return this.#loan;
  }

  write(bytes: Uint8Array): boolean {
    this.#openAgain();
    if (this.#target !== null) return this.#writeToTarget(this.#target, bytes);
    const written = this.#fd === null ? 0 : this.#writeToFile(bytes);
    if (written < bytes.length) this.#lose(bytes.length - written, null);
    else if (this.#lost !== null) this.#recovered();
    return true;
  }

  whenWritable(call: () => void): void {
    if (this.#target === null) call();
    else this.#target.whenWritable(call);
  }

  reopen(): void {
    if (this.#closed || this.#isInPlace()) return;
    this.#shut();
    this.#open();
  }

  clear(): boolean {
    if (this.#target !== null || this.#borrowed) return true;
    try {
      // A logger writes on into the file that it has: what comes from now on must stay.
      if (this.#loan !== null && this.#fd !== null && this.#isInPlace()) {
        this.#empty(this.#fd);
        return true;
      }
      unlinkSync(this.path);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') return false;
    }
    this.#shut();
    this.#open();
    return true;
  }

  /** Closes what it owns. Later writes are lost. */
  close(): void {
    this.#closed = true;
    this.#endLoan();
    this.#shut();
  }

  #writeToTarget(target: StreamTarget, bytes: Uint8Array): boolean {
    try {
      const all = target.write(bytes);
      if (this.#lost !== null) this.#recovered();
      return all;
    } catch (error) {
      this.#lose(bytes.length, error);
      return !target.blocked;
    }
  }

  /** How many bytes were written. */
  #writeToFile(bytes: Uint8Array): number {
    const { maxbytes } = this.#settings;
    let at = 0;
    if (this.#loan !== null && this.#fd !== null) this.#size = fstatSync(this.#fd).size;
    while (at < bytes.length && this.#fd !== null) {
      const limit = this.#limit();
      const whole = limit === 0 || this.#size + bytes.length - at < limit;
      const { end, rotate } = whole
        ? { end: bytes.length, rotate: false }
        : nextPiece(bytes, at, { size: this.#size, atLineStart: isAtLineStart(this.#fd, this.#size) }, maxbytes);
      at += this.#append(this.#fd, bytes, at, end);
      if (at < end) return at;
      if (rotate) this.#rotate(this.#fd);
    }
    return at;
  }

  #append(fd: number, bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    try {
      while (at < end) at += writeSync(fd, bytes, at, end - at);
    } catch (error) {
      this.#lose(0, error);
    }
    this.#size += at - start;
    return at - start;
  }

  #rotate(fd: number): void {
    const { backups, maxbytes } = this.#settings;
    try {
      const size = fstatSync(fd).size;
      if (!this.#isInPlace()) this.reopen();
      // Somebody has emptied it: there is room again.
      else if (size < this.#size) this.#size = size;
      else if (backups > 0) {
        shiftBackups(this.path, backups);
        this.#shut();
        this.#open();
      } else {
        this.#empty(fd);
      }
    } catch (error) {
      this.#rotateFrom = this.#size + maxbytes;
      this.#onTrouble(`cannot rotate ${this.path}: ${errorCode(error)}; it goes on growing`);
      this.#give();
    }
  }

  #empty(fd: number): void {
    ftruncateSync(fd);
    this.#size = 0;
    this.#rotateFrom = 0;
    this.#give();
  }

  /** The logger has filled the file. */
  #filled(): void {
    if (this.#fd === null || this.#loan === null) return;
    const { turn, limit } = this.#loan;
    this.#size = fstatSync(this.#fd).size;
    if (limit === this.#limit()) this.#rotate(this.#fd);
    // Whatever came of it: who is told nothing waits.
    if (this.#loan?.turn === turn) this.#give();
  }

  /** Bytes at which the logger asks; 0: never. */
  #limit(): number {
    const { maxbytes } = this.#settings;
    return maxbytes <= 0 ? 0 : Math.max(maxbytes, this.#rotateFrom);
  }

  #give(): void {
    if (this.#loan === null || this.#fd === null) return;
    this.#loggers?.give(this.#loan, this.#fd, this.#limit());
  }

  #endLoan(): void {
    const loan = this.#loan;
    this.#loan = null;
    if (loan !== null) this.#loggers?.close(loan);
  }

  #loggerTroubled(errno: number, lost: number): void {
    if (errno === 0 && this.#lost === null) return;
    if (errno !== 0) this.#lose(0, new Error(getSystemErrorName(-errno)));
    this.#lost = lost;
    if (errno === 0) this.#recovered();
  }

  #openAgain(): void {
    if (this.#fd === null && this.#target === null && !this.#closed && now() >= this.#openAfter) this.#open();
  }

  /** What is open is what the path names. */
  #isInPlace(): boolean {
    if (this.#target !== null) return true;
    if (this.#fd === null) return false;
    const named = statOf(this.path);
    const open = fstatSync(this.#fd);
    return named !== null && named.ino === open.ino && named.dev === open.dev;
  }

  #open(): void {
    const { path, auto } = this.#settings;
    const inherited = descriptorNamedBy(path);
    this.#openAfter = now() + openAgainAfter;
    try {
      if (inherited !== null && fstatSync(inherited).isFile()) {
        this.#borrowed = true;
        this.#adopt(inherited);
        return;
      }
      // Opened anew, even /dev/stdout: O_NONBLOCK then is our own affair, not that of all who share the descriptor.
      const flags =
        O_WRONLY |
        O_APPEND |
        O_NONBLOCK |
        O_NOCTTY |
        (inherited === null ? O_CREAT : 0) |
        (auto === true ? O_NOFOLLOW : 0);
      // By its number: what /dev/stderr leads to is the brain's own, which is kept for its last words.
      if (inherited !== null) this.#adopt(openSync(`/proc/self/fd/${inherited}`, flags));
      else this.#adopt(auto === true ? openSync(path, flags, 0o600) : openNamed(path, flags, 0o666));
    } catch (error) {
      if (inherited === null) {
        this.#lose(0, error);
        this.#loan?.end();
      } else {
        // A socket (ENXIO: systemd gives its services one), or a pipe of the user we were (EACCES).
        makeNonblocking(inherited);
        this.#target = new StreamTarget(inherited, false, (count, reason) => this.#lose(count, reason));
      }
    }
  }

  #adopt(fd: number): void {
    const stat = fstatSync(fd);
    if (!stat.isFile()) {
      this.#target = new StreamTarget(fd, true, (count, reason) => this.#lose(count, reason));
      this.#loan?.end();
      return;
    }
    this.#fd = fd;
    this.#size = stat.size;
    // A redirected stdout is a file, but its name below /dev cannot be rotated.
    this.#rotateFrom = this.#borrowed ? Infinity : 0;
    this.#give();
  }

  #shut(): void {
    if (this.#fd !== null && !this.#borrowed) closeSync(this.#fd);
    this.#borrowed = false;
    this.#target?.close();
    this.#fd = null;
    this.#target = null;
  }

  #lose(count: number, error: unknown): void {
    if (this.#lost === null && error !== null) {
      this.#lost = 0;
      this.#reason = errorCode(error);
      this.#onTrouble(
        `cannot write to ${this.path}: ${errorCode(error)}; what is meant for it is lost until that works again`,
      );
    }
    this.#lost = (this.#lost ?? 0) + count;
  }

  #recovered(): void {
    const lost = this.#lost ?? 0;
    this.#lost = null;
    this.#reason = '';
    this.#lostBefore += lost;
    this.#onTrouble(`can write to ${this.path} again; ${lost} bytes were lost`);
  }
}

/** Whether the next byte of a file of that size begins a line, whoever wrote the last one; true where that cannot be read. */
function isAtLineStart(fd: number, size: number): boolean {
  if (size === 0) return true;
  const last = new Uint8Array(1);
  try {
    // Ours is for writing only.
    const reader = openSync(`/proc/self/fd/${fd}`, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    try {
      return readSync(reader, last, 0, 1, size - 1) === 0 || last[0] === 0x0a;
    } finally {
      closeSync(reader);
    }
  } catch {
    return true;
  }
}

function statOf(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}
