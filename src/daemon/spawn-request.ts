import type { ProcessConfig } from '../config/config.ts';
import type { BrainRequest } from '../os/wire.ts';
import { type CommandContext, directoryOf, resolveCommand } from './command.ts';
import { handOf } from './hand.ts';
import type { HeldSocket } from './held-sockets.ts';
import { identityToTake } from './identity.ts';
import type { Limits } from './limits.ts';
import { workerEnvironment } from './worker-hook.ts';

/** What every spawn needs besides the process's own configuration. */
export type SpawnContext = CommandContext & { readonly limits: Limits };

export type SpawnRequest =
  | { readonly ok: true; readonly frame: Extract<BrainRequest, { type: 'spawn' }> }
  /** Nothing was asked of init: the sentence becomes the process's `spawnerr`. */
  | { readonly ok: false; readonly reason: string };

/** A generation of a process as init is asked for it. held: it is to accept nothing until it is let go (docs/adopt.md). */
export function spawnRequest(
  process: ProcessConfig,
  generation: number,
  role: 'current' | 'next',
  context: SpawnContext,
  sockets: readonly HeldSocket[],
  held: boolean,
): SpawnRequest {
  const command = resolveCommand(process, context);
  if (!command.ok) return command;
  const directory = directoryOf(process, context);
  const given = handOf(process, generation, { ...command, directory }, sockets, held);
  if (!given.ok) return given;
  const hooked = workerEnvironment(process, generation, role, command.environment);
  const environment = { ...command.environment, ...hooked, ...given.environment };
  return {
    ok: true,
    frame: {
      type: 'spawn',
      generation,
      title: `${process.key} #${generation}`,
      stdin: given.stdin,
      stdout: 'pipe',
      stderr: process.redirectStderr ? 'stdout' : 'pipe',
      identity: identityToTake(process.identity),
      umask: process.umask ?? -1,
      rlimits: context.limits,
      cwd: directory ?? '',
      exe: command.path,
      argv: command.argv,
      hand: given.hand,
      env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    },
  };
}
