import type { ProcessKey } from '../core/program.ts';

/** A process has a deadline of its own, and each of its next and draining generations has one. No name has a blank in it. */
export function deadlineKey(process: ProcessKey, generation: number | undefined): string {
  return generation === undefined ? process : `${process} ${generation}`;
}

/** Whose deadline it is; as `arm` said it. */
export function deadlineOwner(key: string): { process: ProcessKey; generation?: number } {
  const at = key.lastIndexOf(' ');
  return at < 0 ? { process: key } : { process: key.slice(0, at), generation: Number(key.slice(at + 1)) };
}
