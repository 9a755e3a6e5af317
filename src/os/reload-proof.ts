import { childrenTold, scanChildren } from './proc-children.ts';
import { type ProcStat, readStat } from './proc-stat.ts';

/**
 * Evidence that a program has reloaded itself, seen from outside. One that execs itself keeps its pid and its time of birth, but gets
 * a new image: the address of its stack is another one. One that keeps its image gets new children. A new master is a child with children.
 * An exec after which all its children are the former ones, and no new one is there, shows nothing: HAProxy's master does so when its
 * configuration is wrong (it then waits, beside the workers it had).
 */

/** A process as it was at one moment. */
export type Fingerprint = {
  readonly pid: number;
  readonly startstack: number;
  /** Its living children, by pid and time of birth. */
  readonly children: ReadonlyMap<string, ProcStat>;
  /** Its defunct ones. */
  readonly defunct: ReadonlyMap<string, ProcStat>;
};

/** null: it is gone. */
export function fingerprint(pid: number): Fingerprint | null {
  const stat = readStat(pid);
  if (stat === null || stat.state === 'Z') return null;
  const children = new Map<string, ProcStat>();
  const defunct = new Map<string, ProcStat>();
  for (const child of childrenTold(pid) ?? scanChildren()(pid)) {
    const one = readStat(child);
    if (one !== null) (one.state === 'Z' ? defunct : children).set(`${one.pid} ${one.starttime}`, one);
  }
  return { pid, startstack: stat.startstack, children, defunct };
}

/** What shows that it has reloaded; null: nothing does. */
export function reloadProof(before: Fingerprint, after: Fingerprint): string | null {
  if (after.pid !== before.pid) return `pid ${after.pid} stands in the place of pid ${before.pid}`;
  const fresh = [...after.children].filter(([key]) => !before.children.has(key)).map(([, child]) => child);
  if (after.startstack !== before.startstack) {
    const keepsAll = before.children.size > 0 && [...before.children.keys()].every((key) => after.children.has(key));
    return keepsAll && fresh.length === 0 ? null : `pid ${after.pid} has exec'ed itself`;
  }
  const [first] = fresh;
  if (first === undefined) return null;
  const master = fresh.find(({ pid }) => (childrenTold(pid) ?? []).length > 0);
  if (master !== undefined) return `pid ${master.pid} is a new main process below pid ${after.pid}`;
  if (fresh.length < before.children.size) return null;
  return `${fresh.length} new children of pid ${after.pid} in the place of ${before.children.size}`;
}

/** Children that have become defunct since, and that it does not wait for. */
export function newlyDefunct(before: Fingerprint, after: Fingerprint): readonly ProcStat[] {
  return [...after.defunct].filter(([key]) => !before.defunct.has(key)).map(([, child]) => child);
}
