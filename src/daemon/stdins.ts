import { ServiceStdin, type Written } from '../os/service-stdin.ts';

/** The stdin of every generation to which something has been written, until its main process ends. */
export class Stdins {
  readonly #init: number;
  readonly #open = new Map<number, ServiceStdin>();

  /** init: its pid; it holds the pipes. */
  constructor(init: number) {
    this.#init = init;
  }

  /** fd: init's number of the pipe, -1 for none. onClosed: nobody reads it any more, though the bytes were taken. */
  write(generation: number, fd: number, bytes: Uint8Array, onClosed: () => void = () => undefined): Written {
    const stdin = this.#open.get(generation) ?? this.#begin(generation, fd, onClosed);
    return stdin?.write(bytes) ?? 'closed';
  }

  close(generation: number): void {
    this.#open.get(generation)?.close();
    this.#open.delete(generation);
  }

  #begin(generation: number, fd: number, onClosed: () => void): ServiceStdin | null {
    if (fd === -1) return null;
    try {
      const stdin = new ServiceStdin(this.#init, fd, onClosed);
      this.#open.set(generation, stdin);
      return stdin;
    } catch {
      // Nobody has its other end open, or init has let go of it: no descriptors are left is the same to the writer.
      return null;
    }
  }
}
