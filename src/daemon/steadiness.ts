import type { ProcessConfig } from '../config/config.ts';
import { now } from '../os/clock.ts';
import { hasGate, isListening } from '../os/evidence.ts';
import { descendants, pidsBelow } from '../os/proc.ts';
import { readStat } from '../os/proc-stat.ts';
import type { Daemon } from './daemon.ts';
import type { Generation } from './generations.ts';
import { gateNumber } from './preload.ts';

/** Between two looks, in milliseconds; only while a next generation settles. */
const lookEvery = 150;

/** So many looks one after the other, at none of which anybody waited. */
const looksInVain = 3;

type Watched = { readonly timer: NodeJS.Timeout; hasWaited: boolean; inVain: number };

/**
 * Whether a next generation that was ready stays so. The master of a pre-forking server outlives its workers for a while, a second or
 * more on a busy machine: its end would come after the commit. Only of a held one can it be told: it has no connection, so that it has nothing to
 * do but wait. One of whose processes was never seen to wait is not judged, nor while one of them runs.
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
    this.#watched.set(generation.key, { timer, hasWaited: false, inVain: 0 });
    this.#look(generation, config);
  }

  /** It is the current one now, or nothing is left of it. */
  ignore(generation: number): void {
    clearInterval(this.#watched.get(generation)?.timer);
    this.#watched.delete(generation);
  }

  #look({ key, process, shim }: Generation, config: ProcessConfig): void {
    const watched = this.#watched.get(key);
    const root = descendants(shim);
    if (watched === undefined || root === null) return;
    const pids = pidsBelow(root);
    const sockets = this.#daemon.heldSockets.ensure(config).flatMap(({ inode }) => inode ?? []);
    // On the socket itself: it has got rid of the library, and with connections a busy one is not always seen to wait.
    if (sockets.some((inode) => isListening(pids, inode) !== null)) return this.ignore(key);
    if (sockets.every((inode) => isListening(pids, inode, gateNumber) !== null)) {
      if (!watched.hasWaited) this.#daemon.mainLog.log('debug', `'${process}' #${key} waits for connections`);
      watched.hasWaited = true;
      watched.inVain = 0;
      return;
    }
    if (!watched.hasWaited || pids.some(isBusy) || !pids.some((pid) => hasGate(pid, gateNumber))) return;
    watched.inVain += 1;
    if (watched.inVain < looksInVain) return;
    this.ignore(key);
    const reason = 'none of its processes waits for connections any more, after it was ready';
    this.#daemon.hall.happen({ type: 'unready', at: now(), process, generation: key, reason });
  }
}

/** It may be about to wait. */
function isBusy(pid: number): boolean {
  const state = readStat(pid)?.state;
  return state === 'R' || state === 'D';
}
