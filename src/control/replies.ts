import { isArray, isStruct, type Struct, type Value } from './value.ts';

/** An answer that does not have the shape its method promises. */
export class UnexpectedReply extends Error {
  override readonly name = 'UnexpectedReply';
}

/** One process as the client shows it. */
export type ProcessStatus = {
  readonly group: string;
  readonly name: string;
  readonly state: number;
  readonly statename: string;
  readonly description: string;
  readonly pid: number;
};

/** What became of one process of a command for several. `status` is a fault code; 80 is success. */
export type Outcome = {
  readonly group: string;
  readonly name: string;
  readonly status: number;
  readonly description: string;
};

/** One configured process as `avail` shows it. */
export type Available = {
  readonly group: string;
  readonly name: string;
  readonly inuse: boolean;
  readonly autostart: boolean;
  readonly groupPriority: number;
  readonly priority: number;
};

/** Groups that differ from the active ones after the configuration was read again. */
export type Changes = {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
};

/** @throws UnexpectedReply as all functions here */
export function listOf<T>(value: Value | undefined, read: (item: Value) => T): T[] {
  if (!isArray(value)) throw new UnexpectedReply('an array was expected');
  return value.map(read);
}

export function structOf(value: Value | undefined): Struct {
  if (!isStruct(value)) throw new UnexpectedReply('a struct was expected');
  return value;
}

export function textOf(value: Value | undefined): string {
  if (typeof value !== 'string') throw new UnexpectedReply('a string was expected');
  return value;
}

export function numberOf(value: Value | undefined): number {
  if (typeof value !== 'number') throw new UnexpectedReply('a number was expected');
  return value;
}

export function processStatus(value: Value): ProcessStatus {
  const { group, name, state, statename, description, pid } = structOf(value);
  return {
    group: textOf(group),
    name: textOf(name),
    state: numberOf(state),
    statename: textOf(statename),
    description: textOf(description),
    pid: numberOf(pid),
  };
}

export function outcome(value: Value): Outcome {
  const { group, name, status, description } = structOf(value);
  return { group: textOf(group), name: textOf(name), status: numberOf(status), description: textOf(description) };
}

export function available(value: Value): Available {
  const { group, name, inuse, autostart, group_prio, process_prio } = structOf(value);
  return {
    group: textOf(group),
    name: textOf(name),
    inuse: Boolean(inuse),
    autostart: Boolean(autostart),
    groupPriority: numberOf(group_prio),
    priority: numberOf(process_prio),
  };
}

/** reloadConfig answers with one array of three, inside another. */
export function changes(value: Value): Changes {
  const [added, changed, removed] = listOf(listOf(value, (item) => item)[0], (names) => listOf(names, textOf));
  return { added: added ?? [], changed: changed ?? [], removed: removed ?? [] };
}
