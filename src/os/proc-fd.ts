import { readdirSync, readlinkSync } from 'node:fs';

/*
 * The descriptors of a process (proc_pid_fd(5)). Reading them needs the right to trace it (ptrace(2), access mode); what cannot be read is not
 * there. Nothing here throws.
 */

/** The numbers of its open descriptors. */
export function descriptorsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map(Number);
  } catch {
    return [];
  }
}

/** What a descriptor is: a path, or `pipe:[N]`, `socket:[N]`, `anon_inode:[…]`; empty: there is none. */
export function targetOf(pid: number, fd: number): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return '';
  }
}
