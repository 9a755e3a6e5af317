import { type ClientOptions, loadClientConfig } from '../config/client.ts';
import type { ClientConfig } from '../config/config.ts';
import { clientKeys } from '../config/schema.ts';
import { nodeConfigHost } from '../os/config-host.ts';
import { readCommandLine } from './command-line.ts';
import { exitCode } from './exit-code.ts';
import { runLine } from './run-line.ts';
import { Session, type Voice } from './session.ts';

/** Where text goes, and the name that messages give to the program (the path by which it was called). */
export type Surroundings = Voice & { readonly program: string };

/** From where the address of the daemon comes. */
function originOf({
  options,
  file,
  config,
}: {
  options: ClientOptions;
  file: string | null;
  config: ClientConfig;
}): string {
  if (options.serverurl !== null) return '-s';
  if (file === null) return 'nowhere: there is no configuration, and this is the preset';
  const preset = config.serverurl === clientKeys.serverurl.preset ? ' or, where that is missing, the preset' : '';
  return `serverurl= in [supervisorctl] of ${file}${preset}`;
}

async function atTerminal(
  around: Surroundings,
  config: ClientConfig,
  origin: string,
  words: readonly string[],
): Promise<number> {
  const { Terminal } = await import('./terminal.ts');
  const terminal = new Terminal(config.historyFile);
  const session = new Session(config, around, terminal.ask, origin);
  try {
    if (words.length > 0) {
      await runLine(session, words.join(' '));
      return session.exitStatus;
    }
    const { shell } = await import('./shell.ts');
    await shell(session, terminal);
    return exitCode.success;
  } finally {
    terminal.close();
  }
}

/** Does what a command line says: one action, or the shell. Returns the exit code. */
export async function legatoctl(argv: readonly string[], around: Surroundings): Promise<number> {
  const wrong = (message: string): number => {
    around.err(`Error: ${message}\nFor help, use ${around.program} -h\n`);
    return exitCode.invalidArguments;
  };
  const line = readCommandLine(argv);
  if (line.kind === 'wrong') return wrong(line.message);
  if (line.kind === 'help') {
    const { usage } = await import('./usage.ts');
    around.out(usage(around.program));
    return exitCode.success;
  }
  const loaded = loadClientConfig(line.options, nodeConfigHost(around.program));
  if (!loaded.ok) return wrong(loaded.message);
  const origin = originOf({ options: line.options, ...loaded });
  if (line.interactive || line.words.length === 0) return atTerminal(around, loaded.config, origin, line.words);
  const session = new Session(loaded.config, around, null, origin);
  await runLine(session, line.words.join(' '));
  return session.exitStatus;
}
