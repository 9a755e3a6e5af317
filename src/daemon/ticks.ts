import type { NoticeName } from '../core/notice.ts';

/** Seconds of each tick. */
const periods = { TICK_5: 5, TICK_60: 60, TICK_3600: 3600 } as const;

type Tick = keyof typeof periods;
const ticks: readonly Tick[] = ['TICK_5', 'TICK_60', 'TICK_3600'];

/** Told of at every whole multiple of a period of the wall clock, as Supervisor's TICK events are; without anybody to hear of one nothing wakes up. */
export class Ticks {
  readonly #told: (name: NoticeName, when: number) => void;
  #timer: NodeJS.Timeout | null = null;
  /** The last multiple that is over, of each tick that somebody hears. */
  readonly #last = new Map<Tick, number>();

  constructor(told: (name: NoticeName, when: number) => void) {
    this.#told = told;
  }

  /** Somebody hears of those that `hears` says from now on. */
  listen(hears: (name: NoticeName) => boolean): void {
    for (const tick of ticks) {
      if (!hears(tick)) this.#last.delete(tick);
      else if (!this.#last.has(tick)) this.#last.set(tick, slice(tick));
    }
    this.#arm();
  }

  stop(): void {
    this.#last.clear();
    this.#arm();
  }

  #arm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#last.size === 0) return;
    const shortest = Math.min(...[...this.#last.keys()].map((tick) => periods[tick])) * 1000;
    this.#timer = setTimeout(() => this.#look(), shortest - (Date.now() % shortest));
  }

  /** The wall clock may have been set meanwhile: a tick is told when another multiple is the last one, as in Supervisor. */
  #look(): void {
    for (const [tick, last] of this.#last) {
      const when = slice(tick);
      if (when === last) continue;
      this.#last.set(tick, when);
      this.#told(tick, when);
    }
    this.#arm();
  }
}

/** The last multiple of the period, in seconds since 1970. */
function slice(tick: Tick): number {
  const period = periods[tick];
  return Math.floor(Date.now() / 1000 / period) * period;
}
