import { readdirSync, statSync } from 'node:fs';
import { readProc, readStat } from './proc-stat.ts';

/** The children of every thread of a process; null where the kernel does not tell (CONFIG_PROC_CHILDREN) or the process is gone. */
export function childrenTold(pid: number): number[] | null {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return null;
  }
  const children: number[] = [];
  let isKnown = false;
  for (const thread of threads) {
    const text = readProc(`/proc/${pid}/task/${thread}/children`);
    if (text === null) continue;
    isKnown = true;
    for (const child of text.split(' ')) if (child !== '') children.push(Number(child));
  }
  return isKnown ? children : null;
}

let told: boolean | null = null;

/** Whether the kernel tells children at all. */
export function isTold(): boolean {
  told ??= childrenTold(process.pid) !== null;
  return told;
}

/**
 * Whether it is told that a process, which has one thread, has no children. False: it may have some. (The links of `task` are two more than
 * the threads: cheaper than any file that tells their number.)
 */
export function isChildless(pid: number): boolean {
  try {
    return statSync(`/proc/${pid}/task`).nlink === 3 && readProc(`/proc/${pid}/task/${pid}/children`) === '';
  } catch {
    return false;
  }
}

/** What childrenTold tells, from the parents of all processes there are now. */
export function scanChildren(): (pid: number) => readonly number[] {
  const byParent = new Map<number, number[]>();
  for (const name of processDirectories()) {
    const stat = readStat(Number(name));
    if (stat === null) continue;
    const siblings = byParent.get(stat.ppid);
    if (siblings === undefined) byParent.set(stat.ppid, [stat.pid]);
    else siblings.push(stat.pid);
  }
  return (pid) => byParent.get(pid) ?? [];
}

function processDirectories(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}
