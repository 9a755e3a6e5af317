import { words } from '../config/python-text.ts';
import { exitCode } from './exit-code.ts';
import { expand } from './selection.ts';
import { startNames } from './start.ts';
import { stopNames } from './stop.ts';
import type { Verb } from './verb.ts';

const help = [
  'restart <name>\t\tRestart a process',
  'restart <gname>:*\tRestart all processes in a group',
  'restart <name> <name>\tRestart multiple processes or groups',
  'restart all\t\tRestart all processes',
  'Note: restart does not reread config files. For that, see reread and update.',
];

export const restart: Verb = {
  help,
  completes: 'processes',
  run: async (session, argument) => {
    if (!(await session.isUp())) return;
    const names = words(argument);
    if (names.length === 0) {
      session.fail(exitCode.generic, 'Error: restart requires a process name', ...help);
      return;
    }
    // Selected once: what `@running` means is over when it is stopped.
    const meant = await expand(session, names);
    await stopNames(session, meant);
    await startNames(session, meant);
  },
};
