import { Socket } from 'node:net';
import { standardError } from './standard-error.ts';

/** The inherited descriptor that a path stands for (`/dev/stdout`, `/dev/fd/5`), or null. */
export function descriptorNamedBy(path: string): number | null {
  if (path === '/dev/stdout') return 1;
  if (path === '/dev/stderr') return standardError;
  const named = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(path)?.[1];
  if (named === undefined) return null;
  return named === '2' ? standardError : Number(named);
}

/**
 * Makes an inherited socket or pipe nonblocking, for all who share it. libuv does that to what it adopts, and Node has no other way to
 * fcntl(2). The socket object is left alone for ever: destroying it would close a descriptor that is not ours alone. A terminal or
 * a file stays as it is.
 */
export function makeNonblocking(fd: number): void {
  try {
    new Socket({ fd, readable: false, writable: true }).unref();
  } catch {
    // Neither socket nor pipe: a write to it may wait for a terminal that was stopped, as Supervisor's does.
  }
}
