import type { ProcessConfig } from '../config/config.ts';
import { memoOf } from '../core/memo.ts';
import type { ProcessKey, ProcessSpec } from '../core/program.ts';
import { emptyWorld } from '../core/step.ts';
import type { Group, Process, World } from '../core/world.ts';
import type { InitFrameOf } from '../os/wire.ts';
import type { Daemon } from './daemon.ts';
import { daemonKey, groupKey, type Past, processKey } from './past.ts';
import { type ShelfNumber, type Shelved, writeShelf } from './shelf.ts';

/** What a configuration in a memo is called: its number; for a handover with terms of its own, with them. */
export type ConfigName = number | { readonly config: number; readonly terms: Partial<ProcessSpec> };

/**
 * What the next brain is to know, kept with init: memos that go out together with what the core asked for, so that init has both or neither
 * (docs/protocol.md), and the configuration on a shelf.
 */
export class Memory {
  readonly #daemon: Daemon;
  /** What init has been told. */
  #told: World = emptyWorld;
  #shelf: ShelfNumber | null = null;
  /** The configuration has changed since it was shelved. */
  #stale = true;
  #troubled = false;
  /** Something beside the world has changed for these. */
  readonly #touched = new Set<ProcessKey>();
  readonly #numbers = new WeakMap<ProcessConfig, number>();
  #lastNumber = 0;

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  /** What a former brain has left is what init has. */
  begin({ shelf, shelved, known, lost }: Past): void {
    this.#told = known;
    this.#shelf = shelf;
    for (const key of lost) this.#tell(key, '');
    if (shelved === null) return;
    this.#stale = false;
    for (const [number, config] of shelved.configs) {
      this.#numbers.set(config, number);
      this.#lastNumber = Math.max(this.#lastNumber, number);
    }
  }

  /** Something of the process that is no part of the world is to be kept as well. */
  touch(key: ProcessKey): void {
    this.#touched.add(key);
    this.#daemon.link.flushSoon();
  }

  /** What is configured has changed. */
  reshelve(): void {
    this.#stale = true;
    this.#daemon.link.flushSoon();
  }

  /** Adds to what goes out to init now what belongs to it. */
  keep(): void {
    const { world } = this.#daemon.hall;
    // A brain that is killed before it has anything to supervise has not begun: the next one is the first.
    if (world === emptyWorld) return;
    if (world === this.#told && this.#touched.size === 0 && !this.#stale) return;
    const told = this.#told;
    const shelf = this.#shelf;
    this.#told = world;
    for (const [key, process] of world.processes) {
      if (told.processes.get(key) !== process || this.#touched.has(key))
        this.#tell(processKey(key), this.#memo(process));
    }
    for (const key of told.processes.keys()) if (!world.processes.has(key)) this.#tell(processKey(key), '');
    for (const [name, group] of world.groups) {
      if (told.groups.get(name) !== group) this.#tell(groupKey(name), groupMemo(group));
    }
    for (const name of told.groups.keys()) if (!world.groups.has(name)) this.#tell(groupKey(name), '');
    this.#touched.clear();
    if (this.#stale) this.#write();
    const { mood, nextGeneration, finished } = world;
    const isSame = mood === told.mood && nextGeneration === told.nextGeneration && finished === told.finished;
    if (isSame && shelf === this.#shelf) return;
    this.#tell(daemonKey, JSON.stringify({ mood, nextGeneration, finished, shelf: this.#shelf }));
  }

  /** init has not kept a memo. */
  refused({ errno }: InitFrameOf<'result'>): void {
    this.#complain(`init does not keep a memo (errno ${errno})`);
  }

  #tell(key: string, text: string): void {
    this.#daemon.link.send({ type: 'memo', key, text });
  }

  #memo(process: Process): string {
    const { logs, readiness, actors, generations, watchdogs, words } = this.#daemon;
    const { next, draining, generation } = process;
    const numbers = [generation, next?.generation ?? 0, ...draining.map((one) => one.generation)];
    const facts = numbers
      .filter((number) => number !== 0)
      .map((number) => ({
        generation: number,
        ...readiness.memoOf(number),
        told: actors.toldOf(number),
        slot: generations.slotOf(number),
        watchdog: watchdogs.memoOf(number),
        mainPid: words.of(number).mainPid,
      }));
    return JSON.stringify({
      process: memoOf(process, (spec) => this.#nameOf(spec)),
      logs: logs.autoOf(process.spec.key),
      facts,
    });
  }

  #nameOf(spec: ProcessSpec): ConfigName | null {
    const config = this.#daemon.services.configOf(spec);
    if (config === undefined) return null;
    const number = this.#numberOf(config);
    if (config === spec) return number;
    const { handover, readyTimeout, reloadTimeout } = spec;
    return {
      config: number,
      terms: {
        ...(handover && { handover }),
        ...(readyTimeout !== undefined && { readyTimeout }),
        ...(reloadTimeout !== undefined && { reloadTimeout }),
      },
    };
  }

  #numberOf(config: ProcessConfig): number {
    const known = this.#numbers.get(config);
    if (known !== undefined) return known;
    this.#lastNumber += 1;
    this.#numbers.set(config, this.#lastNumber);
    this.#stale = true;
    return this.#lastNumber;
  }

  /** On the shelf that no memo speaks of, until the next one does. */
  #write(): void {
    const next: ShelfNumber = this.#shelf === 0 ? 1 : 0;
    const trouble = writeShelf(next, this.#shelved());
    this.#stale = false;
    this.#shelf = trouble === null ? next : null;
    if (trouble !== null) this.#complain(`cannot keep the configuration in memory: ${trouble}`);
  }

  #shelved(): Shelved {
    const { config, reload, services } = this.#daemon;
    const { groups: _, ...server } = config;
    const active = services.activated();
    const all = [...services.declared(), ...[...active, ...reload.wanted.groups].flatMap(({ processes }) => processes)];
    const configs = new Map(all.map((one) => [this.#numberOf(one), one]));
    return { config: server, wanted: reload.wanted, active, changing: reload.changing, configs };
  }

  #complain(what: string): void {
    if (this.#troubled) return;
    this.#troubled = true;
    this.#daemon.mainLog.log('warn', `${what}: should the brain die, the next one reads the configuration file again`);
  }
}

/** Bytes that a memo may have (docs/protocol.md), less what a key takes. */
const memoAtMost = 60_000;

/** Members that do not fit are left out: the next brain finds them by their own memos. */
function groupMemo(group: Group): string {
  const text = JSON.stringify(group);
  return Buffer.byteLength(text) <= memoAtMost ? text : JSON.stringify({ ...group, members: [] });
}
