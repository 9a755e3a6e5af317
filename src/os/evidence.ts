/**
 * Evidence that a generation serves a held socket, seen from outside and without its help: what its processes do with the
 * socket, as /proc tells it (proc_pid_fd(5), proc_pid_fdinfo(5), proc_pid_syscall(5)).
 *
 * A process that has the socket need not use it: it inherited it. Waiting on it is the evidence, strongest first: it is in
 * an epoll set, for reading (Node, asyncio, gunicorn's threads, nginx); a thread is blocked in accept(2), or for datagrams in
 * recvfrom(2) and its kin, on it; a thread is blocked in poll(2) or select(2) with it. The master of a pre-forking server has the
 * socket too, and waits for something else.
 *
 * It is a moment's picture: a busy server may be doing something else just now. Ask again. Reading it needs the
 * right to trace the processes (ptrace(2), access mode): the same user under a non-restrictive Yama, an ancestor, or root.
 * What cannot be read is no evidence. Nothing here throws.
 *
 * Of a generation that is held (docs/adopt.md) an eventfd may stand in the socket's place; to wait for that is the same.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { isPolled } from './poll-arguments.ts';
import { readProc } from './proc-stat.ts';

/** How a process waits on the socket. */
export type ListeningEvidence = 'epoll' | 'accept' | 'receive' | 'poll';

type Calls = Readonly<Record<'accept' | 'receive', ReadonlySet<string>>>;

/** Numbers of system calls, from the kernel's tables: accept, accept4; read, recvfrom, recvmsg, recvmmsg (where there are such). */
const callsOf: { readonly [architecture: string]: Calls } = {
  x64: { accept: new Set(['43', '288']), receive: new Set(['0', '45', '47', '299']) },
  arm64: { accept: new Set(['202', '242']), receive: new Set(['63', '207', '212', '243']) },
};
const nothing: Calls = { accept: new Set(), receive: new Set() };

/** EPOLLIN in the mask of a `tfd:` line. */
const readable = 0x1;

/** Which of the processes have the socket with this inode (`listening` tells it) among their descriptors. */
export function holdsSocket(pids: readonly number[], inode: number): number[] {
  return pids.filter((pid) => descriptorsOf(pid, inode).length > 0);
}

/**
 * The strongest evidence that one of these processes waits for connections on the socket with this inode; null: none just now.
 * gate: the number of the eventfd that may stand in its place.
 */
export function isListening(
  pids: readonly number[],
  inode: number,
  gate: number | null = null,
): ListeningEvidence | null {
  let found: ListeningEvidence | null = null;
  for (const pid of pids) {
    const fds = descriptorsOf(pid, inode);
    const standIns = gate === null ? [] : standInsOf(pid, gate);
    if (fds.length + standIns.length === 0) continue;
    if (isInEpollSet(pid, inode, fds, standIns)) return 'epoll';
    const blocked = blockedIn(pid, [...fds, ...standIns]);
    if ((blocked !== null && blocked !== 'poll') || found === null) found = blocked;
  }
  return found;
}

/** The numbers under which a process has the socket. */
function descriptorsOf(pid: number, inode: number): number[] {
  const wanted = `socket:[${inode}]`;
  return numbersIn(`/proc/${pid}/fd`).filter((fd) => linkTarget(`/proc/${pid}/fd/${fd}`) === wanted);
}

/** Whether a process has the eventfd under this number, and the kernel tells its identity (since Linux 5.2). */
export function hasGate(pid: number, gate: number): boolean {
  return eventfdId(pid, gate) !== null;
}

/** Whether a file whose path has this in it is mapped into the process: a library that it has loaded (proc_pid_maps(5)). */
export function hasMapped(pid: number, file: string): boolean {
  return readProc(`/proc/${pid}/maps`)?.includes(file) === true;
}

/** Under which numbers it has the eventfd: the library itself waits for it in accept(2). */
function standInsOf(pid: number, gate: number): number[] {
  const wanted = eventfdId(pid, gate);
  if (wanted === null) return [];
  return numbersIn(`/proc/${pid}/fd`).filter((fd) => eventfdId(pid, fd) === wanted);
}

function eventfdId(pid: number, fd: number): string | null {
  if (linkTarget(`/proc/${pid}/fd/${fd}`) !== 'anon_inode:[eventfd]') return null;
  return /^eventfd-id:\s*(\d+)/m.exec(readProc(`/proc/${pid}/fdinfo/${fd}`) ?? '')?.[1] ?? null;
}

/**
 * Whether the socket is in one of the process's epoll sets. A set keeps the number under which the socket was added; an
 * `ino:` field (since Linux 5.4) says whether that number means the same file still.
 */
function isInEpollSet(pid: number, inode: number, fds: readonly number[], standIns: readonly number[]): boolean {
  for (const fd of numbersIn(`/proc/${pid}/fd`)) {
    if (linkTarget(`/proc/${pid}/fd/${fd}`) !== 'anon_inode:[eventpoll]') continue;
    for (const line of (readProc(`/proc/${pid}/fdinfo/${fd}`) ?? '').split('\n')) {
      const entry = /^tfd:\s*(\d+)\s+events:\s*([0-9a-f]+)(?:.*\sino:([0-9a-f]+))?/.exec(line);
      if (entry === null || (Number.parseInt(entry[2] ?? '0', 16) & readable) === 0) continue;
      if (standIns.includes(Number(entry[1]))) return true;
      const ino = entry[3];
      if (ino === undefined ? fds.includes(Number(entry[1])) : Number.parseInt(ino, 16) === inode) return true;
    }
  }
  return false;
}

/** What a thread of the process is blocked in, with the socket. */
function blockedIn(pid: number, fds: readonly number[]): Exclude<ListeningEvidence, 'epoll'> | null {
  const calls = callsOf[process.arch] ?? nothing;
  let polls = false;
  for (const thread of numbersIn(`/proc/${pid}/task`)) {
    // `running`, or the number of the call and its arguments.
    const line = readProc(`/proc/${pid}/task/${thread}/syscall`) ?? '';
    const [call = '', first = ''] = line.split(' ');
    const own = fds.includes(Number(first));
    if (own && calls.accept.has(call)) return 'accept';
    if (own && calls.receive.has(call)) return 'receive';
    polls ||= isPolled(pid, line, fds);
  }
  return polls ? 'poll' : null;
}

function numbersIn(directory: string): number[] {
  try {
    return readdirSync(directory).map(Number);
  } catch {
    return [];
  }
}

function linkTarget(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
