import type { Effect } from '../core/effects.ts';
import type { Event } from '../core/events.ts';
import type { Resumption } from '../core/resume.ts';
import { emptyWorld, step } from '../core/step.ts';
import type { World } from '../core/world.ts';

/**
 * Where events meet the core. What an effect causes at once (a spawn that fails before init is asked, say) is queued and becomes
 * the next step: the core is never entered while its last answer is being carried out.
 */
export class Hall {
  #world: World = emptyWorld;
  #queue: Event[] = [];
  #busy = false;
  readonly #perform: (effect: Effect) => void;
  readonly #changed: () => void;

  /** perform carries out one effect, changed hears that there was a step; neither may throw. */
  constructor(perform: (effect: Effect) => void, changed: () => void) {
    this.#perform = perform;
    this.#changed = changed;
  }

  get world(): World {
    return this.#world;
  }

  /** Events that belong together (that came in one read) are given together. */
  happen(...events: readonly Event[]): void {
    this.#queue.push(...events);
    if (this.#busy) return;
    this.#busy = true;
    this.#run();
  }

  /** What happens meanwhile happens together, in its order: some of it is heard at once, and some only when all has been looked at. */
  together(work: () => void): void {
    if (this.#busy) return work();
    this.#busy = true;
    try {
      work();
    } finally {
      if (this.#queue.length > 0) this.#run();
      else this.#busy = false;
    }
  }

  /** Goes on with the world of a former brain: what it asks for once more, and what happened meanwhile. */
  resume(world: World, { effects, events }: Resumption): void {
    this.#world = world;
    this.#busy = true;
    for (const effect of effects) this.#perform(effect);
    this.#busy = false;
    this.happen(...events);
  }

  #run(): void {
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      const { world, effects } = step(this.#world, ...batch);
      this.#world = world;
      for (const effect of effects) this.#perform(effect);
    }
    this.#busy = false;
    this.#changed();
  }
}
