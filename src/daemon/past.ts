import type { GroupConfig, ProcessConfig } from '../config/config.ts';
import { type Ground, recall, recallGround, recallGroup } from '../core/memo.ts';
import type { ProcessKey, ProcessSpec } from '../core/program.ts';
import type { Kept } from '../core/resume.ts';
import { emptyWorld } from '../core/step.ts';
import { type Group, newProcess, type Process, type World } from '../core/world.ts';
import type { Snapshot } from '../os/link.ts';
import type { InitFrameOf } from '../os/wire.ts';
import { Errands } from './errands.ts';
import { type ListenersLegacy, listenersLegacy } from './listeners-legacy.ts';
import { readShelf, type ShelfNumber, type Shelved } from './shelf.ts';
import { waitStatus } from './wait-status.ts';
import type { WatchdogMemo } from './watchdogs.ts';

/** Keys of memos. */
export const daemonKey = 'd';
export const processKey = (key: ProcessKey): string => `p ${key}`;
export const listenersKey = 'l';
export const groupKey = (name: string): string => `g ${name}`;

/** What a memo says of a process beside the core's world. */
export type Facts = {
  /** Paths of its AUTO logs, by channel. */
  readonly logs: Readonly<Record<string, string>>;
  readonly generations: ReadonlyMap<number, GenerationFacts>;
};
export type GenerationFacts = {
  readonly said: string | null;
  readonly evidence: string;
  readonly told: { readonly pid: number; readonly born: number } | null;
  readonly slot: number;
  readonly watchdog: WatchdogMemo | null;
  /** What it has named its main process; 0: nothing. */
  readonly mainPid: number;
};

/** What a former brain has left. */
export type Past = {
  readonly shelf: ShelfNumber | null;
  readonly shelved: Shelved | null;
  /** The world as init knows it; what is not in it has to be told anew. */
  readonly known: World;
  /** The world to go on with. */
  readonly world: World;
  readonly facts: ReadonlyMap<ProcessKey, Facts>;
  /** Specs that are no configurations, with those they stand for. */
  readonly specs: ReadonlyMap<ProcessSpec, ProcessConfig>;
  /** Keys of memos that say nothing to this brain. */
  readonly lost: readonly string[];
  readonly kept: readonly Kept[];
  readonly active: readonly GroupConfig[];
  /** Of listeners, where a brain has made room in order. */
  readonly listeners: ListenersLegacy | null;
};

/** Whether this brain is not the first. */
export function hasPast({ memos, generations }: Snapshot): boolean {
  return memos.length > 0 || generations.some(({ generation }) => !Errands.isErrand(generation));
}

/** The configuration that a former brain ran with; null: it is lost, or there was none. */
export function shelvedIn(snapshot: Snapshot): Shelved | null {
  const shelf = shelfIn(snapshot);
  return shelf === null ? null : readShelf(shelf);
}

/** The shelf that the memos speak of; null: they speak of none. */
export function shelfIn(snapshot: Pick<Snapshot, 'memos'>): ShelfNumber | null {
  return shelfOf(parsed(snapshot, daemonKey));
}

/** The process a generation belongs to: its title is `group:name #generation` (spawn-request.ts). */
export function processOf(title: string): ProcessKey {
  return title.replace(/ #\d+$/, '');
}

/**
 * What is known of before. Without memos (another version's, or none) a generation that lives and is configured is one that runs, and
 * whatever else was going on is forgotten.
 * @param configured the groups of the shelf, or else of the file
 */
export function recallPast(
  snapshot: Pick<Snapshot, 'memos' | 'generations'>,
  shelved: Shelved | null,
  configured: readonly GroupConfig[],
): Past {
  const kept = snapshot.generations.filter(({ generation }) => !Errands.isErrand(generation)).map(keptOf);
  const ground = parsed(snapshot, daemonKey);
  const recalled = new Recollection(snapshot, shelved, configured);
  const { processes } = recalled;
  const groups = new Map([...recalled.groups].map(([name, group]) => [name, completed(group, processes, configured)]));
  const active = groups.size === 0 ? configured : configured.filter(({ name }) => groups.has(name));
  const known: World = { ...emptyWorld, ...groundOf(ground, kept), groups, processes };
  const world: World = {
    ...known,
    groups: new Map([...groups, ...active.filter(({ name }) => !groups.has(name)).map(groupOf)]),
    processes: new Map([...processes, ...found(active, processes, kept)]),
  };
  const listeners = listenersLegacy(parsed(snapshot, listenersKey));
  return { shelf: shelfOf(ground), shelved, known, world, kept, active, listeners, ...recalled.rest };
}

class Recollection {
  readonly groups = new Map<string, Group>();
  readonly processes = new Map<ProcessKey, Process>();
  readonly rest = {
    facts: new Map<ProcessKey, Facts>(),
    specs: new Map<ProcessSpec, ProcessConfig>(),
    lost: new Array<string>(),
  };
  readonly #shelved: Shelved | null;
  readonly #configured: ReadonlyMap<ProcessKey, ProcessConfig>;

  constructor({ memos }: Pick<Snapshot, 'memos'>, shelved: Shelved | null, configured: readonly GroupConfig[]) {
    this.#shelved = shelved;
    this.#configured = new Map(configured.flatMap(({ processes }) => processes.map((one) => [one.key, one])));
    for (const { key, text } of memos) if (key !== daemonKey && !this.#take(key, json(text))) this.rest.lost.push(key);
  }

  #take(key: string, memo: unknown): boolean {
    const group = key.startsWith('g ') ? recallGroup(memo) : null;
    if (group !== null) this.groups.set(group.name, group);
    if (!key.startsWith('p ') || !isRecord(memo)) return group !== null;
    const process = recall(memo['process'], (name) => this.#specOf(name, key.slice(2)));
    if (process === null) return false;
    this.processes.set(process.spec.key, process);
    this.rest.facts.set(process.spec.key, factsOf(memo));
    return true;
  }

  /** Where the shelf is lost, what is configured under the key. */
  #specOf(name: unknown, key: ProcessKey): ProcessSpec | null {
    const number = isRecord(name) ? name['config'] : name;
    const config = typeof number === 'number' ? this.#shelved?.configs.get(number) : undefined;
    const found = config ?? this.#configured.get(key) ?? null;
    const terms = isRecord(name) ? name['terms'] : null;
    if (found === null) return null;
    const spec = isRecord(terms) ? { ...found, ...termsOf(terms) } : found;
    // Also one as it was configured: of a group that is active it need not be the last one.
    this.rest.specs.set(spec, found);
    return spec;
  }
}

function termsOf({ handover, readyTimeout, reloadTimeout }: Readonly<Record<string, unknown>>): Partial<ProcessSpec> {
  return {
    ...((handover === 'overlap' || handover === 'replace' || handover === 'signal' || handover === 'none') && {
      handover,
    }),
    ...(typeof readyTimeout === 'number' && { readyTimeout }),
    ...(typeof reloadTimeout === 'number' && { reloadTimeout }),
  };
}

function keptOf(frame: InitFrameOf<'generation'>): Kept {
  const { generation, title, life, main, startedMs, endedMs, status } = frame;
  return {
    generation,
    process: processOf(title),
    life,
    pid: main,
    startedAt: startedMs,
    endedAt: endedMs,
    status: life === 'remains' || life === 'empty' ? waitStatus(status) : null,
  };
}

/** No number is given twice. */
function groundOf(memo: unknown, kept: readonly Kept[]): Ground {
  const ground = recallGround(memo) ?? emptyWorld;
  const { mood, finished, nextGeneration } = ground;
  return { mood, finished, nextGeneration: Math.max(nextGeneration, ...kept.map(({ generation }) => generation + 1)) };
}

/** With every process that has a memo of its own: in the order of the group's memo, of the configuration, and of the memos. */
function completed(
  group: Group,
  processes: ReadonlyMap<ProcessKey, Process>,
  configured: readonly GroupConfig[],
): Group {
  const inOrder = configured.find(({ name }) => name === group.name)?.processes.map(({ key }) => key) ?? [];
  const known = [...processes.values()].flatMap(({ spec }) => (spec.group === group.name ? [spec.key] : []));
  const all = new Set([...group.members, ...inOrder.filter((key) => processes.has(key)), ...known]);
  return all.size === group.members.length ? group : { ...group, members: [...all] };
}

function groupOf({ name, priority, processes }: GroupConfig): [string, Group] {
  return [name, { name, priority, members: [...new Set(processes.map(({ key }) => key))] }];
}

/** Those of which no memo speaks. */
function found(
  active: readonly GroupConfig[],
  known: ReadonlyMap<ProcessKey, Process>,
  kept: readonly Kept[],
): [ProcessKey, Process][] {
  const lacking = active.flatMap(({ processes }) => processes.filter(({ key }) => !known.has(key)));
  return lacking.map((config) => {
    const alive = kept.findLast(({ process, life }) => process === config.key && life !== 'empty');
    return [config.key, alive === undefined ? newProcess(config) : running(config, alive)];
  });
}

function running(spec: ProcessSpec, { generation, pid, startedAt, life }: Kept): Process {
  if (life === 'spawning') return { ...newProcess(spec), want: 'up', state: 'STARTING', phase: 'spawning', generation };
  const main = pid === 0 ? 1 : pid;
  const facts = { generation, pid: main, mainPid: main, startedAt } as const;
  return { ...newProcess(spec), want: 'up', state: 'RUNNING', phase: 'running', ...facts };
}

function factsOf({ logs, facts }: Readonly<Record<string, unknown>>): Facts {
  const paths = isRecord(logs) ? Object.entries(logs).filter(isTextEntry) : [];
  const list = Array.isArray(facts) ? facts.filter(isRecord) : [];
  return {
    logs: Object.fromEntries(paths),
    generations: new Map(list.flatMap((one) => generationFacts(one))),
  };
}

function generationFacts({
  generation,
  said,
  evidence,
  told,
  slot,
  watchdog,
  mainPid,
}: Record<string, unknown>): [number, GenerationFacts][] {
  if (typeof generation !== 'number') return [];
  const { pid, born } = isRecord(told) ? told : { pid: null, born: null };
  const isTold = typeof pid === 'number' && typeof born === 'number';
  const facts = {
    said: typeof said === 'string' ? said : null,
    evidence: typeof evidence === 'string' ? evidence : '',
    told: isTold ? { pid, born } : null,
    slot: typeof slot === 'number' ? slot : 0,
    watchdog: watchdogFacts(watchdog),
    mainPid: typeof mainPid === 'number' ? mainPid : 0,
  };
  return [[generation, facts]];
}

function isTextEntry(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === 'string';
}

function shelfOf(ground: unknown): ShelfNumber | null {
  const shelf = isRecord(ground) ? ground['shelf'] : null;
  return shelf === 0 || shelf === 1 ? shelf : null;
}

function parsed({ memos }: Pick<Snapshot, 'memos'>, key: string): unknown {
  return json(memos.find((memo) => memo.key === key)?.text ?? 'null');
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function watchdogFacts(found: unknown): WatchdogMemo | null {
  if (!isRecord(found)) return null;
  const { interval, begun } = found;
  return typeof interval === 'number' && typeof begun === 'boolean' ? { interval, begun } : null;
}
