import { setTimeout as pause } from 'node:timers/promises';

import type { Row } from './process-table.ts';

/** What a watch saw. */
export type Doubles = { readonly looks: number; readonly doubles: readonly string[] };

/**
 * Looks at the process table again and again for two generations of one program at once. A generation is told by its
 * process group: every program is started as the leader of one, and Celery's pool stays in it.
 * A table is not read in one instant, so two groups count only when a second look still finds a process of the older one.
 */
export class DoublesWatch {
  readonly #table: () => Row[];
  readonly #programOf: (row: Row) => string | undefined;
  readonly #doubles = new Set<string>();
  #looks = 0;
  #ended = false;
  readonly #watching: Promise<void>;

  constructor(table: () => Row[], programOf: (row: Row) => string | undefined) {
    this.#table = table;
    this.#programOf = programOf;
    this.#watching = this.#watch();
  }

  async end(): Promise<Doubles> {
    this.#ended = true;
    await this.#watching;
    return { looks: this.#looks, doubles: [...this.#doubles] };
  }

  async #watch(): Promise<void> {
    while (!this.#ended) {
      this.#look();
      // Now and then: the machine has others to serve.
      await pause(25);
    }
  }

  #look(): void {
    const first = this.#groups();
    if (first === undefined) return;
    this.#looks += 1;
    if (![...first.values()].some((groups) => groups.size > 1)) return;
    const second = this.#groups();
    for (const [program, groups] of first) {
      const still = [...groups].filter((group) => second?.get(program)?.has(group));
      if (still.length > 1) this.#doubles.add(`${program}: process groups ${still.join(' and ')}`);
    }
  }

  /** Program → its process groups; undefined when the namespace has gone. */
  #groups(): Map<string, Set<number>> | undefined {
    const groups = new Map<string, Set<number>>();
    try {
      for (const row of this.#table()) {
        const program = this.#programOf(row);
        if (program === undefined) continue;
        groups.set(program, (groups.get(program) ?? new Set()).add(row.pgid));
      }
    } catch {
      return undefined;
    }
    return groups;
  }
}
