import { words } from '../config/python-text.ts';
import { exitCode } from './exit-code.ts';
import { forNames } from './for-names.ts';
import { startSpeech } from './outcome-line.ts';
import { expand } from './selection.ts';
import type { Session } from './session.ts';
import type { Verb } from './verb.ts';

const help = [
  'start <name>\t\tStart a process',
  'start <gname>:*\t\tStart all processes in a group',
  'start <name> <name>\tStart multiple processes or groups',
  'start all\t\tStart all processes',
];

/** Starts what is named, without looking whether a daemon is there. */
export function startNames(session: Session, names: readonly (readonly string[])[]): Promise<void> {
  return forNames(session, names, {
    speech: startSpeech,
    one: 'startProcess',
    group: 'startProcessGroup',
    all: 'startAllProcesses',
    more: [],
    noSuchGroup: exitCode.invalidArguments,
  });
}

export const start: Verb = {
  help,
  completes: 'processes',
  run: async (session, argument) => {
    if (!(await session.isUp())) return;
    const names = words(argument);
    if (names.length > 0) return startNames(session, await expand(session, names));
    session.fail(exitCode.invalidArguments, 'Error: start requires a process name', ...help);
  },
};
