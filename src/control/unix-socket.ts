import { chmodSync, lchownSync, linkSync, lstatSync, statSync, unlinkSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { codeOf, ListenError, listenError } from './listen-error.ts';

export type UnixAddress = {
  /** Absolute. */
  readonly file: string;
  /** Permission bits, e.g. 0o700. */
  readonly chmod: number;
  readonly chown: { readonly uid: number; readonly gid: number } | null;
};

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // Nobody may connect between bind and chmod: bind(2) takes the mode from the umask, and Node binds before listen() returns.
    const umask = process.umask(0o177);
    try {
      server.listen({ path, backlog: 1024 }, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      process.umask(umask);
    }
  });
}

/** Somebody accepts connections there. */
function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // A queue that is full is somebody's; everything else says that nobody is there.
    socket.once('error', (error) => resolve(codeOf(error) === 'EAGAIN'));
  });
}

/** Puts the socket's own name in place; link(2) neither follows a symbolic link there nor replaces anything. */
async function link(bound: string, file: string, warn: (text: string) => void): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      linkSync(bound, file);
      return;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST' || attempt === 3) throw error;
    }
    if (!lstatSync(file, { throwIfNoEntry: false })?.isSocket()) throw notASocket(file);
    if (await isServed(file)) throw listenError(Object.assign(new Error(file), { code: 'EADDRINUSE' }));
    warn(`Unlinking stale socket ${file}`);
    unlinkIfThere(file);
  }
}

function notASocket(file: string): ListenError {
  return new ListenError('EEXIST', `Cannot open an HTTP server: ${file} exists and is not a socket`);
}

function chown(bound: string, { file, chown: owner }: UnixAddress): void {
  if (owner === null) return;
  try {
    lchownSync(bound, owner.uid, owner.gid);
  } catch (error) {
    if (codeOf(error) !== 'EPERM') throw error;
    throw new ListenError(
      'EPERM',
      `Not permitted to chown ${file} to uid/gid (${owner.uid}, ${owner.gid}); adjust "sockchown" value in config file or on command line to values that the current user (${userInfo().username}) can successfully chown`,
    );
  }
}

/**
 * Listens on a unix socket by Supervisor's procedure: bind under a temporary name, set mode and owner, hard-link to the real
 * name. A name that is taken is freed when nobody accepts connections there (a daemon was killed), and an error otherwise.
 * `warn` gets the line that Supervisor prints on stderr for a stale socket.
 * @returns what removes the name again, if it is still this server's
 * @throws ListenError
 */
export async function listenUnix(
  server: Server,
  address: UnixAddress,
  warn: (text: string) => void,
): Promise<() => void> {
  const bound = `${address.file}.${process.pid}`;
  try {
    // libuv calls a directory that is missing EACCES; this calls it ENOENT.
    statSync(dirname(bound));
    unlinkIfThere(bound);
    await listening(server, bound);
    try {
      chown(bound, address);
      chmodSync(bound, address.chmod);
      await link(bound, address.file, warn);
    } finally {
      unlinkIfThere(bound);
    }
  } catch (error) {
    server.close();
    throw listenError(error);
  }
  const { ino } = lstatSync(address.file);
  return () => {
    if (lstatSync(address.file, { throwIfNoEntry: false })?.ino === ino) unlinkIfThere(address.file);
  };
}
