/**
 * Which descriptors a thread waits for in poll(2), ppoll(2), select(2) or pselect6(2): the kernel tells the call and its
 * arguments (proc_pid_syscall(5)), and what these point to stands in the memory of the process until the call returns. Reading
 * that needs the same right as `syscall` itself.
 */
import { closeSync, openSync, readSync } from 'node:fs';

type Call = 'poll' | 'select';

/** Numbers of the calls, from the kernel's tables. */
const callsOf: { readonly [architecture: string]: { readonly [number: string]: Call } } = {
  x64: { '7': 'poll', '271': 'poll', '23': 'select', '270': 'select' },
  arm64: { '73': 'poll', '72': 'select' },
};

/** struct pollfd: an int, and two shorts of which the first is what is waited for. */
const pollSize = 8;
const pollIn = 0x1;

/** More is not looked at; a server that polls its listener has it among the first. */
const maxSize = 65_536;

/** Whether the line of `syscall` says that one of the descriptors is waited for, to become readable. */
export function isPolled(pid: number, line: string, fds: readonly number[]): boolean {
  // The number of the call, six arguments in hexadecimal, two registers.
  const [number = '', first = '', second = ''] = line.split(' ');
  const call = callsOf[process.arch]?.[number];
  if (call === 'poll') {
    const set = memoryOf(pid, Number(first), Number(second) * pollSize);
    return set !== null && polls(set, fds);
  }
  if (call === 'select') {
    const set = memoryOf(pid, Number(second), Math.ceil(Number(first) / 8));
    return set !== null && fds.some((fd) => ((set[fd >> 3] ?? 0) & (1 << (fd & 7))) !== 0);
  }
  return false;
}

/** Whether what a process waits for can be seen at all. */
export function isSeen(pid: number): boolean {
  try {
    closeSync(openSync(`/proc/${pid}/mem`, 'r'));
    return true;
  } catch {
    return false;
  }
}

function polls(set: Buffer, fds: readonly number[]): boolean {
  for (let at = 0; at + pollSize <= set.length; at += pollSize) {
    if (fds.includes(set.readInt32LE(at)) && (set.readInt16LE(at + 4) & pollIn) !== 0) return true;
  }
  return false;
}

/** null: there is nothing, or it cannot be read. */
function memoryOf(pid: number, address: number, size: number): Buffer | null {
  if (!(address > 0) || !Number.isSafeInteger(address) || !(size > 0)) return null;
  let mem: number;
  try {
    mem = openSync(`/proc/${pid}/mem`, 'r');
  } catch {
    return null;
  }
  try {
    const bytes = Buffer.alloc(Math.min(size, maxSize));
    return bytes.subarray(0, readSync(mem, bytes, 0, bytes.length, address));
  } catch {
    return null;
  } finally {
    closeSync(mem);
  }
}
