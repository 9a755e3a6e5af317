import type { ProcessConfig } from '../config/config.ts';
import type { ProcessKey } from '../core/program.ts';
import type { Capture } from './capture.ts';
import type { Logs } from './process-logs.ts';

/** What a spawn is for. */
export type Role = 'current' | 'next';

/** A generation as init holds it: what the core need not know. */
export type Generation = {
  readonly key: number;
  readonly process: ProcessKey;
  readonly shim: number;
  readonly main: number;
  /** The lowest number that no other one of its process had. */
  readonly slot: number;
  /** When it was spawned, CLOCK_MONOTONIC in milliseconds. */
  readonly startedMs: number;
  /** What it was spawned with; null: a former brain did that, and its process is not configured any more. */
  readonly config: ProcessConfig | null;
  readonly logs: Logs;
  /** init's descriptor of its stdin; -1: none. */
  readonly stdin: number;
  /** Its output, until the end of the generation. */
  readonly captures: Partial<Record<'stdout' | 'stderr', Capture>>;
};

/** A spawn that init has not answered yet; `executable` is the command as written, for messages. */
export type Asked = {
  readonly process: ProcessKey;
  readonly slot: number;
  readonly config: ProcessConfig;
  readonly executable: string;
  readonly role: Role;
};

/** Generations by the key that init and the brain use for them. */
export class Generations {
  readonly #byKey = new Map<number, Generation>();
  readonly #asked = new Map<number, Asked>();
  readonly #lastOutput = new Map<ProcessKey, string[]>();

  ask(key: number, asked: Asked): void {
    this.#asked.set(key, asked);
  }

  /** What a spawn was asked for; the question is answered by this. */
  answered(key: number): Asked | undefined {
    const asked = this.#asked.get(key);
    this.#asked.delete(key);
    return asked;
  }

  add(generation: Generation): void {
    this.#byKey.set(generation.key, generation);
  }

  get(key: number): Generation | undefined {
    return this.#byKey.get(key);
  }

  remove(key: number): void {
    this.#byKey.delete(key);
  }

  /** The last lines that a next generation of a process wrote before it came to nothing. */
  lastOutput(process: ProcessKey): string[] {
    return this.#lastOutput.get(process) ?? [];
  }

  /** Keeps them for the report of its handover; null: of an earlier one nothing is kept any more. */
  keepOutput(process: ProcessKey, lines: string[] | null): void {
    if (lines === null) this.#lastOutput.delete(process);
    else this.#lastOutput.set(process, lines);
  }

  /** Also of one that init has only been asked for. */
  slotOf(key: number): number {
    return (this.#byKey.get(key) ?? this.#asked.get(key))?.slot ?? 0;
  }

  /** The lowest number from 0 on that none of the process has. */
  freeSlot(process: ProcessKey): number {
    const all = [...this.#byKey.values(), ...this.#asked.values()];
    const taken = new Set(all.filter((one) => one.process === process).map(({ slot }) => slot));
    let slot = 0;
    while (taken.has(slot)) slot += 1;
    return slot;
  }

  of(process: ProcessKey): Generation[] {
    return [...this.#byKey.values()].filter((generation) => generation.process === process);
  }
}
