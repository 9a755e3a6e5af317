import { words } from '../config/python-text.ts';
import { exitCode } from './exit-code.ts';
import { forNames } from './for-names.ts';
import { stopSpeech } from './outcome-line.ts';
import { expand } from './selection.ts';
import type { Session } from './session.ts';
import type { Verb } from './verb.ts';

const help = [
  'stop <name>\t\tStop a process',
  'stop <gname>:*\t\tStop all processes in a group',
  'stop <name> <name>\tStop multiple processes or groups',
  'stop all\t\tStop all processes',
];

/** Stops what is named, without looking whether a daemon is there. */
export function stopNames(session: Session, names: readonly (readonly string[])[]): Promise<void> {
  return forNames(session, names, {
    speech: stopSpeech,
    one: 'stopProcess',
    group: 'stopProcessGroup',
    all: 'stopAllProcesses',
    more: [],
    noSuchGroup: exitCode.generic,
  });
}

export const stop: Verb = {
  help,
  completes: 'processes',
  run: async (session, argument) => {
    if (!(await session.isUp())) return;
    const names = words(argument);
    if (names.length > 0) return stopNames(session, await expand(session, names));
    session.fail(exitCode.generic, 'Error: stop requires a process name', ...help);
  },
};
