import type { Effect } from './effects.ts';
import type { Event } from './events.ts';

/** What is known of a whole batch of events before the first of them is taken. */
export type Foresight = {
  /** Generations of which nothing is left after this batch. */
  readonly gone: ReadonlySet<number>;
  /** Those of them whose exit comes in this batch as well; one is taken out when its end has been dealt with. */
  readonly emptied: Set<number>;
};

/** Whoever is known to be gone is not signalled any more, though it was there when the signal was decided. */
export function withoutUseless(effects: Effect[], gone: ReadonlySet<number>): Effect[] {
  if (gone.size === 0) return effects;
  return effects.filter((effect) => effect.type !== 'signal' || !gone.has(effect.generation));
}

export function lookAhead(events: readonly Event[]): Foresight {
  const exited = new Set<number>();
  const gone = new Set<number>();
  const emptied = new Set<number>();
  for (const event of events) {
    if (event.type === 'exited') exited.add(event.generation);
    else if (event.type === 'empty') {
      gone.add(event.generation);
      if (exited.has(event.generation)) emptied.add(event.generation);
    }
  }
  return { gone, emptied };
}
