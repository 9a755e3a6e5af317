/** Between two looks, in ms: long enough for a chatty program to fill a good part of its pipe, too short for a person to see. */
const period = 4;

/** Reads what there is; false: it is not to be asked again. */
export type Look = () => boolean;

/**
 * Looks at streams that have more to say every few milliseconds, all at one tick, instead of being woken for each of their lines: a wake-up by
 * init costs more than the reading of 64 KiB. Nothing ticks while nobody is chatty.
 */
export class Pace {
  readonly #looks = new Set<Look>();
  /** A tick is on its way. */
  #ticks = false;

  /** In ms: a stream that has something to read again within so long after its last look is chatty, and is paced. */
  get period(): number {
    return period;
  }

  add(look: Look): void {
    this.#looks.add(look);
    this.#tickLater();
  }

  remove(look: Look): void {
    this.#looks.delete(look);
  }

  #tick(): void {
    this.#ticks = false;
    for (const look of this.#looks) if (!look()) this.#looks.delete(look);
    if (this.#looks.size > 0) this.#tickLater();
  }

  #tickLater(): void {
    if (this.#ticks) return;
    this.#ticks = true;
    setTimeout(() => this.#tick(), period);
  }
}
