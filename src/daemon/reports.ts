import type { Event } from '../core/events.ts';
import { SIGKILL } from '../core/signals.ts';
import { now } from '../os/clock.ts';
import type { InitFrame, InitFrameOf } from '../os/wire.ts';
import { openCaptures } from './capture.ts';
import type { Daemon } from './daemon.ts';
import { Errands } from './errands.ts';
import type { EndFrame } from './partings.ts';
import { receive } from './received.ts';
import { isOfChild, spawnFailure } from './spawn-failure.ts';
import { waitStatus } from './wait-status.ts';

/** Of all that nobody waits for the answer of, only a memo is answered so (errno(3)). */
const [ENOSPC, EMSGSIZE] = [28, 90] as const;

/** What init says, in the order it said it. Frames of one read become one step of the core. */
export function takeReports(daemon: Daemon, frames: readonly InitFrame[]): void {
  daemon.hall.together(() => {
    for (const frame of frames) {
      const event = takeReport(daemon, frame);
      if (event !== null) daemon.hall.happen(event);
    }
  });
}

/** Does what is the hall's own business with a frame; what is left for the core is returned. */
function takeReport(daemon: Daemon, frame: InitFrame): Event | null {
  if ('generation' in frame && Errands.isErrand(frame.generation)) {
    daemon.errands.take(frame);
    return null;
  }
  switch (frame.type) {
    case 'spawned':
      return spawned(daemon, frame);
    case 'spawn-failed':
      return spawnFailed(daemon, frame);
    case 'exited':
      return daemon.partings.pass(frame, (held) => tellEnds(daemon, held)) ? exited(daemon, frame) : null;
    case 'empty':
      return daemon.partings.pass(frame, (held) => tellEnds(daemon, held)) ? empty(daemon, frame) : null;
    case 'readable':
      daemon.generations.get(frame.generation)?.captures[frame.stream === 'stderr' ? 'stderr' : 'stdout']?.readable();
      return null;
    case 'received':
      receive(daemon, frame);
      return null;
    case 'reaped':
      daemon.mainLog.log(
        'info',
        frame.count === 1
          ? `reaped unknown pid ${frame.pid} (${statusText(frame.status)})`
          : `reaped ${frame.count} unknown pids, the last one ${frame.pid} (${statusText(frame.status)})`,
      );
      return null;
    case 'shim-lost':
      shimLost(daemon, frame.generation);
      return null;
    case 'listening':
      daemon.heldSockets.listening(frame);
      return null;
    case 'listen-failed':
      daemon.heldSockets.failed(frame);
      return null;
    case 'notify':
      daemon.words.hear(frame);
      return null;
    case 'notify-refused':
      daemon.mainLog.log(
        'warn',
        `${frame.count} words of pid ${frame.sender}, which is not of generation ${frame.generation}, were not taken`,
      );
      return null;
    case 'left':
      daemon.actors.left(frame);
      return null;
    case 'log-full':
      daemon.loggers.full(frame);
      return null;
    case 'log-trouble':
      daemon.loggers.trouble(frame);
      return null;
    case 'logger-lost':
      daemon.mainLog.log('warn', `logger ${frame.logger} has ended; there will be another`);
      daemon.loggers.lost(frame.logger);
      return null;
    case 'drained':
      return daemon.quieting.drained(frame.generation);
    case 'result':
      if (frame.errno === EMSGSIZE || frame.errno === ENOSPC) daemon.memory.refused(frame);
      return null;
    // Answers, which whoever has asked gets, and those of the greeting.
    case 'used':
    case 'hello':
    case 'generation':
    case 'snapshot-end':
    case 'memo':
    case 'replaced':
    case 'refused':
    case 'socket':
    case 'farewell':
    case 'ping':
      return null;
  }
}

function spawned(daemon: Daemon, frame: InitFrameOf<'spawned'>): Event | null {
  const asked = daemon.generations.answered(frame.generation);
  if (asked === undefined) return killStray(daemon, frame.generation);
  const { process, slot, config, role } = asked;
  const logs = daemon.logs.open(config);
  const generation = {
    key: frame.generation,
    process,
    shim: frame.shim,
    main: frame.main,
    slot,
    startedMs: frame.startedMs,
    config,
    logs,
    stdin: frame.stdin,
    captures: openCaptures(daemon, { process, config, logs, role }, frame),
  };
  daemon.generations.add(generation);
  daemon.readiness.watch(generation, config, role);
  daemon.watchdogs.watch(generation, config, null);
  if (role === 'current') daemon.logs.show(config);
  return { type: 'spawned', at: now(), process, generation: frame.generation, pid: frame.main };
}

/** A former brain asked for it and nobody knows for what: its process has been started anew by this one. Its `empty` releases it. */
function killStray(daemon: Daemon, generation: number): null {
  daemon.mainLog.log('warn', `generation ${generation} was asked for by a former brain: killing it with SIGKILL`);
  daemon.link.send({ type: 'signal', generation, whom: 'tree', signal: SIGKILL, cont: false });
  return null;
}

function spawnFailed(daemon: Daemon, frame: InitFrameOf<'spawn-failed'>): Event | null {
  const asked = daemon.generations.answered(frame.generation);
  if (asked === undefined) return null;
  const { process, config } = asked;
  const reason = daemon.heldSockets.trouble(config) ?? spawnFailure(config, asked.executable, frame.stage, frame.errno);
  daemon.mainLog.log('info', `spawnerr: ${reason}`);
  const forked = isOfChild(frame.stage);
  return { type: 'spawn-failed', at: now(), process, generation: frame.generation, reason, forked };
}

/** An end of which the news was held up. */
function tellEnds(daemon: Daemon, frames: readonly EndFrame[]): void {
  const events = frames.map((frame) => (frame.type === 'exited' ? exited(daemon, frame) : empty(daemon, frame)));
  const told = events.filter((event) => event !== null);
  if (told.length > 0) daemon.hall.happen(...told);
}

function exited(daemon: Daemon, frame: InitFrameOf<'exited'>): Event | null {
  const generation = daemon.generations.get(frame.generation);
  if (generation === undefined) return null;
  daemon.generations.add({ ...generation, main: 0 });
  daemon.actors.forget(frame.generation);
  const { process, key } = generation;
  daemon.stdins.close(key);
  daemon.eventListeners.gone(process, key);
  return { type: 'exited', at: now(), process, generation: key, status: waitStatus(frame.status) };
}

function empty(daemon: Daemon, frame: InitFrameOf<'empty'>): Event | null {
  const generation = daemon.generations.get(frame.generation);
  if (generation === undefined) {
    daemon.link.send({ type: 'release', generation: frame.generation });
    return null;
  }
  for (const capture of Object.values(generation.captures)) capture.end();
  const { process, key } = generation;
  if (frame.orphans > 0) {
    daemon.mainLog.log('info', `reaped ${frame.orphans} orphan${frame.orphans === 1 ? '' : 's'} of '${process}'`);
  }
  return { type: 'empty', at: now(), process, generation: key };
}

function shimLost(daemon: Daemon, key: number): void {
  const generation = daemon.generations.get(key);
  if (generation === undefined) return;
  daemon.generations.add({ ...generation, shim: 0 });
  daemon.mainLog.log(
    'warn',
    `the shim of '${generation.process}' (generation ${key}) was killed; its processes go on below init`,
  );
}

function statusText(status: number): string {
  const { code, signal } = waitStatus(status);
  return signal === null ? `exit status ${code}` : `signal ${signal}`;
}
