import type { Effect } from '../core/effects.ts';
import type { Event } from '../core/events.ts';
import type { ProcessKey } from '../core/program.ts';
import { signalName } from '../core/signals.ts';
import { type Actor, nameOf } from '../os/actor.ts';
import { now } from '../os/clock.ts';
import { type Fingerprint, fingerprint, newlyDefunct, reloadProof } from '../os/reload-proof.ts';
import { signalUse } from '../os/signal-use.ts';
import { doubtOf } from './actors.ts';
import type { Daemon } from './daemon.ts';
import type { Generation } from './generations.ts';

/** Between two looks at a program that reloads, in milliseconds; only while it does. */
const lookEvery = 25;
/** A process that waits for its children does so sooner, in milliseconds: then a defunct one stays so. */
const defunctFor = 500;
/** Some block signals for a moment; looks before that is taken for good. */
const looksAtBlocked = 8;

type Watched = {
  readonly generation: Generation;
  readonly signal: number;
  before: Fingerprint;
  proven: boolean;
  /** Since when defunct children have been seen, by pid. */
  readonly defunct: Map<number, number>;
  timer: NodeJS.Timeout | null;
};

type News = Extract<Event, { type: 'reload' }>['news'];

/** Sends the signals of reloads, and looks for the proof that they were heeded (src/os/reload-proof.ts). */
export class Reloads {
  readonly #daemon: Daemon;
  readonly #watched = new Map<number, Watched>();

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  /** Why the signal would do no good, or to whom it would go. */
  check(generation: Generation, signal: number): { readonly actor: Actor } | { readonly refusal: string } {
    const actor = this.#daemon.actors.find(generation, signal);
    if (actor === null) return { refusal: 'its main process is gone' };
    if (actor.doubt !== '') return { refusal: doubtOf({ process: generation.process, signal }, actor) };
    const who = nameOf(actor.pid);
    const name = signalName(signal);
    const use = signalUse(actor.pid, signal);
    if (use === 'default') return { refusal: `${who} does not catch ${name}: it would be terminated by it` };
    if (use === 'ignores' || use === 'blocks') return { refusal: `${who} ${use} ${name}: it would have no effect` };
    return { actor };
  }

  begin({ generation: key, signal }: Extract<Effect, { type: 'reload' }>, looks = 1): void {
    const generation = this.#daemon.generations.get(key);
    if (generation === undefined) return;
    const checked = this.check(generation, signal);
    if ('refusal' in checked) {
      if (!checked.refusal.includes(' blocks ') || looks === looksAtBlocked) {
        return this.#tell(generation.process, key, 'refused', checked.refusal);
      }
      setTimeout(
        () => this.begin({ type: 'reload', process: generation.process, generation: key, signal }, looks + 1),
        lookEvery,
      );
      return;
    }
    const before = fingerprint(checked.actor.pid);
    if (before === null) return this.#tell(generation.process, key, 'refused', 'it has just ended');
    const watched: Watched = { generation, signal, before, proven: false, defunct: new Map(), timer: null };
    this.#watched.set(key, watched);
    void this.#send(watched, checked.actor);
  }

  /** The core has heard enough. */
  end(generation: number): void {
    const timer = this.#watched.get(generation)?.timer;
    if (timer !== undefined && timer !== null) clearTimeout(timer);
    this.#watched.delete(generation);
  }

  async #send(watched: Watched, { pid, born }: Actor): Promise<void> {
    const { generation, signal } = watched;
    const { key, process } = generation;
    const errno = await this.#daemon.actors.one({ generation: key, signal, cont: false }, { pid, born }, false);
    if (errno !== 0) {
      this.end(key);
      return this.#tell(process, key, 'refused', `cannot signal ${nameOf(pid)}: errno ${errno}`);
    }
    this.#tell(process, key, 'signalled', `${signalName(signal)} to ${nameOf(pid)}`);
    this.#lookSoon(watched);
  }

  #lookSoon(watched: Watched): void {
    if (this.#watched.get(watched.generation.key) !== watched) return;
    watched.timer = setTimeout(() => this.#look(watched), lookEvery);
  }

  #look(watched: Watched): void {
    const { generation, before } = watched;
    const after = fingerprint(before.pid) ?? this.#successor(watched);
    // While nobody stands in its place, or the end of the main process is about to be reported, there is nothing to say.
    if (after === null) return this.#lookSoon(watched);
    const proof = reloadProof(before, after);
    const left = this.#leftDefunct(watched, after);
    const tell = (news: News, detail: string): void => this.#tell(generation.process, generation.key, news, detail);
    if (watched.proven && left !== null)
      tell('disproven', `it has reloaded and left ${left}, which its end alone can clear`);
    else if (watched.proven && proof === null) tell('disproven', 'what had come of it is gone again');
    else if (!watched.proven && proof !== null) {
      watched.proven = true;
      tell('proven', proof);
    }
    this.#lookSoon(watched);
  }

  /** Below a wrapper another process may have taken its place. */
  #successor({ generation, signal }: Watched): Fingerprint | null {
    const actor = this.#daemon.actors.find(generation, signal);
    return actor === null || actor.above.length === 0 ? null : fingerprint(actor.pid);
  }

  #leftDefunct({ before, defunct }: Watched, after: Fingerprint): string | null {
    const left = newlyDefunct(before, after);
    const at = now();
    for (const pid of defunct.keys()) if (!left.some((one) => one.pid === pid)) defunct.delete(pid);
    for (const { pid } of left) if (!defunct.has(pid)) defunct.set(pid, at);
    const stays = left.filter(({ pid }) => at - (defunct.get(pid) ?? at) >= defunctFor);
    return stays.length === 0 ? null : stays.map(({ pid, comm }) => `the defunct pid ${pid} [${comm}]`).join(', ');
  }

  #tell(process: ProcessKey, generation: number, news: News, detail: string): void {
    this.#daemon.hall.happen({ type: 'reload', at: now(), process, generation, news, detail });
  }
}
