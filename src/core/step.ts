import type { NextHeard } from './candidate.ts';
import type { DrainHeard } from './drain.ts';
import type { Answer, Effect } from './effects.ts';
import type { Event, Ticket } from './events.ts';
import { abort, extend, finish, handOver, lack, tellOther, tellProcess, tellReload } from './family.ts';
import { type Foresight, lookAhead, withoutUseless } from './foresight.ts';
import type { Candidate, Draining, Reload } from './generations.ts';
import { lastToStart } from './order.ts';
import type { GroupSpec, Millis, ProcessKey, ProcessSpec } from './program.ts';
import { reconfigure } from './reconfigure.ts';
import { type Report, reported } from './report.ts';
import { SIGKILL } from './signals.ts';
import type { Heard, Ledger } from './turn.ts';
import { canRemove, type Group, isGone, newProcess, type Process, type World } from './world.ts';

export { emptyWorld } from './world.ts';

/** A world while it changes; the maps are copied once, when something in them changes first. */
type Draft = {
  world: World;
  readonly ledger: Ledger;
  ownProcesses: Map<ProcessKey, Process> | null;
  ownGroups: Map<string, Group> | null;
  /** Of the whole batch: whose ends are known by the time their exit is heard, and whom not to start for they are there. */
  readonly foresight: Foresight;
};

/**
 * The only way anything changes. What happened goes in, in the order it happened; the world after it and everything it asks for
 * come out. Nothing is thrown and nothing is waited for: an event that makes no sense is a line in the log.
 *
 * Events of one call are known together: an exit whose `empty` comes in the same call leaves nobody to look for or to signal.
 */
export function step(world: World, ...events: readonly Event[]): { world: World; effects: Effect[] } {
  const draft: Draft = {
    world,
    ledger: { effects: [], nextGeneration: world.nextGeneration },
    ownProcesses: null,
    ownGroups: null,
    foresight: lookAhead(events),
  };
  let at: Millis = 0;
  for (const event of events) {
    at = Math.max(at, event.at);
    take(draft, event);
  }
  if (draft.world.mood === 'stopping') shutDownFurther(draft, at);
  const { nextGeneration, effects } = draft.ledger;
  if (nextGeneration !== draft.world.nextGeneration) draft.world = { ...draft.world, nextGeneration };
  return { world: draft.world, effects: withoutUseless(effects, draft.foresight.gone) };
}

function take(draft: Draft, event: Event): void {
  switch (event.type) {
    case 'group-added':
      return addGroup(draft, event.group, event.at);
    case 'group-removed':
      return removeGroup(draft, event.group);
    case 'group-changed':
      return changeGroup(draft, event);
    case 'restart':
      return restart(draft, event);
    case 'start':
    case 'stop':
      return command(draft, event);
    case 'shutdown':
      return shutDown(draft, event.at);
    case 'handover':
    case 'abort':
    case 'finish':
      return changeGeneration(draft, event);
    case 'deadline':
      return deadline(draft, event);
    case 'ready':
    case 'unready':
    case 'unsteady':
    case 'steady':
    case 'quieted':
      return evidence(draft, event);
    case 'outlived':
      return outlived(draft, event);
    case 'lacking':
    case 'extend':
    case 'unhealthy':
      return word(draft, event);
    case 'reload':
      return reloadNews(draft, event);
    case 'spawned':
    case 'spawn-failed':
    case 'exited':
    case 'empty':
      return report(draft, event);
  }
}

function tell(draft: Draft, process: Process, heard: Heard): void {
  keepChange(draft, process, tellProcess(process, heard, draft.ledger));
}

function keepChange(draft: Draft, before: Process, after: Process): void {
  if (after === before) return;
  if (after.leaving && isGone(after)) return dismiss(draft, after);
  keep(draft, after);
}

/** Nothing is left of a process that is not configured any more. */
function dismiss(draft: Draft, { spec }: Process): void {
  const { key, group: name } = spec;
  const group = draft.world.groups.get(name);
  if (group !== undefined) {
    groupsOf(draft).set(name, { ...group, members: group.members.filter((member) => member !== key) });
  }
  draft.ownProcesses ??= new Map(draft.world.processes);
  draft.ownProcesses.delete(key);
  draft.world = { ...draft.world, processes: draft.ownProcesses };
  draft.ledger.effects.push({ type: 'removed', process: key });
}

function keep(draft: Draft, process: Process): void {
  draft.ownProcesses ??= new Map(draft.world.processes);
  draft.ownProcesses.set(process.spec.key, process);
  if (draft.world.processes !== draft.ownProcesses) draft.world = { ...draft.world, processes: draft.ownProcesses };
}

function groupsOf(draft: Draft): Map<string, Group> {
  draft.ownGroups ??= new Map(draft.world.groups);
  if (draft.world.groups !== draft.ownGroups) draft.world = { ...draft.world, groups: draft.ownGroups };
  return draft.ownGroups;
}

function warn(draft: Draft, text: string): void {
  draft.ledger.effects.push({ type: 'log', level: 'warn', text });
}

function answer(draft: Draft, ticket: Ticket | undefined, reply: Answer): void {
  if (ticket !== undefined) draft.ledger.effects.push({ type: 'answer', ticket, answer: reply });
}

function addGroup(draft: Draft, spec: GroupSpec, at: Millis): void {
  if (draft.world.groups.has(spec.name)) return warn(draft, `group '${spec.name}' is already there: not added`);
  const { name, priority, processes } = spec;
  const taken = processes.find(({ key }) => draft.world.processes.has(key));
  if (taken !== undefined) return warn(draft, `group '${name}': process '${taken.key}' is already there: not added`);
  // Of two processes with one name the later replaces the earlier, as in Supervisor.
  const members = new Map(processes.map((process) => [process.key, process]));
  groupsOf(draft).set(name, { name, priority, members: [...members.keys()] });
  for (const process of members.values()) addProcess(draft, process, at);
}

function addProcess(draft: Draft, spec: ProcessSpec, at: Millis): void {
  const process = newProcess(spec);
  keep(draft, process);
  const starts = spec.autostart && draft.world.mood === 'running';
  if (starts) tell(draft, process, { cause: 'start', at });
}

function removeGroup(draft: Draft, name: string): void {
  const group = draft.world.groups.get(name);
  if (group === undefined) return warn(draft, `group '${name}' is not there: not removed`);
  if (!canRemove(draft.world, name)) return warn(draft, `group '${name}' is not stopped: not removed`);
  groupsOf(draft).delete(name);
  draft.ownProcesses ??= new Map(draft.world.processes);
  for (const key of group.members) draft.ownProcesses.delete(key);
  draft.world = { ...draft.world, processes: draft.ownProcesses };
}

/** Members come, go and change, each for itself. Those that are going stay members until nothing of them is left. */
function changeGroup(draft: Draft, { group: spec, renewed, at }: Extract<Event, { type: 'group-changed' }>): void {
  const { name, priority } = spec;
  const group = draft.world.groups.get(name);
  if (group === undefined) return warn(draft, `group '${name}' is not there: not changed`);
  if (draft.world.mood === 'stopping') return warn(draft, `group '${name}' is being stopped: not changed`);
  const specs = new Map(spec.processes.map((process) => [process.key, process]));
  const going = group.members.filter((key) => !specs.has(key));
  groupsOf(draft).set(name, { name, priority, members: [...specs.keys(), ...going] });
  for (const [key, process] of specs) {
    const known = draft.world.processes.get(key);
    if (known === undefined) addProcess(draft, process, at);
    else keep(draft, reconfigure(known, process, renewed.includes(key), at, draft.ledger));
  }
  for (const key of going) {
    const process = draft.world.processes.get(key);
    if (process !== undefined) takeLeave(draft, process, at);
  }
}

function takeLeave(draft: Draft, process: Process, at: Millis): void {
  const leaving = { ...process, leaving: true };
  keepChange(draft, process, tellProcess(leaving, { cause: 'stop', at }, draft.ledger));
}

/** A start that waits for the stop before it; what is started has the new spec. */
function restart(draft: Draft, { process: key, spec, at, ticket }: Extract<Event, { type: 'restart' }>): void {
  const process = presentOf(draft, key);
  if (process === undefined || spec.key !== key) return answer(draft, ticket, { ok: false, fault: 'BAD_NAME' });
  if (draft.world.mood === 'stopping') return answer(draft, ticket, { ok: false, fault: 'SHUTDOWN_STATE' });
  const stopped = tellProcess({ ...process, pending: spec }, { cause: 'stop', at }, draft.ledger);
  keep(draft, tellProcess(stopped, { cause: 'start', at, ticket }, draft.ledger));
}

/** The process, unless it is on its way out of the configuration. */
function presentOf(draft: Draft, key: ProcessKey): Process | undefined {
  const process = draft.world.processes.get(key);
  return process?.leaving === true ? undefined : process;
}

function command(draft: Draft, event: Extract<Event, { type: 'start' | 'stop' }>): void {
  const { type, at, ticket } = event;
  const process = type === 'start' ? presentOf(draft, event.process) : draft.world.processes.get(event.process);
  if (process === undefined) return answer(draft, ticket, { ok: false, fault: 'BAD_NAME' });
  if (type === 'start' && draft.world.mood === 'stopping') {
    return answer(draft, ticket, { ok: false, fault: 'SHUTDOWN_STATE' });
  }
  tell(draft, process, { cause: type, at, ticket });
}

function changeGeneration(draft: Draft, event: Extract<Event, { type: 'handover' | 'abort' | 'finish' }>): void {
  const { at, ticket } = event;
  const process = presentOf(draft, event.process);
  if (process === undefined) return answer(draft, ticket, { ok: false, fault: 'BAD_NAME' });
  if (event.type === 'abort') return keepChange(draft, process, abort(process, ticket, at, draft.ledger));
  if (event.type === 'finish') return keepChange(draft, process, finish(process, ticket, at, draft.ledger));
  if (draft.world.mood === 'stopping') return answer(draft, ticket, { ok: false, fault: 'SHUTDOWN_STATE' });
  keepChange(draft, process, handOver(process, { spec: event.spec, ticket }, at, draft.ledger));
}

function deadline(draft: Draft, { process: key, generation, epoch, at }: Extract<Event, { type: 'deadline' }>): void {
  const process = draft.world.processes.get(key);
  const owner = generation === undefined ? process : (otherOf(process, generation) ?? reloadOf(process, generation));
  if (process === undefined || owner === undefined || owner.due === null || owner.epoch !== epoch) return;
  if (generation === undefined) tell(draft, process, { cause: 'deadline', at });
  else tellOf(draft, process, generation, { cause: 'deadline', at });
}

/** What is observed of a generation. Of one that has no use for it (any more) it is not heard. */
function evidence(
  draft: Draft,
  event: Extract<Event, { type: 'ready' | 'unready' | 'unsteady' | 'steady' | 'quieted' }>,
): void {
  const { at, generation } = event;
  const process = draft.world.processes.get(event.process);
  if (process?.generation === generation && event.type === 'quieted')
    return tell(draft, process, { cause: 'quieted', at });
  if (process === undefined || otherOf(process, generation) === undefined) return;
  switch (event.type) {
    case 'ready':
      return tellOf(draft, process, generation, { cause: 'ready', at, evidence: event.evidence });
    case 'unready':
    case 'unsteady':
      return tellOf(draft, process, generation, { cause: event.type, at, reason: event.reason });
    case 'steady':
      return tellOf(draft, process, generation, { cause: 'steady', at });
    case 'quieted':
      return tellOf(draft, process, generation, { cause: 'quieted', at });
  }
}

/** Of a main process that is gone meanwhile it is not heard. */
function outlived(draft: Draft, { at, process: key, generation }: Extract<Event, { type: 'outlived' }>): void {
  const process = draft.world.processes.get(key);
  const owner = process?.generation === generation ? process : otherOf(process, generation);
  if (process === undefined || owner === undefined || owner.pid === 0) return;
  if (owner === process) tell(draft, process, { cause: 'outlived', at });
  else tellOf(draft, process, generation, { cause: 'outlived', at });
}

/** What a generation says of itself, or fails to say. Of one that is gone it is not heard. */
function word(draft: Draft, event: Extract<Event, { type: 'lacking' | 'extend' | 'unhealthy' }>): void {
  const { at, generation } = event;
  const process = draft.world.processes.get(event.process);
  if (process === undefined) return;
  switch (event.type) {
    case 'lacking':
      return keepChange(draft, process, lack(process, generation, event.what));
    case 'extend':
      return keepChange(draft, process, extend(process, generation, at + event.by, draft.ledger));
    case 'unhealthy':
      if (process.generation === generation) {
        return tell(draft, process, { cause: 'unhealthy', at, reason: event.reason });
      }
      if (process.next?.generation === generation) {
        tellOf(draft, process, generation, { cause: 'unready', at, reason: event.reason });
      }
  }
}

function reloadNews(draft: Draft, event: Extract<Event, { type: 'reload' }>): void {
  const { at, generation, news, detail } = event;
  const process = draft.world.processes.get(event.process);
  if (process === undefined || reloadOf(process, generation) === undefined) return;
  keepChange(draft, process, tellReload(process, { cause: news, at, detail }, draft.ledger));
}

/** The reload of the generation of this number. */
function reloadOf(process: Process | undefined, generation: number): Reload | undefined {
  const reload = process?.reload;
  return reload?.generation === generation ? reload : undefined;
}

/** The next or draining generation of this number. */
function otherOf(process: Process | undefined, generation: number): Candidate | Draining | undefined {
  if (process?.next?.generation === generation) return process.next;
  return process?.draining.find((one) => one.generation === generation);
}

function tellOf(draft: Draft, process: Process, generation: number, heard: NextHeard | DrainHeard): void {
  keepChange(draft, process, tellOther(process, generation, heard, draft.ledger));
}

/** What init says about a generation. Of one that is not the process's own only the end matters: it is released. */
function report(draft: Draft, event: Report): void {
  const { generation } = event;
  const process = draft.world.processes.get(event.process);
  const isOwn = process !== undefined && process.generation === generation;
  const other = otherOf(process, generation);
  if (process === undefined || (!isOwn && other === undefined)) return reportStray(draft, event);
  const heard = reported(event, isOwn ? process.pid : (other?.pid ?? 0), draft.foresight.emptied.has(generation));
  if (isOwn) tell(draft, process, heard);
  else tellOf(draft, process, generation, heard);
}

function reportStray(draft: Draft, { type, process, generation }: Report): void {
  switch (type) {
    case 'spawned':
      return killStray(draft, process, generation);
    case 'spawn-failed':
      return;
    case 'exited':
      // Its end is still to be released.
      draft.foresight.emptied.delete(generation);
      return;
    case 'empty':
      // Heard together with its exit, the generation has been released there.
      if (!draft.foresight.emptied.delete(generation)) release(draft, process, generation);
  }
}

function release(draft: Draft, process: ProcessKey, generation: number): void {
  draft.ledger.effects.push({ type: 'release', process, generation });
}

/** A generation that no process can have: nobody would ever stop it. Its `empty` will release it. */
function killStray(draft: Draft, process: ProcessKey, generation: number): void {
  warn(draft, `generation ${generation} of '${process}' belongs to no process: killing it with SIGKILL`);
  draft.ledger.effects.push({ type: 'signal', process, generation, whom: 'tree', signal: SIGKILL, cont: false });
}

function shutDown(draft: Draft, at: Millis): void {
  if (draft.world.mood === 'stopping') return;
  draft.world = { ...draft.world, mood: 'stopping' };
  for (const process of draft.world.processes.values()) tell(draft, process, { cause: 'shutdown', at });
}

/** Stops whose turn it is; asks for the exit when nobody is left. */
function shutDownFurther(draft: Draft, at: Millis): void {
  if (draft.world.finished) return;
  const level = lastToStart(draft.world);
  for (const process of level) {
    if (process.state !== 'STOPPING') tell(draft, process, { cause: 'stop', at });
  }
  if (level.length > 0) return;
  draft.world = { ...draft.world, finished: true };
  draft.ledger.effects.push({ type: 'exit' });
}
