import { words } from '../config/python-text.ts';
import { faultCode } from '../control/contract.ts';
import { splitNamespec } from '../control/namespec.ts';
import { listOf, outcome } from '../control/replies.ts';
import { Fault } from '../control/value.ts';
import { exitCode } from './exit-code.ts';
import { clearSpeech, failed, tell } from './outcome-line.ts';
import { expand } from './selection.ts';
import type { Verb } from './verb.ts';

const help = [
  "clear <name>\t\tClear a process' log files.",
  "clear <name> <name>\tClear multiple process' log files",
  "clear all\t\tClear all process' log files",
];

export const clear: Verb = {
  help,
  completes: 'processes',
  run: async (session, argument) => {
    if (!(await session.isUp())) return;
    const names = words(argument);
    if (names.length === 0) {
      session.fail(exitCode.generic, 'Error: clear requires a process name', ...help);
      return;
    }
    if (names.includes('all')) {
      for (const one of listOf(await session.call('clearAllProcessLogs'), outcome)) tell(session, clearSpeech, one);
      return;
    }
    for (const text of (await expand(session, names)).flat()) {
      const { group, name } = splitNamespec(text);
      // There is no way to clear a group; supervisorctl shows its missing process name as Python's None.
      const shown = name ?? 'None';
      try {
        await session.call('clearProcessLogs', text);
        tell(session, clearSpeech, { group, name: shown, status: faultCode.SUCCESS, description: '' });
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        tell(session, clearSpeech, failed(group, shown, error));
      }
    }
  },
};
