/**
 * Files that a path of the configuration names, for a daemon that may be root where others own the directories on the way: a service often owns
 * the one in which its log lies, and can put a symbolic link there.
 *
 * A link of root's or our own user's is followed like any other. What a stranger's link leads to counts only where its maker could
 * have put it: in a directory of his own (`current -> releases/42`), or our own stdout and stderr. Anything else he would have us write, or show.
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { errorCode } from './error-code.ts';
import { standardError } from './standard-error.ts';

const { O_DIRECTORY, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
/** open(2): a descriptor that only names; Node has no name for it. */
const O_PATH = 0o10000000;

/** As the kernel (path_resolution(7)). */
const mostLinks = 40;
/** statfs(2): links there lead where no name does. */
const procMagic = 0x9fa0;

/** open(2) of the path. Throws its error, or one that says whose link leads astray. */
export function openNamed(path: string, flags: number, mode?: number): number {
  return at(path, (name, follow) => openSync(name, flags | follow, mode));
}

/** Opens it for reading; null: it cannot be opened, or is no regular file. To open a FIFO or a terminal would take what is meant for its reader. */
export async function readNamedFile(path: string): Promise<FileHandle | null> {
  let fd: number | null = null;
  try {
    fd = openNamedFile(path);
    return fd === null ? null : await open(hasProc() ? own(fd) : path, O_RDONLY);
  } catch {
    return null;
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

/** null: it is no regular file. */
function openNamedFile(path: string): number | null {
  return at(path, (name, follow) => {
    const stat = follow === 0 ? statSync(name) : lstatSync(name);
    if (stat.isSymbolicLink()) throw new Error('ELOOP');
    if (!stat.isFile()) return null;
    const fd = openSync(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | follow);
    // It may be another one by now.
    if (fstatSync(fd).isFile()) return fd;
    closeSync(fd);
    return null;
  });
}

/** How the last name is to be opened: O_NOFOLLOW, or 0 for a link of /proc. */
type Use<T> = (name: string, follow: number) => T;

function at<T>(path: string, use: Use<T>): T {
  const named = resolve(path);
  if (!hasProc()) return use(named, 0);
  const directory = openSync(dirname(named), O_PATH | O_DIRECTORY);
  try {
    // Mostly there is no link at all, and nothing to be looked at.
    if (readlinkSync(own(directory)) === dirname(named)) return use(own(directory, baseOf(named)), O_NOFOLLOW);
  } catch (error) {
    if (errorCode(error) !== 'ELOOP') throw error;
  } finally {
    closeSync(directory);
  }
  return walk(named, use);
}

/** Step by step, so that nobody can put a link in the way of what was looked at. */
function walk<T>(path: string, use: Use<T>): T {
  let rest = namesOf(path);
  let directory = openSync('/', O_PATH | O_DIRECTORY);
  let maker: number | null = null;
  try {
    for (let links = 0; ; ) {
      const [first = '.', ...others] = rest;
      const name = own(directory, first);
      const isProc = statfsSync(own(directory)).type === procMagic;
      const link = isProc ? null : linkAt(name);
      if (link !== null && ++links > mostLinks) throw new Error('ELOOP');
      if (link !== null) {
        maker = strangerOf(link.uid, maker);
        rest = [...namesOf(link.target), ...others];
      } else if (others.length === 0) {
        admit(maker, directory, name);
        return use(name, isProc ? 0 : O_NOFOLLOW);
      } else {
        rest = others;
      }
      const next = link === null ? name : isAbsolute(link.target) ? '/' : null;
      if (next === null) continue;
      const entered = openSync(next, O_PATH | O_DIRECTORY | (isProc ? 0 : O_NOFOLLOW));
      closeSync(directory);
      directory = entered;
    }
  } finally {
    closeSync(directory);
  }
}

/** Where it is not mounted nothing can be looked at: a path is opened as by anybody. */
const hasProc = (): boolean => existsSync('/proc/self/fd');
const own = (fd: number, name = ''): string => `/proc/self/fd/${fd}${name === '' ? '' : `/${name}`}`;
const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const namesOf = (path: string): string[] => path.split('/').filter((name) => name !== '' && name !== '.');

type Link = { readonly uid: number; readonly target: string };

/** null: it is none. */
function linkAt(name: string): Link | null {
  const stat = lstatSync(name, { throwIfNoEntry: false });
  if (stat?.isSymbolicLink() !== true) return null;
  const target = readlinkSync(name);
  const after = lstatSync(name);
  if (after.ino !== stat.ino || after.ctimeMs !== stat.ctimeMs)
    throw new Error('a symbolic link on the way is being changed');
  return { uid: stat.uid, target };
}

/** The stranger whose links have been followed, this one included; null: none's. */
function strangerOf(uid: number, before: number | null): number | null {
  if (uid === 0 || uid === process.geteuid?.()) return before;
  if (before !== null && before !== uid) throw astray(uid);
  return uid;
}

function admit(maker: number | null, directory: number, name: string): void {
  if (maker === null || fstatSync(directory).uid === maker || isOwnStream(name)) return;
  throw astray(maker);
}

const astray = (uid: number): Error => new Error(`a symbolic link of user ${uid} leads to what is not that user's`);

function isOwnStream(name: string): boolean {
  const stat = statSync(name, { throwIfNoEntry: false });
  return [1, standardError].some((fd) => {
    const { dev, ino } = fstatSync(fd);
    return stat !== undefined && stat.dev === dev && stat.ino === ino;
  });
}
