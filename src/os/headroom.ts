import { readdirSync, readFileSync } from 'node:fs';

/** Descriptors of a process: those it has open, and how many it may have (RLIMIT_NOFILE). null: they cannot be seen. */
export function descriptorsOf(pid: number): { readonly open: number; readonly limit: number } | null {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8')) ?? [];
    return soft === undefined ? null : { open: readdirSync(`/proc/${pid}/fd`).length, limit: Number(soft) };
  } catch {
    return null;
  }
}
