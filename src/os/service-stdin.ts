import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { errorCode } from './error-code.ts';

/** How much may wait for a service that does not read, in bytes; something longer is taken only when nothing waits. */
const waitsAtMost = 1024 * 1024;

/** What became of something written: it is on its way; too much waits already; nobody reads any more. */
export type Written = 'taken' | 'full' | 'closed';

/** The writing end of a service's stdin, which init holds. Writing never waits: what the pipe does not take is kept, within a bound. */
export class ServiceStdin {
  readonly #fd: number;
  readonly #onClosed: () => void;
  /** Waits for the pipe to take more; made when that was first needed, and the descriptor's owner from then on. */
  #socket: Socket | null = null;
  #closed = false;

  /**
   * Throws the system's error: ENXIO when the service has closed it, ENOENT when init has let go of it.
   * onClosed: the service turned out to have closed it when what was kept was to be written.
   */
  constructor(init: number, fd: number, onClosed: () => void) {
    this.#fd = openSync(`/proc/${init}/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
    this.#onClosed = onClosed;
  }

  /** bytes are borrowed. */
  write(bytes: Uint8Array): Written {
    if (this.#closed) return 'closed';
    const waiting = this.#socket?.writableLength ?? 0;
    if (waiting > 0 && waiting + bytes.length > waitsAtMost) return 'full';
    const taken = waiting > 0 ? 0 : this.#offer(bytes);
    if (taken === null) {
      this.close();
      return 'closed';
    }
    if (taken < bytes.length) this.#waiter().write(Buffer.from(bytes.subarray(taken)));
    return 'taken';
  }

  /** Nothing more will be written: it is closed when what is kept is written. */
  finish(): void {
    if (this.#socket === null) this.close();
    else if (!this.#closed) this.#socket.end(() => this.close());
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#socket === null) closeSync(this.#fd);
    else this.#socket.destroy();
  }

  /** How many bytes the pipe took; null: nobody reads it. */
  #offer(bytes: Uint8Array): number | null {
    let taken = 0;
    while (taken < bytes.length) {
      try {
        taken += writeSync(this.#fd, bytes, taken);
      } catch (error) {
        return errorCode(error) === 'EAGAIN' ? taken : null;
      }
    }
    return taken;
  }

  #waiter(): Socket {
    if (this.#socket !== null) return this.#socket;
    const socket = new Socket({ fd: this.#fd, readable: false, writable: true });
    socket.on('error', () => {
      const known = this.#closed;
      this.close();
      if (!known) this.#onClosed();
    });
    this.#socket = socket;
    return socket;
  }
}
