import { words } from '../config/python-text.ts';
import { exitCode } from './exit-code.ts';
import { forNames } from './for-names.ts';
import { signalSpeech } from './outcome-line.ts';
import { expand } from './selection.ts';
import type { Verb } from './verb.ts';

const help = [
  'signal <signal name> <name>\t\tSignal a process',
  'signal <signal name> <gname>:*\t\tSignal all processes in a group',
  'signal <signal name> <name> <name>\tSignal multiple processes or groups',
  'signal <signal name> all\t\tSignal all processes',
];

const asSupervisor = { one: 'signalProcess', group: 'signalProcessGroup', all: 'signalAllProcesses' };
const toMain = { namespace: 'legato', one: 'signalMain', group: 'signalMainGroup', all: 'signalMainAll' } as const;

export const signal: Verb = {
  help,
  completes: 'processes',
  run: async (session, argument) => {
    if (!(await session.isUp())) return;
    const given = words(argument);
    const [name = '', ...names] = given.filter((word) => word !== '--main');
    if (names.length === 0) {
      session.fail(exitCode.generic, 'Error: signal requires a signal name and a process name', ...help);
      return;
    }
    await forNames(session, await expand(session, names), {
      speech: signalSpeech,
      ...(given.includes('--main') ? toMain : asSupervisor),
      more: [name],
      noSuchGroup: exitCode.generic,
    });
  },
};
