/**
 * The actor: the process that can act on a signal meant for a service. It is the main process, or, where that is a wrapper (`sh -c`,
 * su, npm …), the one below it that catches the signal. Wrappers die of signals or ignore them, and leave their work behind.
 *
 * From the main process downwards: a process that catches the signal and is no wrapper is the actor, and nobody below it is looked at:
 * a pool is never reached. A known wrapper is looked through, and so is any other process that does not catch the signal and has
 * exactly one child, which is no helper of its own. Of a known queue it is the topmost process that runs its worker, whatever the
 * launchers above it catch: a shell runs its trap when the worker has ended, and Node has a handler for everything. Where that leads
 * to nobody, the signal is the main process's, as it always was. Where it leads to several, of whom none reads from another, too, and
 * that is told: `main=` can say which one is meant.
 *
 * It is a moment's picture. Whoever signals must look again that pid and time of birth are still those of one process.
 */

import type { QueueName } from '../config/queue/profiles.ts';
import { isWorker } from '../config/queue/worker-programs.ts';
import { isInForeground } from './foreground.ts';
import { isHelper } from './helpers.ts';
import { onlyWaitsFor } from './launcher.ts';
import { feeds } from './pipes.ts';
import { printable } from './printable.ts';
import { argumentsOf, commandLine } from './proc.ts';
import { childrenTold, isTold, scanChildren } from './proc-children.ts';
import { readStat } from './proc-stat.ts';
import { canAct } from './signal-use.ts';
import { isPython, programOf, wrapperKind } from './wrappers.ts';

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

/**
 * @param pattern what `main=` says of the actor's command line; null: nothing.
 * @param queue whose worker the service is; null: of none that is known.
 * @returns null: the main process is gone
 */
export function findActor(
  main: number,
  signal: number,
  pattern: RegExp | null,
  queue: QueueName | null = null,
): Actor | null {
  const own = actorOf({ pid: main, above: [] }, '');
  if (own === null) return null;
  const childrenOf = livingChildren();
  const found = pattern === null ? acting(main, signal, queue, childrenOf) : matching(main, pattern, childrenOf);
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
  return `pid ${pid} (${printable((commandLine(pid) ?? 'gone').slice(0, 80))})`;
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

/** Of several workers a script may know better what is to be done. */
function acting(main: number, signal: number, queue: QueueName | null, childrenOf: ChildrenOf): Found[] {
  const workers = queue === null ? [] : topmost(main, (pid) => runsWorker(pid, queue), childrenOf);
  return workers.length === 1 ? workers : withoutReaders(below(main, signal, [], childrenOf));
}

/** Without those that read from another one of them: a reader ends when nobody writes any more, and whoever writes must not lose it before. */
export function withoutReaders<T extends { readonly pid: number }>(found: readonly T[]): T[] {
  // Two that talk to each other are no pipe.
  return found.filter(({ pid }) => !found.some((one) => feeds(one.pid, pid) && !feeds(pid, one.pid)));
}

function runsWorker(pid: number, queue: QueueName): boolean {
  const args = argumentsOf(pid);
  return isWorker(queue, programOf(args), args.join(' '));
}

function below(pid: number, signal: number, above: readonly number[], childrenOf: ChildrenOf): Found[] {
  const wrapper = wrapperKind(pid);
  const children = childrenOf(pid);
  const passes =
    wrapper === 'forwarder' ||
    (wrapper === 'shell' && shellPasses(pid, signal, children)) ||
    (signal === SIGINT && pythonPasses(pid, children));
  if (!passes && canAct(pid, signal)) return [{ pid, above }];
  if (above.length === deepest || (wrapper === null && !isLauncher(pid, children))) return [];
  return children.flatMap((child) => below(child, signal, [...above, pid], childrenOf));
}

/** Its handler of INT comes with Python and is seldom its own. */
function pythonPasses(pid: number, children: readonly number[]): boolean {
  const [only] = children;
  if (only === undefined || !isLauncher(pid, children) || !isPython(pid)) return false;
  return onlyWaitsFor(only, pid) && canAct(only, SIGINT);
}

/** A program that is not known has one child, which does its work. */
function isLauncher(pid: number, [only, ...others]: readonly number[]): boolean {
  return only !== undefined && others.length === 0 && !isHelper(only, pid);
}

/**
 * Every shell catches INT while it waits for a command; any other signal only for a trap. That comes too late for the one that it waits
 * for.
 */
function shellPasses(shell: number, signal: number, children: readonly number[]): boolean {
  const [only] = children;
  if (signal === SIGINT) return true;
  return children.length === 1 && only !== undefined && isInForeground(only, shell) && canAct(only, signal);
}

/**
 * The topmost processes whose command line matches. A wrapper's often holds that of what it wraps (`sh -c 'celery …'`), so that it is
 * meant only where nobody else can be.
 */
function matching(main: number, pattern: RegExp, childrenOf: ChildrenOf): Found[] {
  const matches = (pid: number): boolean => pattern.test(commandLine(pid) ?? '');
  const meant = topmost(main, (pid) => matches(pid) && wrapperKind(pid) === null, childrenOf);
  return meant.length > 0 ? meant : topmost(main, matches, childrenOf);
}

/** The nearest to the main process: a pool that was forked has its parent's command line. */
function topmost(main: number, isMeant: (pid: number) => boolean, childrenOf: ChildrenOf): Found[] {
  let level: Found[] = [{ pid: main, above: [] }];
  for (let depth = 0; level.length > 0 && depth <= deepest; depth += 1) {
    const found = level.filter(({ pid }) => isMeant(pid));
    if (found.length > 0) return found;
    level = level.flatMap(({ pid, above }) => childrenOf(pid).map((child) => ({ pid: child, above: [...above, pid] })));
  }
  return [];
}

const listOf = (found: readonly Found[]): string =>
  found
    .slice(0, 8)
    .map(({ pid }) => nameOf(pid))
    .join(', ');
