import { once } from 'node:events';

import type { ProcessConfig } from '../config/config.ts';
import { isStream } from '../config/listen-url.ts';
import { termsOf } from '../core/terms.ts';
import { longestTimer, now } from '../os/clock.ts';
import { isListening } from '../os/evidence.ts';
import { hasAccepted, hasAcceptedUnix, listenersOf, urlOfListener } from '../os/listeners.ts';
import { isSeen } from '../os/poll-arguments.ts';
import { printable } from '../os/printable.ts';
import type { InitFrameOf } from '../os/wire.ts';
import type { Daemon } from './daemon.ts';
import { pidsOf } from './generation-tree.ts';
import type { Generation, Role } from './generations.ts';
import { usageOf } from './quieting.ts';
import { asksWhat, askWhetherReady, awaited } from './ready-kinds.ts';

/** Between two looks at a generation that says nothing itself, in milliseconds; only while it is awaited. */
const lookEvery = 25;

/** Between two looks at what it does instead, which is costly. */
const explainEvery = 500;

/** Going through all connections of the host, to find one that was accepted, is done again after this many times what it took. */
const restAfterCost = 10;

export type Watched = {
  readonly generation: Generation;
  readonly config: ProcessConfig;
  readonly role: Role;
  /** What it has said so far; null: nothing. */
  said: string | null;
  /** What is still wanting, in a sentence. */
  lacks: string;
  /** When that was last looked into. */
  explainedAt: number;
  /** When the connections of the host may be gone through again. */
  countsAgain: number;
  timer: NodeJS.Timeout | null;
  /** Of a first generation, for which nobody waits: when to give up looking. */
  readonly limit: NodeJS.Timeout | null;
  readonly given: AbortController;
};

/**
 * The evidence that a generation serves: of that generation, not of the one beside it. What says so itself (`notify`, `fd`, `ipc`, `log`) must
 * also have taken its sockets: a word alone would leave connections in a queue nobody reads. For a next generation the core waits; of
 * one that is current from the start it is only told, since Supervisor's states know nothing of it.
 */
export class Readiness {
  readonly #daemon: Daemon;
  readonly #watched = new Map<number, Watched>();
  /** What those of a former brain have written meanwhile that shows it; null: nothing yet. */
  readonly #expected = new Map<number, string | null>();
  readonly #evidence = new Map<number, string>();

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  /** A generation was spawned. */
  watch(generation: Generation, config: ProcessConfig, role: Role): void {
    if (config.ready.kind === 'assumed') return;
    const limit =
      role === 'next'
        ? null
        : setTimeout(
            () => this.#giveUp(generation.key),
            Math.min(termsOf(config).readyTimeout * 1000, longestTimer),
          ).unref();
    const watched: Watched = {
      generation,
      config,
      role,
      said: null,
      lacks: '',
      explainedAt: 0,
      countsAgain: 0,
      timer: null,
      limit,
      given: new AbortController(),
    };
    this.#watched.set(generation.key, watched);
    this.#lack(watched, awaited(config.ready));
    if (config.ready.kind === 'listening') this.#lookSoon(watched);
    else if (asksWhat(config.ready)) void this.#ask(watched);
  }

  /** How a generation showed that it serves; empty: it has not, or nothing is expected of it. */
  evidenceOf(generation: number): string {
    return this.#evidence.get(generation) ?? '';
  }

  /** Whether it has still to show that it serves. */
  awaits(generation: number): boolean {
    return this.#watched.has(generation) || this.#expected.has(generation);
  }

  /** A former brain waited for a line of its log; what it writes is listened to before `resume` goes on with that. */
  expect(generation: number): void {
    this.#expected.set(generation, null);
  }

  /** All that was expected has been gone on with, or is gone. */
  expectNone(): void {
    this.#expected.clear();
  }

  /** Resolves when it is known of a generation: it has shown that it serves, its time for that is over, or it is gone; or who asks gives up. */
  async known(generation: number, gaveUp: AbortSignal): Promise<void> {
    const given = this.#watched.get(generation)?.given.signal;
    if (given !== undefined && !gaveUp.aborted) await Promise.race([once(given, 'abort'), once(gaveUp, 'abort')]);
  }

  /** It is the current one now, or is not waited for any longer. */
  ignore(generation: number): void {
    const watched = this.#watched.get(generation);
    if (watched === undefined) return;
    if (watched.timer !== null) clearTimeout(watched.timer);
    if (watched.limit !== null) clearTimeout(watched.limit);
    watched.given.abort();
    this.#watched.delete(generation);
  }

  /** The generation is gone. */
  forget(generation: number): void {
    this.ignore(generation);
    this.#evidence.delete(generation);
  }

  /** What the next brain is to know of it. */
  memoOf(generation: number): { readonly said: string | null; readonly evidence: string } {
    return { said: this.#watched.get(generation)?.said ?? null, evidence: this.evidenceOf(generation) };
  }

  /** Goes on for a former brain. word: what it heard the generation say, or init did; null: nothing. */
  resume(generation: Generation, config: ProcessConfig, role: Role, word: string | null, evidence: string): void {
    if (evidence !== '') {
      this.#evidence.set(generation.key, evidence);
      if (role === 'next') this.#daemon.steadiness.watch(generation, config);
      return;
    }
    const heard = word ?? this.#expected.get(generation.key) ?? null;
    this.watch(generation, config, role);
    if (heard !== null) this.said(generation.key, heard);
  }

  /** It said that it is ready, in the way that was agreed on. */
  said(generation: number, evidence: string): void {
    const watched = this.#watched.get(generation);
    if (watched === undefined || watched.said !== null || asksWhat(watched.config.ready)) return;
    if (watched.config.ready.kind !== 'listening') this.#hear(watched, evidence);
  }

  /** The log has a line that the program writes when it serves. */
  logged(generation: number, line: string): void {
    const evidence = `log: ${printable(line.trim().slice(0, 80))}`;
    if (this.#expected.has(generation)) this.#expected.set(generation, evidence);
    else this.said(generation, evidence);
  }

  #hear(watched: Watched, evidence: string): void {
    watched.said = evidence;
    this.#daemon.memory.touch(watched.generation.process);
    if (watched.config.listen.length === 0) this.#ready(watched, evidence);
    else void this.#look(watched);
  }

  /** Until it answers that it serves, or nobody wants to know any more. */
  async #ask(watched: Watched): Promise<void> {
    const { signal } = watched.given;
    while (!signal.aborted) {
      const { ok, detail, again } = await askWhetherReady(this.#daemon, watched);
      if (signal.aborted) return;
      if (ok) return this.#ready(watched, detail);
      this.#lack(watched, detail);
      await new Promise((resolve) => {
        watched.timer = setTimeout(resolve, again);
      });
    }
  }

  #lookSoon(watched: Watched): void {
    watched.timer = setTimeout(() => void this.#look(watched), lookEvery);
  }

  /** What is inherited is seen in /proc, where there is a right to look; the page, where there is one, tells the rest. */
  async #look(watched: Watched): Promise<void> {
    const { generation, config } = watched;
    const pids = pidsOf(this.#daemon, generation.key);
    const waits = this.#waitsOn(watched, pids);
    if (config.listenAs !== 'adopt' && waits !== null) return this.#ready(watched, `listening (${waits})`);
    const used = await usageOf(this.#daemon, generation.key);
    if (this.#watched.get(generation.key) !== watched) return;
    const told = used === null ? null : putToUse(used, config, waits, pids);
    if (told !== null) return this.#ready(watched, `${config.listenAs}: ${told}`);
    if (now() - watched.explainedAt > explainEvery) {
      watched.explainedAt = now();
      const missed = used === null || used.missed === '' ? '' : `; it binds ${printable(used.missed)}`;
      this.#lackSocket(watched, missed === '' ? this.#instead(watched, pids) : missed);
    }
    this.#lookSoon(watched);
  }

  /** How they wait on each of the held sockets, or that they have taken from it; null: of one of them, nothing at this moment. */
  #waitsOn(watched: Watched, pids: readonly number[]): string | null {
    const { config } = watched;
    const looks = now() >= watched.countsAgain;
    let cost = 0;
    const found = this.#daemon.heldSockets.ensure(config).map(({ inode }, index) => {
      if (inode === null) return null;
      const place = config.listen[index]?.address;
      const waits = isListening(pids, inode);
      if (waits !== null || !looks || place === undefined || !isStream(place)) return waits;
      const begun = now();
      const accepted = 'port' in place ? hasAccepted(pids, place) : hasAcceptedUnix(pids, inode);
      cost += now() - begun;
      return accepted ? 'a connection' : null;
    });
    watched.countsAgain = looks ? now() + cost * restAfterCost : watched.countsAgain;
    return found.every((one) => one !== null) ? found.join(', ') : null;
  }

  /** Where it listens instead of on the sockets that it was given. */
  #instead({ config }: Watched, pids: readonly number[]): string {
    const held = new Set(this.#daemon.heldSockets.ensure(config).map(({ inode }) => inode));
    const others = listenersOf(pids).filter(({ inode }) => !held.has(inode));
    return others.length === 0 ? '' : `; it listens on ${[...new Set(others.map(urlOfListener))].join(', ')}`;
  }

  #lackSocket(watched: Watched, instead: string): void {
    const urls = this.#daemon.heldSockets.ensure(watched.config).map(({ url }) => url);
    const said = watched.said === null ? '' : `it said so (${watched.said}), but `;
    this.#lack(watched, `${said}none of its processes took ${urls.join(' and ')}${instead}`);
  }

  #lack(watched: Watched, what: string): void {
    if (watched.lacks === what) return;
    watched.lacks = what;
    if (watched.role !== 'next') return;
    const { process, key } = watched.generation;
    this.#daemon.hall.happen({ type: 'lacking', at: now(), process, generation: key, what });
  }

  #giveUp(generation: number): void {
    const watched = this.#watched.get(generation);
    if (watched === undefined) return;
    const { config, lacks } = watched;
    this.ignore(generation);
    this.#daemon.mainLog.log(
      'warn',
      `'${config.key}' was not ready within ${termsOf(config).readyTimeout} s: ${lacks}`,
    );
  }

  #ready({ generation, config, said, role }: Watched, seen: string): void {
    const { key, process } = generation;
    const evidence = said === null || said === seen ? seen : `${said}, ${seen}`;
    this.ignore(key);
    this.#evidence.set(key, evidence);
    this.#daemon.memory.touch(process);
    if (role === 'current') return this.#daemon.mainLog.log('info', `'${process}' is ready (${evidence})`);
    this.#daemon.hall.happen({ type: 'ready', at: now(), process, generation: key, evidence });
    // What it was told may have ended its being next.
    if (this.#daemon.hall.world.processes.get(process)?.next?.generation === key) {
      this.#daemon.steadiness.watch(generation, config);
    }
  }
}

/**
 * What the page tells. listen() alone is no evidence: the master of a pre-forking server calls it before its workers have loaded the
 * application. One of them must have accepted, or have tried to (a held one is refused), or be seen to wait.
 */
function putToUse(
  { listens, binds, accepted, refusals }: InitFrameOf<'used'>,
  { listen, listenAs }: ProcessConfig,
  waits: string | null,
  pids: readonly number[],
): string | null {
  const streams = listen.filter(({ address }) => isStream(address)).length;
  // A datagram socket is put to use by binding it; of one that is inherited the page hears nothing.
  if (streams < listen.length && listenAs !== 'adopt') return null;
  if (streams === 0) return binds >= listen.length ? 'bind()' : null;
  if (listens < streams) return null;
  if (accepted > 0 || refusals > 0) return 'listen(), accept()';
  if (waits !== null) return `listen(), ${waits}`;
  return pids.length > 0 && !pids.some(isSeen) ? 'listen(); no right to see more' : null;
}
