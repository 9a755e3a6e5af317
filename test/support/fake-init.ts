import assert from 'node:assert/strict';
import type { Effect } from '../../src/core/effects.ts';
import type { Event } from '../../src/core/events.ts';
import type { Kept } from '../../src/core/resume.ts';
import type { ExitStatus } from '../../src/core/status.ts';

/** What becomes of one spawn. Times are milliseconds. */
export type Fate = {
  readonly spawnDelay: number;
  readonly fails: boolean;
  /** When the main process ends by itself; null: never. */
  readonly lifetime: number | null;
  readonly status: ExitStatus;
  /** How long the main process takes to obey a polite signal; null: it does not. */
  readonly obeys: number | null;
  /** Descendants beside the main process: when they end by themselves, how they obey; null: there are none. */
  readonly rest: { readonly lifetime: number | null; readonly obeys: number | null } | null;
  /** An exit that leaves nobody and the end of the generation are reported in one read. */
  readonly together: boolean;
  /** How long after its spawn there is evidence that it serves, or that it will not; null or absent: never. */
  readonly ready?: number | null;
  readonly unready?: number | null;
  /** When after its spawn it is not seen to serve any more, and for how long; null: for ever. */
  readonly unsteady?: { readonly from: number; readonly lasts: number | null } | null;
  /** The main process is a wrapper: who obeys is the one below it, which it outlives until it is told itself. */
  readonly wraps?: boolean;
  /** How long it takes to be quiet; null or absent: nobody says so. */
  readonly quiets?: number | null;
};

type Generation = {
  readonly process: string;
  readonly generation: number;
  readonly fate: Fate;
  main: 'unborn' | 'alive' | 'dead';
  rest: boolean;
  emptyReported: boolean;
  startedAt: number;
  endedAt: number;
  status: ExitStatus | null;
};

/** The one quiet_signal of the histories (SIGTSTP): nobody ends for it. */
export const quietSignal = 20;

/**
 * A model of legato-init in virtual time: its trees may do anything at any time, but SIGKILL always works. It asserts what init
 * may rely on: a generation is spawned once, signalled while it is there, and released once, when it is empty.
 */
export class FakeInit {
  readonly #generations = new Map<number, Generation>();
  readonly #agenda: { at: number; happen: () => Event[] }[] = [];
  readonly #released = new Set<number>();
  readonly #fates: readonly Fate[];
  readonly #overlaps: boolean;
  #now = 0;
  #spawns = 0;

  /** overlaps: a process may have more than one generation at a time. */
  constructor(fates: readonly Fate[], overlaps = false) {
    this.#fates = fates;
    this.#overlaps = overlaps;
  }

  /** When something happens next by itself; null: never. */
  next(): number | null {
    return this.#agenda.length === 0 ? null : Math.min(...this.#agenda.map(({ at }) => at));
  }

  /** Everything that happens up to now, as init would report it. */
  until(now: number): Event[] {
    const events: Event[] = [];
    for (;;) {
      const at = this.next();
      if (at === null || at > now) break;
      const index = this.#agenda.findIndex((entry) => entry.at === at);
      this.#now = at;
      for (const entry of this.#agenda.splice(index, 1)) events.push(...entry.happen());
    }
    this.#now = now;
    return events;
  }

  /** Nothing is there and nothing is kept. */
  get isEmpty(): boolean {
    return this.#generations.size === 0;
  }

  /** Generations of a process that are not known to be empty. */
  alive(process: string): number[] {
    return [...this.#generations.values()]
      .filter((one) => one.process === process && !one.emptyReported)
      .map((one) => one.generation);
  }

  /** What it tells a brain that comes anew. */
  kept(): Kept[] {
    return [...this.#generations.values()].map(
      ({ process, generation, main, emptyReported, startedAt, endedAt, status }) => ({
        process,
        generation,
        life: main === 'unborn' ? 'spawning' : main === 'alive' ? 'running' : emptyReported ? 'empty' : 'remains',
        pid: main === 'alive' ? 1000 + generation : 0,
        startedAt,
        endedAt,
        status,
      }),
    );
  }

  /** The main process of this generation is there. */
  hasMain(generation: number): boolean {
    return this.#generations.get(generation)?.main === 'alive';
  }

  /** Somebody kills the main process from outside: of this generation, or of all of them. */
  strike(process: string, generation?: number): void {
    for (const one of this.#generations.values()) {
      if (one.process === process && (generation ?? one.generation) === one.generation)
        this.#after(1, () => this.#die(one, { code: null, signal: 9, core: false }));
    }
  }

  perform(effect: Effect, now: number): void {
    this.#now = now;
    if (effect.type === 'spawn') this.#spawn(effect.process, effect.generation);
    else if (effect.type === 'signal') this.#signal(effect);
    else if (effect.type === 'quiet') this.#quiet(effect.generation);
    else if (effect.type === 'release') {
      const one = this.#generations.get(effect.generation);
      assert.ok(one?.emptyReported, `generation ${effect.generation} is released once, when it is empty`);
      this.#generations.delete(effect.generation);
      this.#released.add(effect.generation);
    }
  }

  #spawn(process: string, generation: number): void {
    if (!this.#overlaps) assert.deepEqual(this.alive(process), [], `${process} has no generation when one is spawned`);
    assert.ok(
      !this.#generations.has(generation) && !this.#released.has(generation),
      'a generation has a key of its own',
    );
    const fate = this.#fates[this.#spawns++ % this.#fates.length];
    assert.ok(fate);
    const unborn = {
      main: 'unborn',
      rest: false,
      emptyReported: false,
      startedAt: 0,
      endedAt: 0,
      status: null,
    } as const;
    const one: Generation = { process, generation, fate, ...unborn };
    this.#generations.set(generation, one);
    this.#after(fate.spawnDelay, () => this.#answerSpawn(one));
  }

  #answerSpawn(one: Generation): Event[] {
    const { process, generation, fate } = one;
    if (fate.fails) {
      // It may be asked for again by a brain that has not heard of this.
      this.#generations.delete(generation);
      return [{ type: 'spawn-failed', at: this.#now, process, generation, reason: 'no luck' }];
    }
    one.main = 'alive';
    one.startedAt = this.#now;
    one.rest = fate.rest !== null;
    if (fate.lifetime !== null) this.#after(fate.lifetime, () => this.#die(one, fate.status));
    if (fate.rest !== null && fate.rest.lifetime !== null) this.#after(fate.rest.lifetime, () => this.#leave(one));
    const { ready, unready } = fate;
    if (typeof ready === 'number') {
      this.#after(ready, () => this.#observe(one, { type: 'ready', ...this.#here(one), evidence: 'seen' }));
    }
    if (typeof unready === 'number') {
      this.#after(unready, () => this.#observe(one, { type: 'unready', ...this.#here(one), reason: 'deaf' }));
    }
    if (fate.unsteady) {
      const { from, lasts } = fate.unsteady;
      this.#after(from, () => this.#observe(one, { type: 'unsteady', ...this.#here(one), reason: 'busy' }));
      if (lasts !== null) {
        this.#after(from + lasts, () => this.#observe(one, { type: 'steady', ...this.#here(one) }));
      }
    }
    return [{ type: 'spawned', at: this.#now, process, generation, pid: 1000 + generation }];
  }

  #here({ process, generation }: Generation): { at: number; process: string; generation: number } {
    return { at: this.#now, process, generation };
  }

  /** What is observed of a living main process. */
  #observe(one: Generation, event: Event): Event[] {
    return one.main === 'alive' ? [event] : [];
  }

  #quiet(generation: number): void {
    const one = this.#generations.get(generation);
    assert.ok(one !== undefined && one.main === 'alive', 'what is to be quiet is there');
    const { quiets } = one.fate;
    if (typeof quiets !== 'number') return;
    this.#after(quiets, () => this.#observe(one, { type: 'quieted', ...this.#here(one) }));
  }

  #signal({ generation, whom, signal }: Extract<Effect, { type: 'signal' }>): void {
    const one = this.#generations.get(generation);
    assert.ok(one !== undefined && !one.emptyReported, `generation ${generation} is there when it is signalled`);
    assert.notEqual(one.main, 'unborn', 'nobody is signalled before the spawn is answered');
    const status: ExitStatus = { code: null, signal, core: false };
    if (whom === 'tree') {
      this.#after(5, () => [...this.#die(one, status), ...this.#leave(one)]);
      return;
    }
    if (signal === quietSignal) return;
    const { obeys, rest, wraps } = one.fate;
    if (whom === 'main' && wraps === true && obeys !== null) this.#after(obeys, () => this.#outlive(one));
    else if (whom !== 'roots' && obeys !== null) this.#after(obeys, () => this.#die(one, status));
    if (whom === 'roots') assert.equal(one.main, 'dead', 'the roots are signalled when the main process is gone');
    if (whom !== 'main' && whom !== 'wrapper' && rest !== null && rest.obeys !== null)
      this.#after(rest.obeys, () => this.#leave(one));
  }

  #outlive(one: Generation): Event[] {
    const { process, generation } = one;
    return one.main === 'alive' ? [{ type: 'outlived', at: this.#now, process, generation }] : [];
  }

  #die(one: Generation, status: ExitStatus): Event[] {
    if (one.main !== 'alive') return [];
    one.main = 'dead';
    one.endedAt = this.#now;
    one.status = status;
    const { process, generation, fate } = one;
    const exited: Event = { type: 'exited', at: this.#now, process, generation, status };
    if (one.rest) return [exited];
    if (fate.together) return [exited, ...this.#reportEmpty(one)];
    this.#after(1, () => this.#reportEmpty(one));
    return [exited];
  }

  #leave(one: Generation): Event[] {
    if (!one.rest) return [];
    one.rest = false;
    return one.main === 'dead' ? this.#reportEmpty(one) : [];
  }

  #reportEmpty(one: Generation): Event[] {
    one.emptyReported = true;
    return [{ type: 'empty', at: this.#now, process: one.process, generation: one.generation }];
  }

  #after(delay: number, happen: () => Event[]): void {
    this.#agenda.push({ at: this.#now + delay, happen });
  }
}
