import { descendants, type ProcNode } from '../os/proc.ts';
import type { Daemon } from './daemon.ts';

/**
 * The processes of a generation, each before those below it; none: nothing is left, or there is no such generation. Its shim is not one of them.
 * Where that has been killed they are found below the main process; what that one has lost lives below init, and is not found.
 */
export function processesOf({ generations }: Daemon, key: number): readonly ProcNode[] {
  const generation = generations.get(key);
  if (generation === undefined) return [];
  const { shim, main } = generation;
  const root = descendants(shim === 0 ? main : shim);
  if (root === null) return [];
  return shim === 0 ? flatten(root) : root.children.flatMap(flatten);
}

export const pidsOf = (daemon: Daemon, key: number): readonly number[] =>
  processesOf(daemon, key).map(({ pid }) => pid);

function flatten(node: ProcNode): ProcNode[] {
  return [node, ...node.children.flatMap(flatten)];
}
