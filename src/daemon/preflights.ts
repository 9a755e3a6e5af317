import type { ProcessConfig } from '../config/config.ts';
import type { ProcessKey } from '../core/program.ts';
import type { Daemon } from './daemon.ts';
import { type Preflight, preflight } from './preflight.ts';

type Running = {
  readonly given: AbortController;
  /** Why it was given up; empty: it was not. */
  reason: string;
  /** When nothing of it is left. */
  ended: Promise<unknown>;
};

/** The preflights under way: of one process the latest wins, as of its handovers, and none begins before the one before it has ended. */
export class Preflights {
  readonly #daemon: Daemon;
  readonly #last = new Map<ProcessKey, Running>();

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  /** Never rejects. */
  async run(config: ProcessConfig): Promise<Preflight> {
    const { key } = config;
    const before = this.giveUp(key, 'superseded');
    const running: Running = { given: new AbortController(), reason: '', ended: Promise.resolve() };
    this.#last.set(key, running);
    const checked = this.#check(config, running, before);
    running.ended = checked;
    const result = await checked;
    if (this.#last.get(key) === running) this.#last.delete(key);
    return running.reason === '' ? result : { ok: false, reason: running.reason, output: [] };
  }

  /** Ends the check of a process, with all it has started. null: none is under way. */
  giveUp(key: ProcessKey, reason: string): Promise<unknown> | null {
    const running = this.#last.get(key);
    if (running === undefined) return null;
    if (running.reason === '') running.reason = reason;
    running.given.abort();
    return running.ended;
  }

  async #check(config: ProcessConfig, running: Running, before: Promise<unknown> | null): Promise<Preflight> {
    if (before !== null) await before;
    if (running.reason !== '') return { ok: false, reason: running.reason, output: [] };
    return preflight(this.#daemon, config, running.given.signal);
  }
}
