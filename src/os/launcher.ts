import { readProc, readStat } from './proc-stat.ts';

/** Where a thread sleeps that waits for a child (proc_pid_wchan(5)). */
const waiting = 'do_wait';

/**
 * Whether a process has exec'ed a child and does nothing but wait for it, as subprocess.run() of Python does. (Every Python program catches INT,
 * and subprocess.run() kills its child a quarter of a second after one.) What it has forked is its pool: an exec gives another stack.
 * Where /proc does not tell it is no.
 */
export function onlyWaitsFor(child: number, parent: number): boolean {
  if (readProc(`/proc/${parent}/wchan`) !== waiting) return false;
  const [its, own] = [readStat(child)?.startstack ?? 0, readStat(parent)?.startstack ?? 0];
  return its !== 0 && own !== 0 && its !== own;
}
