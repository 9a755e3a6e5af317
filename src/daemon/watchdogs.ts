import type { ProcessConfig } from '../config/config.ts';
import { longestTimer, now } from '../os/clock.ts';
import type { Daemon } from './daemon.ts';
import type { Generation } from './generations.ts';
import type { NotifyWord } from './notify-word.ts';

type Watchdog = {
  readonly generation: Generation;
  /** Milliseconds within which it must say WATCHDOG=1; 0: it has switched it off. */
  interval: number;
  /** It has said that it is ready, or WATCHDOG=1: from then on it is watched. */
  begun: boolean;
  due: number;
  timer: NodeJS.Timeout | null;
};

/** What outlives a brain. */
export type WatchdogMemo = { readonly interval: number; readonly begun: boolean };

/** A brain that was itself kept from running for longer than this, in milliseconds, has not listened. */
const deaf = 500;

/**
 * Watchdogs (`watchdog`; WatchdogSec of systemd.service(5)): a generation says WATCHDOG=1 within every interval, beginning when it is ready, or
 * else with its first such word. One that is silent for longer does not work any more, and the core is told.
 */
export class Watchdogs {
  readonly #daemon: Daemon;
  readonly #byGeneration = new Map<number, Watchdog>();

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  /** A generation is there. former: as a former brain has had it. */
  watch(generation: Generation, config: ProcessConfig, former: WatchdogMemo | null): void {
    if (config.watchdog === 0) return;
    const watchdog: Watchdog = {
      generation,
      interval: former?.interval ?? config.watchdog * 1000,
      begun: former?.begun ?? false,
      due: 0,
      timer: null,
    };
    this.#byGeneration.set(generation.key, watchdog);
    if (watchdog.begun) this.#wind(watchdog);
  }

  /** What the next brain is to know of it; null: it has none. */
  memoOf(generation: number): WatchdogMemo | null {
    const watchdog = this.#byGeneration.get(generation);
    return watchdog === undefined ? null : { interval: watchdog.interval, begun: watchdog.begun };
  }

  hear(generation: Generation, { ready, watchdog: word, watchdogInterval }: NotifyWord): void {
    const watchdog = this.#byGeneration.get(generation.key);
    if (watchdog === undefined) return;
    const { begun, interval } = watchdog;
    if (watchdogInterval !== null) watchdog.interval = watchdogInterval;
    if (word === 'trigger') return this.#bark(watchdog, 'it has triggered its watchdog');
    if (word === 'alive' || (ready && !begun) || (begun && watchdogInterval !== null)) {
      watchdog.begun = true;
      this.#wind(watchdog);
    }
    if (begun !== watchdog.begun || interval !== watchdog.interval) this.#daemon.memory.touch(generation.process);
  }

  forget(generation: number): void {
    const timer = this.#byGeneration.get(generation)?.timer;
    if (timer !== undefined && timer !== null) clearTimeout(timer);
    this.#byGeneration.delete(generation);
  }

  #wind(watchdog: Watchdog): void {
    if (watchdog.timer !== null) clearTimeout(watchdog.timer);
    watchdog.timer = null;
    if (watchdog.interval === 0) return;
    watchdog.due = now() + watchdog.interval;
    watchdog.timer = setTimeout(() => this.#missed(watchdog), Math.min(watchdog.interval, longestTimer));
  }

  #missed(watchdog: Watchdog): void {
    // Its words may be waiting for us.
    if (now() - watchdog.due > deaf) return this.#wind(watchdog);
    this.#bark(watchdog, `no WATCHDOG=1 for ${watchdog.interval / 1000} s`);
  }

  #bark(watchdog: Watchdog, reason: string): void {
    const { key, process } = watchdog.generation;
    // Again, should it live on and be in a state now in which it is heard.
    this.#wind(watchdog);
    this.#daemon.hall.happen({ type: 'unhealthy', at: now(), process, generation: key, reason });
  }
}
