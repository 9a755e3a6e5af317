import type { Ticket } from './events.ts';
import type { Candidate, Draining, Reload, Request } from './generations.ts';
import type { Phase } from './process.ts';
import type { Millis, ProcessKey, ProcessSpec } from './program.ts';
import { type ExitStatus, isStoppedState, type State } from './status.ts';

/** One supervised process, as it is. A plain value: every change makes a new one. */
export type Process = {
  readonly spec: ProcessSpec;
  readonly state: State;
  /** The generation that init holds for it, or 0. It may be there without a living main process (remains). */
  readonly generation: number;
  /** The main process, 0 when it is gone. */
  readonly pid: number;
  /** Descendants of the generation live on without a main process. */
  readonly remains: boolean;
  /** When it was last spawned, or that was last tried; null: never. */
  readonly startedAt: Millis | null;
  /** When it last ended, or its child before it was executed; null: never. */
  readonly stoppedAt: Millis | null;
  readonly exitStatus: ExitStatus | null;
  /** Supervisor's `spawnerr`: why it is not up; empty when there is nothing to say. */
  readonly spawnError: string;
  /** Serial start failures (Supervisor's `backoff`). */
  readonly failures: number;
  /** Who waits for it to be up, and who for it to be stopped. */
  readonly waiters: readonly { readonly ticket: Ticket; readonly until: 'running' | 'stopped' }[];
  /** Where it is in the automaton; `state` is this phase's state. */
  readonly phase: Phase;
  /** What was last asked for. What is, is `phase`. */
  readonly want: 'up' | 'down';
  /** The main process of the generation, gone or not; 0 without a generation. */
  readonly mainPid: number;
  /** Its one deadline; null: none. */
  readonly due: Millis | null;
  /** Raised at every setting of the deadline; a `deadline` event with another one is stale. */
  readonly epoch: number;
  /** The handover that is under way: the generation that will be the current one if all goes well. */
  readonly next: Candidate | null;
  /** The handover that comes when nothing is left of `next`, which was given up for it. */
  readonly queued: Request | null;
  /** What its next start will be made with; null: `spec`. Set by a change of the configuration while it cannot be handed over. */
  readonly pending: ProcessSpec | null;
  /** It is not configured any more: it is being stopped, and gone when nothing of it is left. */
  readonly leaving: boolean;
  /** The reload of the current generation that is under way. */
  readonly reload: Reload | null;
  /** The epoch of the last one's last deadline. */
  readonly reloadEpoch: number;
  /** Former current generations on their way out, the oldest first. */
  readonly draining: readonly Draining[];
};

/** Of the whole: `stopping` from the beginning of a shutdown on, and for good. */
export type Mood = 'running' | 'stopping';

/** Processes that are added, removed and named together. */
export type Group = {
  readonly name: string;
  readonly priority: number;
  /** In order of configuration. */
  readonly members: readonly ProcessKey[];
};

/** All that the core knows: a step makes another one of it. */
export type World = {
  readonly mood: Mood;
  readonly groups: ReadonlyMap<string, Group>;
  readonly processes: ReadonlyMap<ProcessKey, Process>;
  readonly nextGeneration: number;
  /** `exit` was asked for: a shutdown is complete. */
  readonly finished: boolean;
};

/** The world before the first event. */
export const emptyWorld: World = {
  mood: 'running',
  groups: new Map(),
  processes: new Map(),
  nextGeneration: 1,
  finished: false,
};

/** A configured process to which nothing has happened yet. */
export function newProcess(spec: ProcessSpec): Process {
  return {
    spec,
    state: 'STOPPED',
    generation: 0,
    pid: 0,
    remains: false,
    startedAt: null,
    stoppedAt: null,
    exitStatus: null,
    spawnError: '',
    failures: 0,
    waiters: [],
    phase: 'stopped',
    want: 'down',
    mainPid: 0,
    due: null,
    epoch: 0,
    next: null,
    queued: null,
    pending: null,
    leaving: false,
    reload: null,
    reloadEpoch: 0,
    draining: [],
  };
}

/** Generations beside the current one: next (which may have no number yet) and draining. */
export function hasOthers({ next, draining }: Process): boolean {
  return draining.length > 0 || (next !== null && next.generation !== 0);
}

/** init holds a generation for it (or has been asked to), current, next or draining: something of it lives, or is about to. */
export function isAlive(process: Process): boolean {
  return process.generation !== 0 || hasOthers(process);
}

/** Stopped in Supervisor's sense, and nothing of it lives. */
export function isGone(process: Process): boolean {
  return !isAlive(process) && isStoppedState(process.state);
}

/** Whether `group-removed` would be taken: every member is stopped in Supervisor's sense and nothing of it lives. */
export function canRemove(world: World, group: string): boolean {
  const found = world.groups.get(group);
  if (found === undefined) return false;
  return found.members.every((key) => {
    const process = world.processes.get(key);
    return process === undefined || isGone(process);
  });
}
