import type { ProcessConfig } from '../config/config.ts';
import { forGeneration } from '../config/generation-name.ts';
import type { NextPhase } from '../core/handover.ts';
import type { ProcessKey } from '../core/program.ts';
import { resume } from '../core/resume.ts';
import type { Process } from '../core/world.ts';
import { now } from '../os/clock.ts';
import type { InitFrameOf } from '../os/wire.ts';
import { openCaptures } from './capture.ts';
import type { Daemon } from './daemon.ts';
import { Errands } from './errands.ts';
import type { Generation, Role } from './generations.ts';
import { speaks } from './hand.ts';
import type { ListenersLegacy } from './listeners-legacy.ts';
import { type GenerationFacts, type Past, processOf } from './past.ts';
import { noLogs } from './process-logs.ts';

/** Whose a generation is, and what it is to it. */
type Place = { readonly process: Process; readonly role: Role | 'draining'; readonly config: ProcessConfig | null };

/** Takes over what a former brain has left with init, and goes on with what it was about. */
export function revive(daemon: Daemon, past: Past, generations: readonly InitFrameOf<'generation'>[]): void {
  const { hall, memory, services, reload, logs, ending } = daemon;
  memory.begin(past);
  for (const [spec, config] of past.specs) services.know(spec, config);
  for (const [key, facts] of past.facts) logs.recallAuto(key, facts.logs);
  for (const group of past.active) reload.activate(group);
  const places = placesIn(daemon, past.world.processes);
  for (const { process } of places.values()) show(daemon, process);
  for (const frame of generations) {
    if (Errands.isErrand(frame.generation)) {
      daemon.errands.adopt(frame);
      continue;
    }
    if (isAwaited(places.get(frame.generation), past, frame.generation)) daemon.readiness.expect(frame.generation);
    takeOver(daemon, frame, places.get(frame.generation), slotOf(past, places.get(frame.generation), frame.generation));
  }
  if (past.world.mood === 'stopping') ending.resume();
  hall.resume(past.world, resume(past.world, past.kept, now()));
  for (const frame of generations) {
    const process = places.get(frame.generation)?.process.spec.key;
    const facts = process === undefined ? undefined : past.facts.get(process)?.generations.get(frame.generation);
    goOn(daemon, frame, facts);
  }
  daemon.readiness.expectNone();
}

/** It may be about to write the line that shows that it serves. */
function isAwaited(place: Place | undefined, { facts }: Past, generation: number): boolean {
  if (place === undefined || place.role === 'draining' || place.config?.ready.kind !== 'log') return false;
  return (facts.get(place.process.spec.key)?.generations.get(generation)?.evidence ?? '') === '';
}

/** Every generation of which the world knows. */
function placesIn({ services }: Daemon, processes: ReadonlyMap<ProcessKey, Process>): Map<number, Place> {
  const places = new Map<number, Place>();
  for (const process of processes.values()) {
    const { spec, generation, next, draining } = process;
    const place = (role: Place['role'], of: typeof spec): Place => ({
      process,
      role,
      config: services.configOf(of) ?? null,
    });
    places.set(generation, place('current', spec));
    if (next !== null) places.set(next.generation, place('next', next.spec));
    for (const one of draining) places.set(one.generation, place('draining', one.spec));
  }
  return places;
}

function slotOf({ facts }: Past, place: Place | undefined, generation: number): number {
  return place === undefined ? 0 : (facts.get(place.process.spec.key)?.generations.get(generation)?.slot ?? 0);
}

function show({ logs, services }: Daemon, { spec }: Process): void {
  const config = services.configOf(spec);
  if (config !== undefined) logs.show(config);
}

function takeOver(daemon: Daemon, frame: InitFrameOf<'generation'>, place: Place | undefined, slot: number): void {
  const { generation: key, life, shim, main, stdin, startedMs } = frame;
  const process = place?.process.spec.key ?? processOf(frame.title);
  const configured = place?.config ?? null;
  const config = configured === null ? null : forGeneration(configured, { generation: key, slot });
  const role = place?.role === 'next' ? 'next' : 'current';
  if (life === 'spawning') {
    if (config !== null) daemon.generations.ask(key, { process, slot, config, executable: config.command, role });
    return;
  }
  const logs = config === null ? noLogs : daemon.logs.open(config);
  if (config !== null && place?.role === 'current') daemon.logs.show(config);
  const captures = openCaptures(daemon, { process, config, logs, role }, frame);
  daemon.generations.add({ key, process, slot, shim, main, config, logs, stdin, startedMs, captures });
  // What was written while there was no brain, before anybody hears of an end; and init is asked to watch again.
  for (const capture of Object.values(captures)) {
    capture.resume();
    if (life === 'empty') capture.end();
  }
}

/** What is waited for beside the core, of one that is still there. */
function goOn(daemon: Daemon, { generation: key, ready }: InitFrameOf<'generation'>, facts?: GenerationFacts): void {
  const generation = daemon.generations.get(key);
  const config = generation?.config ?? null;
  if (generation === undefined || config === null || generation.main === 0) return;
  const role = roleOf(daemon, generation);
  if (speaks(config)) daemon.link.send({ type: 'rearm', generation: key, stream: 'notify' });
  daemon.words.resume(generation, facts?.mainPid ?? 0);
  daemon.watchdogs.watch(generation, config, facts?.watchdog ?? null);
  if (role !== null) {
    const word = facts?.said ?? (ready ? config.ready.kind : null);
    daemon.readiness.resume(generation, config, role, word, facts?.evidence ?? '');
  }
  const told = facts?.told ?? null;
  if (told !== null) void daemon.actors.resume(key, told);
}

/** null: it is on its way out. */
function roleOf({ hall }: Daemon, { key, process }: Generation): Role | null {
  const known = hall.world.processes.get(process);
  if (known?.generation === key) return 'current';
  const { next } = known ?? { next: null };
  return next?.generation === key && hopeful.includes(next.phase) ? 'next' : null;
}

/** A next generation is still to become the current one. */
const hopeful: readonly NextPhase[] = ['readying', 'settling', 'doubted'];

/**
 * Goes on with listeners that a former brain has left in order.
 *
 * What another one has said to a former brain, and what that has sent it, nobody knows: it is started anew. (An event that was half written
 * would be read together with the next one.)
 */
export function restartListeners(daemon: Daemon, legacy: ListenersLegacy | null): void {
  const kept: ReadonlySet<string> = legacy === null ? new Set() : daemon.eventListeners.resume(legacy);
  for (const { eventlistener, processes } of daemon.services.groups()) {
    if (eventlistener === null) continue;
    for (const { key } of processes) {
      if (kept.has(key)) continue;
      const process = daemon.hall.world.processes.get(key);
      if (process === undefined || process.pid === 0 || process.want === 'down') continue;
      daemon.mainLog.log('info', `starting event listener '${key}' anew, for a former brain has spoken to it`);
      // One step, so that a brain after this one goes on with it.
      daemon.hall.happen({ type: 'restart', at: now(), process: key, spec: process.spec });
    }
  }
}
