import type { ProcessConfig } from '../config/config.ts';
import { forGeneration } from '../config/generation-name.ts';
import type { Effect } from '../core/effects.ts';
import { SIGKILL } from '../core/signals.ts';
import { termsOf } from '../core/terms.ts';
import { now } from '../os/clock.ts';
import { removeStaleFiles } from '../os/stale-files.ts';
import type { Daemon } from './daemon.ts';
import { deadlineKey } from './deadline-key.ts';
import { spawnRequest } from './spawn-request.ts';

/** Carries out what the core asks for. Never throws: what fails at once comes back as an event. */
export function perform(daemon: Daemon, effect: Effect): void {
  switch (effect.type) {
    case 'spawn':
      return spawnInTime(daemon, effect);
    case 'signal':
      return sendSignal(daemon, effect);
    case 'arm':
      return daemon.deadlines.arm(deadlineKey(effect.process, effect.generation), effect.epoch, effect.due);
    case 'disarm':
      return daemon.deadlines.disarm(deadlineKey(effect.process, effect.generation));
    case 'quiet':
      void daemon.quieting.begin(effect);
      return;
    case 'reload':
      return daemon.reloads.begin(effect);
    case 'reload-over':
      return daemon.reloads.end(effect.generation);
    case 'promoted':
      return promote(daemon, effect.generation);
    case 'handover-step':
      if (effect.step === 'draining' || effect.step === 'killed') daemon.quieting.forget(effect.generation);
      return daemon.handovers.step(effect);
    case 'release':
      return release(daemon, effect.generation);
    case 'removed':
      daemon.logs.remove(effect.process);
      return daemon.heldSockets.release();
    case 'publish':
      return daemon.notices.published(effect);
    case 'log':
      return daemon.mainLog.log(effect.level, effect.text);
    case 'answer':
      return daemon.tickets.answer(effect.ticket, effect.answer);
    case 'exit':
      return daemon.ending.complete();
  }
}

/** At the end of the daemon a listener is told to go when it has heard of all that ended before it. */
function sendSignal(daemon: Daemon, effect: Extract<Effect, { type: 'signal' }>): void {
  const { ending, eventListeners, actors } = daemon;
  if (ending.begun && effect.signal !== SIGKILL) eventListeners.whenQuiet(effect.process, () => actors.signal(effect));
  else actors.signal(effect);
}

/** One that was started again and again is held back for a moment: the core waits for an answer in any case. */
function spawnInTime(daemon: Daemon, effect: Extract<Effect, { type: 'spawn' }>): void {
  const wait = effect.role === 'current' ? daemon.startLimit.wait(effect.process, now()) : 0;
  if (wait === 0) return spawn(daemon, effect);
  setTimeout(() => {
    const { process: key, generation } = effect;
    if (daemon.hall.world.processes.get(key)?.phase !== 'aborting') return spawn(daemon, effect);
    daemon.hall.happen({
      type: 'spawn-failed',
      at: now(),
      process: key,
      generation,
      reason: 'stopped before it began',
    });
  }, wait);
}

function spawn(daemon: Daemon, effect: Extract<Effect, { type: 'spawn' }>): void {
  const { process: key, generation, spec, role } = effect;
  const failed = (reason: string): void => {
    daemon.mainLog.log('info', `spawnerr: ${reason}`);
    daemon.hall.happen({ type: 'spawn-failed', at: now(), process: key, generation, reason });
  };
  const configured = daemon.services.configOf(spec);
  if (configured === undefined) return failed(`no such process: ${key}`);
  const slot = daemon.generations.freeSlot(key);
  const config = forGeneration(configured, { generation, slot });
  // Beside one that serves: what dies before its commit shall not have begun an answer.
  const held =
    role === 'next' &&
    config.listenHold &&
    (termsOf(spec).handover === 'overlap' || termsOf(spec).handoverFallback === 'overlap');
  const request = spawnRequest(config, generation, role, daemon.spawnContext, daemon.heldSockets.ensure(config), held);
  if (!request.ok) return failed(request.reason);
  if (daemon.generations.of(key).length === 0) removeStale(daemon, config);
  if (role === 'next') daemon.generations.keepOutput(key, null);
  try {
    daemon.link.send(request.frame);
  } catch (error) {
    // A command line or environment that no frame can hold, or that has a NUL in it.
    return failed(error instanceof Error ? error.message : String(error));
  }
  daemon.generations.ask(generation, { process: key, slot, config, executable: request.frame.argv[0] ?? '', role });
}

function promote(daemon: Daemon, generation: number): void {
  // Before the former one is quieted: there is always one that accepts.
  daemon.link.send({ type: 'go', generation });
  daemon.readiness.ignore(generation);
  daemon.steadiness.ignore(generation);
  const promoted = daemon.generations.get(generation);
  if (promoted !== undefined && promoted.config !== null) daemon.logs.show(promoted.config);
}

function release(daemon: Daemon, key: number): void {
  const generation = daemon.generations.get(key);
  daemon.generations.remove(key);
  daemon.quieting.forget(key);
  daemon.words.forget(key);
  daemon.watchdogs.forget(key);
  daemon.readiness.forget(key);
  daemon.steadiness.ignore(key);
  daemon.quieting.forget(key);
  daemon.link.send({ type: 'release', generation: key });
  if (generation === undefined) return;
  daemon.logs.close(generation.logs);
  // It may have been the last one that was spawned with an address.
  if ((generation.config?.listen.length ?? 0) > 0) daemon.heldSockets.release();
}

/** What a killed generation has left; none of the process lives, so that nobody has use for it. */
function removeStale(daemon: Daemon, { key, staleFiles }: ProcessConfig): void {
  for (const { path, trouble } of removeStaleFiles(staleFiles)) {
    if (trouble === null) daemon.mainLog.log('info', `removed stale file ${path} of '${key}'`);
    else daemon.mainLog.log('warn', `cannot remove stale file ${path} of '${key}': ${trouble}`);
  }
}
