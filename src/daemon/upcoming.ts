import type { Numbers } from '../config/marks.ts';
import type { ProcessKey } from '../core/program.ts';
import type { Daemon } from './daemon.ts';

/** What the next generation of a process would have for `%(generation)s` and `%(generation_slot)s`, were it spawned now. */
export function upcoming({ hall, generations }: Daemon, process: ProcessKey): Numbers {
  return { generation: hall.world.nextGeneration, slot: generations.freeSlot(process) };
}

/** What a generation has for them; one that is gone had a slot that nobody knows any more. */
export function numbersOf({ generations }: Daemon, generation: number): Numbers {
  return { generation, slot: generations.get(generation)?.slot ?? 0 };
}
