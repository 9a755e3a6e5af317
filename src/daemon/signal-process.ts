import type { ProcessKey } from '../core/program.ts';
import { SIGKILL, signalName, signals } from '../core/signals.ts';
import type { Process } from '../core/world.ts';
import { nameOf } from '../os/actor.ts';
import { ESRCH } from '../os/errno.ts';
import { signalUse } from '../os/signal-use.ts';
import type { BrainRequest } from '../os/wire.ts';
import { doubtOf, wayOf } from './actors.ts';
import type { Daemon } from './daemon.ts';

/** Signals whose default is not to end the process (signal(7)). */
const harmless = new Set(
  ['SIGCHLD', 'SIGCONT', 'SIGSTOP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGURG', 'SIGWINCH'].map((name) => signals[name]),
);

/**
 * Sends a signal to the main process, as Supervisor does, and says in the main log what can be seen of its effect. (A wrapper that dies of HUP
 * is how a worker lost its supervisor; one that blocks it is how a reload came to nothing.)
 */
export function signalProcess(daemon: Daemon, key: ProcessKey, signal: number): Promise<{ errno: number }> {
  const process = livingProcess(daemon, key);
  if (process === null) return Promise.resolve({ errno: ESRCH });
  const { generation, pid, spec } = process;
  return tell(daemon, spec.name, pid, signal, { type: 'signal', generation, whom: 'main', signal, cont: false });
}

/** Sends it to the one that can act on it, where the main process is a wrapper. */
export async function signalActor(daemon: Daemon, key: ProcessKey, signal: number): Promise<{ errno: number }> {
  const process = livingProcess(daemon, key);
  const generation = daemon.generations.get(process?.generation ?? 0);
  const actor = generation === undefined ? null : daemon.actors.find(generation, signal);
  if (process === null || actor === null || actor.above.length === 0) {
    if (actor !== null && actor.doubt !== '') daemon.mainLog.log('warn', doubtOf({ process: key, signal }, actor));
    return signalProcess(daemon, key, signal);
  }
  daemon.mainLog.log('info', wayOf({ process: key, signal }, actor));
  const { pid, born } = actor;
  const request: BrainRequest = {
    type: 'signal-one',
    generation: process.generation,
    pid,
    born,
    signal,
    cont: false,
    watch: false,
  };
  return tell(daemon, process.spec.name, pid, signal, request);
}

function livingProcess(daemon: Daemon, key: ProcessKey): Process | null {
  const process = daemon.hall.world.processes.get(key);
  return process === undefined || process.generation === 0 || process.pid === 0 ? null : process;
}

async function tell(daemon: Daemon, name: string, pid: number, signal: number, request: BrainRequest) {
  // Looked at before: of one that has died of it nothing can be seen any more.
  const effect = effectOf(name, pid, signal);
  try {
    const result = await daemon.link.request(request);
    const errno = result.type === 'result' ? result.errno : ESRCH;
    if (errno === 0 && effect !== null) daemon.mainLog.log('warn', effect);
    return { errno };
  } catch {
    return { errno: ESRCH };
  }
}

/** What the signal does to a process that does nothing of its own with it; null: it does, or the signal is for just that. */
function effectOf(name: string, pid: number, signal: number): string | null {
  if (signal === 0 || signal === SIGKILL || harmless.has(signal)) return null;
  const who = `${nameOf(pid)} of '${name}'`;
  const use = signalUse(pid, signal);
  if (use === 'default') return `${who} does not catch ${signalName(signal)}: it was terminated by it`;
  if (use === 'blocks') return `${who} blocks ${signalName(signal)}: it has no effect`;
  return use === 'ignores' ? `${who} ignores ${signalName(signal)}: it has no effect` : null;
}
