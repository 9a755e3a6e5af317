import { ftruncateSync, readFileSync, readlinkSync, writeSync } from 'node:fs';
import type { Config, GroupConfig, ProcessConfig } from '../config/config.ts';
import { errorCode } from '../os/error-code.ts';
import type { Change } from './reload.ts';

/** The configuration a brain runs with, for the one after it. */
export type Shelved = {
  /** That of the daemon itself, as it was at its start. */
  readonly config: Omit<Config, 'groups'>;
  /** The last one that was read. */
  readonly wanted: Config;
  readonly active: readonly GroupConfig[];
  /** The groups that are on their way to the wanted configuration. */
  readonly changing: readonly Change[];
  /** Every configuration that a memo names, by its number. */
  readonly configs: ReadonlyMap<number, ProcessConfig>;
};

/** As it is written: each configuration of a process once, elsewhere its number. */
type Written = {
  readonly version: number;
  readonly config: Omit<Config, 'groups'>;
  readonly wanted: Omit<Config, 'groups'> & { readonly groups: readonly WrittenGroup[] };
  readonly active: readonly WrittenGroup[];
  /** Absent: an earlier version has written it. */
  readonly changing?: readonly Change[];
  readonly configs: readonly (readonly [number, ProcessConfig])[];
};
type WrittenGroup = Omit<GroupConfig, 'processes'> & { readonly processes: readonly number[] };

/** Raised when what is written changes its shape. */
const version = 1;

/** The two files in memory that every brain inherits from init (docs/protocol.md). */
const descriptors = [4, 5] as const;
export type ShelfNumber = 0 | 1;

/** Why there is nothing to be read or written; null: all is well. */
export type Trouble = string | null;

/** Overwrites a shelf. */
export function writeShelf(shelf: ShelfNumber, shelved: Shelved): Trouble {
  const fd = descriptors[shelf];
  try {
    if (!isShelf(fd)) return 'init has no file in memory';
    const bytes = Buffer.from(JSON.stringify(written(shelved)));
    ftruncateSync(fd, 0);
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at, at);
    return null;
  } catch (error) {
    return errorCode(error);
  }
}

/** null: there is nothing that this version can use. */
export function readShelf(shelf: ShelfNumber): Shelved | null {
  const text = readShelfText(shelf);
  return text === null ? null : parseShelf(text);
}

/** What lies there; null: nothing can be read. */
export function readShelfText(shelf: ShelfNumber): string | null {
  try {
    const fd = descriptors[shelf];
    // By its name, so that it is read from its beginning.
    return isShelf(fd) ? readFileSync(`/proc/self/fd/${fd}`, 'utf8') : null;
  } catch {
    return null;
  }
}

/** null: it is nothing that this version has written. */
export function parseShelf(text: string): Shelved | null {
  try {
    const found: unknown = JSON.parse(text);
    return isWritten(found) ? unwritten(found) : null;
  } catch {
    return null;
  }
}

/** What a kernel without memfd_create(2) leaves under the number is something else. */
function isShelf(fd: number): boolean {
  return readlinkSync(`/proc/self/fd/${fd}`).startsWith('/memfd:legato');
}

function written({ config, wanted, active, changing, configs }: Shelved): Written {
  const numbers = new Map([...configs].map(([number, one]) => [one, number]));
  const short = (group: GroupConfig): WrittenGroup => ({
    ...group,
    processes: group.processes.flatMap((one) => numbers.get(one) ?? []),
  });
  return {
    version,
    config,
    wanted: { ...wanted, groups: wanted.groups.map(short) },
    active: active.map(short),
    changing,
    configs: [...configs],
  };
}

function unwritten({ config, wanted, active, changing = [], configs: list }: Written): Shelved {
  const configs = new Map(list);
  const whole = (group: WrittenGroup): GroupConfig => ({
    ...group,
    processes: group.processes.flatMap((number) => configs.get(number) ?? []),
  });
  return {
    config,
    wanted: { ...wanted, groups: wanted.groups.map(whole) },
    active: active.map(whole),
    changing,
    configs,
  };
}

/** Nobody but a brain of this version has written it; what stands there was a configuration. */
function isWritten(found: unknown): found is Written {
  return typeof found === 'object' && found !== null && 'version' in found && found.version === version;
}
