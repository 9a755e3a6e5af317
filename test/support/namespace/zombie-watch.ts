import { setTimeout as pause } from 'node:timers/promises';

import { roleOf } from './app-test.ts';
import type { Row } from './process-table.ts';

export type Zombies = { readonly looks: number; readonly outlived: number; readonly atOnce: number };

/**
 * Looks for defunct processes whose parent is the supervisor or a shim: those that only they can reap.
 * One counts as having outlived the moment when it is still there after `moment` milliseconds and three looks.
 */
export class ZombieWatch {
  readonly #table: () => Row[];
  readonly #moment: number;
  readonly #seen = new Map<number, { readonly since: number; looks: number }>();
  readonly #outlived = new Set<number>();
  #atOnce = 0;
  #looks = 0;
  #ended = false;
  readonly #watching: Promise<void>;

  constructor(table: () => Row[], moment: number) {
    this.#table = table;
    this.#moment = moment;
    this.#watching = this.#watch();
  }

  async end(): Promise<Zombies> {
    this.#ended = true;
    await this.#watching;
    return { looks: this.#looks, outlived: this.#outlived.size, atOnce: this.#atOnce };
  }

  async #watch(): Promise<void> {
    while (!this.#ended) {
      this.#look();
      await pause(10);
    }
  }

  #look(): void {
    const rows = this.#table();
    const reapers = new Set(rows.filter((row) => ['supervisor', 'shim'].includes(roleOf(row))).map((row) => row.pid));
    const zombies = new Set(rows.filter((row) => row.state === 'Z' && reapers.has(row.ppid)).map((row) => row.pid));
    const now = performance.now();
    this.#looks += 1;
    this.#atOnce = Math.max(this.#atOnce, zombies.size);
    for (const pid of this.#seen.keys()) if (!zombies.has(pid)) this.#seen.delete(pid);
    for (const pid of zombies) {
      const seen = this.#seen.get(pid) ?? { since: now, looks: 0 };
      seen.looks += 1;
      this.#seen.set(pid, seen);
      if (now - seen.since > this.#moment && seen.looks > 3) this.#outlived.add(pid);
    }
  }
}
