import type { ProcessKey } from './program.ts';
import { isAlive, type Process, type World } from './world.ts';

type Placed = { readonly process: Process; readonly group: number };

const byPriority = (a: Placed, b: Placed): number =>
  a.group - b.group || a.process.spec.priority - b.process.spec.priority;

function placed(world: World, only?: string): Placed[] {
  const found: Placed[] = [];
  for (const group of world.groups.values()) {
    if (only !== undefined && group.name !== only) continue;
    for (const key of group.members) {
      const process = world.processes.get(key);
      if (process !== undefined) found.push({ process, group: group.priority });
    }
  }
  return found;
}

/**
 * In which order a start of everything, or of one group, takes the processes: ascending by the group's priority, then by the
 * process's; equal ones in the order they were configured (Supervisor's order of `start all` and `start group:*`).
 */
export function startOrder(world: World, group?: string): ProcessKey[] {
  return placed(world, group)
    .toSorted(byPriority)
    .map(({ process }) => process.spec.key);
}

/**
 * In which order several processes are handed over: ascending by the group's priority, then by the process's; equal ones by name, so that
 * the first slot of a program is its first.
 */
export function rollOrder(world: World, keys: readonly ProcessKey[]): ProcessKey[] {
  const wanted = new Set(keys);
  return placed(world)
    .filter(({ process }) => wanted.has(process.spec.key))
    .toSorted((a, b) => byPriority(a, b) || (a.process.spec.key < b.process.spec.key ? -1 : 1))
    .map(({ process }) => process.spec.key);
}

/** The opposite of `startOrder`: what started last stops first (Supervisor's documented order of stopping). */
export function stopOrder(world: World, group?: string): ProcessKey[] {
  return startOrder(world, group).toReversed();
}

/**
 * Whose turn it is in a shutdown: of everything that lives, the processes of the highest priority (their group's first, then
 * their own). They are stopped in parallel, and the next ones come when these are gone. Empty: nothing lives.
 */
export function lastToStart(world: World): Process[] {
  const alive = placed(world).filter(({ process }) => isAlive(process));
  const [first, ...others] = alive;
  if (first === undefined) return [];
  const highest = others.reduce((best, one) => (byPriority(one, best) > 0 ? one : best), first);
  return alive.filter((one) => byPriority(one, highest) === 0).map(({ process }) => process);
}
