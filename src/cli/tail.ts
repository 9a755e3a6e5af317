import { repr, words } from '../config/python-text.ts';
import { exitCode } from './exit-code.ts';
import { follow } from './follow.ts';
import { amount, presetBytes, showLog } from './log-text.ts';
import type { Verb } from './verb.ts';

const help = [
  'tail [-f] <name> [stdout|stderr] (default stdout)',
  'Ex:',
  'tail -f <name>\t\tContinuous tail of named process stdout',
  '\t\t\tCtrl-C to exit.',
  'tail -100 <name>\tlast 100 *bytes* of process stdout',
  'tail <name> stderr\tlast 1600 *bytes* of process stderr',
];

export const tail: Verb = {
  help,
  completes: 'processes',
  run: async (session, argument) => {
    if (!(await session.isUp())) return;
    const given = words(argument);
    const count = given.length;
    if (count < 1 || count > 3) {
      session.fail(exitCode.generic, `Error: too ${count < 1 ? 'few' : 'many'} arguments`, ...help);
      return;
    }
    const modifier = given[0]?.startsWith('-') ? given.shift() : undefined;
    const [name] = given;
    if (name === undefined) return session.fail(exitCode.generic, 'Error: tail requires process name');
    const channel = given.length === 1 ? 'stdout' : (given.at(-1) ?? '').toLowerCase();
    if (channel !== 'stdout' && channel !== 'stderr') {
      return session.fail(exitCode.generic, `Error: bad channel ${repr(channel)}`);
    }
    const bytes = modifier === undefined ? presetBytes : amount(modifier);
    if (bytes === null) return session.fail(exitCode.generic, `Error: bad argument ${modifier}`);
    if (bytes === 'follow') return follow(session, `/logtail/${name}/${channel}`);
    const method = channel === 'stdout' ? 'readProcessStdoutLog' : 'readProcessStderrLog';
    await showLog(session, name, bytes, (offset, length) => session.call(method, name, offset, length));
  },
};
