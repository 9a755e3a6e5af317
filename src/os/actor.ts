/**
 * The actor: the process that can act on a signal meant for a service. It is the main process, or, where that is a wrapper (`sh -c`,
 * su, npm …), the one below it that catches the signal. Wrappers die of signals or ignore them, and leave their work behind.
 *
 * From the main process downwards: a process that catches the signal and is no wrapper is the actor, and nobody below it is looked at:
 * a pool is never reached. A known wrapper is looked through, and so is any other process that does not catch the signal and has
 * exactly one child. Where that leads to nobody, the signal is the main process's, as it always was. Where it leads to several, too, and that is
 * told: `main=` can say which one is meant.
 *
 * It is a moment's picture. Whoever signals must look again that pid and time of birth are still those of one process.
 */

import { commandLine } from './proc.ts';
import { childrenTold, isTold, scanChildren } from './proc-children.ts';
import { readStat } from './proc-stat.ts';
import { canAct } from './signal-use.ts';
import { wrapperKind } from './wrappers.ts';

export type Actor = {
  readonly pid: number;
  /** Clock ticks since boot, field 22 of proc_pid_stat(5). */
  readonly born: number;
  /** The wrappers above it, the main process first; empty: it is the main process. */
  readonly above: readonly number[];
  /** Why it is the main process though others could be meant; empty: there is no doubt. */
  readonly doubt: string;
};

type Found = { readonly pid: number; readonly above: readonly number[] };

/** Longer chains are nobody's wrappers. */
const deepest = 32;
const SIGINT = 2;

/** @param pattern what `main=` says of the actor's command line; null: nothing. @returns null: the main process is gone */
export function findActor(main: number, signal: number, pattern: RegExp | null): Actor | null {
  const own = actorOf({ pid: main, above: [] }, '');
  if (own === null) return null;
  const childrenOf = livingChildren();
  const found = pattern === null ? below(main, signal, [], childrenOf) : matching(main, pattern, childrenOf);
  const [only] = found;
  if (found.length === 1 && only !== undefined) return actorOf(only, '') ?? own;
  if (found.length > 1) return { ...own, doubt: `${found.length} processes could be meant: ${listOf(found)}` };
  return pattern === null ? own : { ...own, doubt: `no command line below matches main=${pattern.source}` };
}

/** The process that a service names as its main process itself, below the one that was started. @returns null: it is gone */
export function namedActor(pid: number, main: number): Actor | null {
  return actorOf({ pid, above: pid === main ? [] : [main] }, '');
}

/** A process as messages name it. */
export function nameOf(pid: number): string {
  return `pid ${pid} (${(commandLine(pid) ?? 'gone').slice(0, 80)})`;
}

function actorOf({ pid, above }: Found, doubt: string): Actor | null {
  const stat = readStat(pid);
  return stat === null || stat.state === 'Z' ? null : { pid, born: stat.starttime, above, doubt };
}

type ChildrenOf = (pid: number) => number[];

function livingChildren(): ChildrenOf {
  const tell = isTold() ? (pid: number) => childrenTold(pid) ?? [] : scanChildren();
  return (pid) => tell(pid).filter((child) => (readStat(child)?.state ?? 'Z') !== 'Z');
}

function below(pid: number, signal: number, above: readonly number[], childrenOf: ChildrenOf): Found[] {
  const wrapper = wrapperKind(pid);
  // Every shell catches INT while it waits for a command; any other signal only for a trap.
  const looksThrough = wrapper === 'forwarder' || (wrapper === 'shell' && signal === SIGINT);
  if (!looksThrough && canAct(pid, signal)) return [{ pid, above }];
  const children = childrenOf(pid);
  if (above.length === deepest || (wrapper === null && children.length !== 1)) return [];
  return children.flatMap((child) => below(child, signal, [...above, pid], childrenOf));
}

/**
 * The topmost processes whose command line matches: a pool that was forked has its parent's. A wrapper's often holds that of what it
 * wraps (`sh -c 'celery …'`), so that it is meant only where nobody else can be.
 */
function matching(main: number, pattern: RegExp, childrenOf: ChildrenOf): Found[] {
  let level: Found[] = [{ pid: main, above: [] }];
  let wrappers: Found[] = [];
  for (let depth = 0; level.length > 0 && depth <= deepest; depth += 1) {
    const found = level.filter(({ pid }) => pattern.test(commandLine(pid) ?? ''));
    const meant = found.filter(({ pid }) => wrapperKind(pid) === null);
    if (meant.length > 0) return meant;
    if (wrappers.length === 0) wrappers = found;
    level = level.flatMap(({ pid, above }) => childrenOf(pid).map((child) => ({ pid: child, above: [...above, pid] })));
  }
  return wrappers;
}

const listOf = (found: readonly Found[]): string =>
  found
    .slice(0, 8)
    .map(({ pid }) => nameOf(pid))
    .join(', ');
