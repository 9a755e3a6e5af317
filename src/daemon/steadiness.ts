import type { ProcessConfig } from '../config/config.ts';
import { now } from '../os/clock.ts';
import { hasGate, hasMapped, isListening } from '../os/evidence.ts';
import { isSeen } from '../os/poll-arguments.ts';
import { readStat } from '../os/proc-stat.ts';
import type { Daemon } from './daemon.ts';
import { pidsOf } from './generation-tree.ts';
import type { Generation } from './generations.ts';
import { gateNumber, libraryName } from './preload.ts';

/** Between two looks, in milliseconds; only while a next generation settles. */
const lookEvery = 150;

/** So many looks one after the other, at none of which anybody waited. */
const looksInVain = 3;

/** So long it may not have been seen to wait at all, in milliseconds: there may be ways to wait that nobody sees from outside. */
const believedAfter = 10_000;

type Watched = {
  readonly timer: NodeJS.Timeout;
  readonly since: number;
  hasWaited: boolean;
  isDoubted: boolean;
  inVain: number;
};

const nobodyWaits = 'none of its processes waits for connections any more, after it was ready';

/**
 * Whether a next generation that was ready stays so. The master of a pre-forking server outlives its workers for a while, a second or
 * more on a busy machine: its end would come after the commit. Only of a held one can it be told: it has no connection, so that it has nothing to
 * do but wait. While none of its processes is seen to, it is doubted, and its commit has to wait: one that runs may be about to wait, or to end.
 * One that was never seen to wait is believed in the end, for it cannot be judged.
 */
export class Steadiness {
  readonly #daemon: Daemon;
  readonly #watched = new Map<number, Watched>();

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  /** It was ready. */
  watch(generation: Generation, config: ProcessConfig): void {
    if (config.listen.length === 0 || !config.listenHold) return;
    const timer = setInterval(() => this.#look(generation, config), lookEvery);
    this.#watched.set(generation.key, { timer, since: now(), hasWaited: false, isDoubted: false, inVain: 0 });
    this.#look(generation, config);
  }

  /** It is the current one now, or nothing is left of it. */
  ignore(generation: number): void {
    clearInterval(this.#watched.get(generation)?.timer);
    this.#watched.delete(generation);
  }

  #look({ key, process }: Generation, config: ProcessConfig): void {
    const watched = this.#watched.get(key);
    if (watched === undefined) return;
    const here = { at: now(), process, generation: key };
    const pids = pidsOf(this.#daemon, key);
    const sockets = this.#daemon.heldSockets.ensure(config).flatMap(({ inode }) => inode ?? []);
    const waits = sockets.every((inode) => isListening(pids, inode, gateNumber) !== null);
    if (waits && !watched.hasWaited) this.#daemon.mainLog.log('debug', `'${process}' #${key} waits for connections`);
    const isJudged =
      watched.hasWaited || (here.at - watched.since < believedAfter && (pids.length === 0 || pids.some(isSeen)));
    const isOver = !isJudged || isFree(pids, sockets);
    if (waits || isOver) {
      const isNews = !watched.hasWaited || watched.isDoubted;
      Object.assign(watched, { hasWaited: true, isDoubted: false, inVain: 0 });
      if (isOver) this.ignore(key);
      // Also when it is first seen: a brain before this one may have doubted it.
      if (isNews) this.#daemon.hall.happen({ type: 'steady', ...here });
      return;
    }
    if (!pids.some((pid) => hasGate(pid, gateNumber))) return;
    if (!watched.isDoubted) {
      watched.isDoubted = true;
      this.#daemon.mainLog.log('debug', `'${process}' #${key} does not wait for connections just now`);
      this.#daemon.hall.happen({ type: 'unsteady', ...here, reason: nobodyWaits });
    }
    if (!watched.hasWaited || pids.some(isBusy)) return;
    watched.inVain += 1;
    if (watched.inVain < looksInVain) return;
    this.ignore(key);
    this.#daemon.hall.happen({ type: 'unready', ...here, reason: nobodyWaits });
  }
}

/** It waits without the library: it has connections, and a busy one is not always seen to wait. */
function isFree(pids: readonly number[], sockets: readonly number[]): boolean {
  return pids.some(
    (pid) => sockets.some((inode) => isListening([pid], inode) !== null) && !hasMapped(pid, libraryName),
  );
}

/** It may be about to wait. */
function isBusy(pid: number): boolean {
  const state = readStat(pid)?.state;
  return state === 'R' || state === 'D';
}
