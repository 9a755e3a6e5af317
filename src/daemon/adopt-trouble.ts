import type { Config } from '../config/config.ts';
import { directoryOf, resolveCommand } from './command.ts';
import { inheritedEnvironment } from './environment.ts';
import { preloadOf, type Unreached, unnamable } from './preload.ts';

/** What the file of a program says once and for all; the rest (it is not there yet) is for its start to say. */
export const lasting: ReadonlySet<Unreached> = new Set(['static', 'go', 'set-uid', 'foreign', unnamable]);

/** Why a program that is to adopt its sockets never could, as far as its file tells before it is started; null: nothing is in the way. */
export function adoptTrouble({ server, groups }: Config): string | null {
  for (const process of groups.flatMap((group) => group.processes)) {
    if (process.listenAs !== 'adopt') continue;
    const inherited = inheritedEnvironment(globalThis.process.env);
    const context = { server, inherited, directory: null };
    const command = resolveCommand(process, context);
    if (!command.ok) continue;
    const reach = preloadOf(process, { ...command, directory: directoryOf(process, context) });
    if (reach.kind === 'without' && lasting.has(reach.why))
      return `'${process.name}': ${cannotAdopt(command.path, reach.why)}`;
  }
  return null;
}

export function cannotAdopt(executable: string, why: Unreached): string {
  return `cannot adopt the sockets of ${executable}: ${why} (listen_mode=fds does not need it)`;
}
