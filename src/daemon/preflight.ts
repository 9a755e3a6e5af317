import type { ProcessConfig } from '../config/config.ts';
import type { ProcessKey } from '../core/program.ts';
import type { Daemon } from './daemon.ts';
import { spawnRequest } from './spawn-request.ts';

/** Whether a handover may begin; detail: what was looked at. */
export type Preflight =
  | { readonly ok: true; readonly detail: string }
  | { readonly ok: false; readonly reason: string; readonly output: readonly string[] };

/** What would keep a next generation from being spawned, as far as that is known without spawning it; null: nothing. */
export function obstacle(daemon: Daemon, config: ProcessConfig): string | null {
  const request = spawnRequest(config, 0, 'next', daemon.spawnContext, daemon.heldSockets.ensure(config), false);
  return request.ok ? daemon.heldSockets.trouble(config) : request.reason;
}

/**
 * A worker that has only begun is waited for, as long as its `ready_timeout` from its start on: until then it may not know the signals that
 * make it go without losing a task. Of others nothing is expected: who replaces a broken server shall not wait for it.
 */
async function untilReady(daemon: Daemon, key: ProcessKey, signal: AbortSignal): Promise<void> {
  const current = daemon.hall.world.processes.get(key);
  if (current === undefined || (daemon.services.process(key)?.queue ?? null) === null) return;
  if (!daemon.readiness.awaits(current.generation)) return;
  daemon.mainLog.log('info', `handover of '${key}': waits for #${current.generation} to be ready`);
  await daemon.readiness.known(current.generation, signal);
}

/** Everything that can be known before anything is spawned; the program's own check comes last, and the signal ends it. Never rejects. */
export async function preflight(daemon: Daemon, config: ProcessConfig, signal: AbortSignal): Promise<Preflight> {
  await untilReady(daemon, config.key, signal);
  await daemon.heldSockets.known(config);
  if (signal.aborted) return { ok: false, reason: 'given up', output: [] };
  const reason = obstacle(daemon, config);
  if (reason !== null) return { ok: false, reason, output: [] };
  const { checkCommand, checkTimeout } = config;
  if (checkCommand === null) return { ok: true, detail: '' };
  const { ok, outcome, output } = await daemon.errands.run(
    {
      process: config,
      purpose: 'check_command',
      command: checkCommand,
      timeout: checkTimeout * 1000,
      environment: {},
      // A check may look at what it is told to listen on: `haproxy -c` refuses a descriptor that is none.
      sockets: daemon.heldSockets.ensure(config),
      level: 'info',
    },
    signal,
  );
  if (!ok) return { ok: false, reason: `check_command ${checkCommand}: ${outcome}`, output };
  return { ok: true, detail: `check_command: ${outcome}` };
}
