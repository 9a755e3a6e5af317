import type { Candidate, Draining, Failure, Reload, Request } from './generations.ts';
import { drainTable, nextTable } from './handover.ts';
import { table } from './process.ts';
import type { ProcessSpec } from './program.ts';
import { reloadTable } from './reload.ts';
import type { ExitStatus } from './status.ts';
import type { Group, Process, World } from './world.ts';

/*
 * The world as values that JSON can carry, for a brain that comes after this one. A spec is named instead of written out; who waits for an
 * answer is left out, for nobody waits for a brain that is gone.
 */

/** What a spec is called in a memo: anything that JSON can carry. */
export type NameOf = (spec: ProcessSpec) => unknown;
/** The spec of this name; null: there is none. */
export type SpecOf = (name: unknown) => ProcessSpec | null;

/** The world without its processes and groups. */
export type Ground = Pick<World, 'mood' | 'nextGeneration' | 'finished'>;

export function memoOf(process: Process, nameOf: NameOf): Readonly<Record<string, unknown>> {
  const { spec, pending, next, queued, reload, draining } = process;
  return {
    ...process,
    spec: nameOf(spec),
    waiters: [],
    pending: pending === null ? null : nameOf(pending),
    next: next === null ? null : { ...next, spec: nameOf(next.spec), ticket: undefined, aborts: [] },
    queued: queued === null ? null : { spec: nameOf(queued.spec) },
    reload: reload === null ? null : { ...reload, spec: nameOf(reload.spec), ticket: undefined },
    draining: draining.map((one) => ({ ...one, spec: nameOf(one.spec) })),
  };
}

/** The process of a memo; null: it is none of this version, or one of its specs is not known. */
export function recall(memo: unknown, specOf: SpecOf): Process | null {
  if (!isRecord(memo) || !Array.isArray(memo['draining']) || !matches<ProcessFacts>(memo, processFacts)) return null;
  const spec = specOf(memo['spec']);
  const pending = optional(memo['pending'], specOf);
  const next = optional(memo['next'], (one) => recallNext(one, specOf));
  const queued = optional(memo['queued'], (one) => recallRequest(one, specOf));
  const reload = optional(memo['reload'], (one) => recallReload(one, specOf));
  const draining = memo['draining'].map((one) => recallDraining(one, specOf));
  if (spec === null || pending === undefined || next === undefined || queued === undefined) return null;
  if (reload === undefined || !draining.every((one) => one !== null)) return null;
  return { ...memo, spec, pending, next, queued, reload, draining, waiters: [] };
}

export function recallGround(memo: unknown): Ground | null {
  return isRecord(memo) && matches<Ground>(memo, groundFacts) ? memo : null;
}

export function recallGroup(memo: unknown): Group | null {
  return isRecord(memo) && matches<Group>(memo, groupFacts) ? memo : null;
}

function recallNext(memo: unknown, specOf: SpecOf): Candidate | null {
  const spec = isRecord(memo) ? specOf(memo['spec']) : null;
  if (spec === null || !isRecord(memo) || !matches<NextFacts>(memo, nextFacts)) return null;
  return { ...memo, spec, ticket: undefined, aborts: [] };
}

function recallRequest(memo: unknown, specOf: SpecOf): Request | null {
  const spec = isRecord(memo) ? specOf(memo['spec']) : null;
  return spec === null ? null : { spec, ticket: undefined };
}

function recallReload(memo: unknown, specOf: SpecOf): Reload | null {
  const spec = isRecord(memo) ? specOf(memo['spec']) : null;
  if (spec === null || !isRecord(memo) || !matches<ReloadFacts>(memo, reloadFacts)) return null;
  return { ...memo, spec, ticket: undefined };
}

function recallDraining(memo: unknown, specOf: SpecOf): Draining | null {
  const spec = isRecord(memo) ? specOf(memo['spec']) : null;
  return spec !== null && isRecord(memo) && matches<DrainFacts>(memo, drainFacts) ? { ...memo, spec } : null;
}

/** null is null; undefined: it should be something, and is not. */
function optional<T>(value: unknown, read: (value: unknown) => T | null): T | null | undefined {
  return value === null ? null : (read(value) ?? undefined);
}

type Guard = (value: unknown) => boolean;
/** What tells a value of T from others; it has every field of T. */
type Facts<T> = { readonly [K in keyof T]: Guard };

type ProcessFacts = Omit<Process, 'spec' | 'pending' | 'next' | 'queued' | 'reload' | 'draining' | 'waiters'>;
type ReloadFacts = Omit<Reload, 'spec' | 'ticket'>;
type NextFacts = Omit<Candidate, 'spec' | 'ticket' | 'aborts'>;
type DrainFacts = Omit<Draining, 'spec'>;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function matches<T>(value: Record<string, unknown>, facts: Facts<T>): value is Record<string, unknown> & T {
  return Object.entries<Guard>(facts).every(([name, fits]) => fits(value[name]));
}

const isNumber: Guard = (value) => typeof value === 'number';
const isText: Guard = (value) => typeof value === 'string';
const isBoolean: Guard = (value) => typeof value === 'boolean';
const orNull =
  (fits: Guard): Guard =>
  (value) =>
    value === null || fits(value);
const oneOf =
  (words: readonly string[]): Guard =>
  (value) =>
    typeof value === 'string' && words.includes(value);
const record =
  <T>(facts: Facts<T>): Guard =>
  (value) =>
    isRecord(value) && matches(value, facts);

const states = ['STOPPED', 'STARTING', 'RUNNING', 'BACKOFF', 'STOPPING', 'EXITED', 'FATAL', 'UNKNOWN'];
const stages = ['preflight', 'vacating', 'spawning', 'readying', 'signalling', 'proving', 'settling'];

const isStatus = record<ExitStatus>({ code: orNull(isNumber), signal: orNull(isNumber), core: isBoolean });
const isFailure = record<Failure>({ stage: oneOf(stages), reason: isText });

const processFacts: Facts<ProcessFacts> = {
  state: oneOf(states),
  generation: isNumber,
  pid: isNumber,
  remains: isBoolean,
  startedAt: orNull(isNumber),
  stoppedAt: orNull(isNumber),
  exitStatus: orNull(isStatus),
  spawnError: isText,
  failures: isNumber,
  phase: oneOf(Object.keys(table)),
  want: oneOf(['up', 'down']),
  mainPid: isNumber,
  due: orNull(isNumber),
  epoch: isNumber,
  leaving: isBoolean,
  reloadEpoch: isNumber,
};

const nextFacts: Facts<NextFacts> = {
  phase: oneOf(Object.keys(nextTable)),
  generation: isNumber,
  pid: isNumber,
  startedAt: orNull(isNumber),
  exitStatus: orNull(isStatus),
  vacatedFrom: orNull(isNumber),
  lacks: isText,
  extended: isBoolean,
  readyAt: orNull(isNumber),
  failure: orNull(isFailure),
  due: orNull(isNumber),
  epoch: isNumber,
};

const drainFacts: Facts<DrainFacts> = {
  phase: oneOf(Object.keys(drainTable)),
  generation: isNumber,
  pid: isNumber,
  since: isNumber,
  due: orNull(isNumber),
  epoch: isNumber,
};

const reloadFacts: Facts<ReloadFacts> = {
  generation: isNumber,
  phase: oneOf(Object.keys(reloadTable)),
  due: orNull(isNumber),
  epoch: isNumber,
};

const groundFacts: Facts<Ground> = {
  mood: oneOf(['running', 'stopping']),
  nextGeneration: isNumber,
  finished: isBoolean,
};
const groupFacts: Facts<Group> = {
  name: isText,
  priority: isNumber,
  members: (value) => Array.isArray(value) && value.every(isText),
};
