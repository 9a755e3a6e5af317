import { words } from '../config/python-text.ts';
import { exitCode } from './exit-code.ts';
import { follow } from './follow.ts';
import { amount, presetBytes, showLog } from './log-text.ts';
import type { Verb } from './verb.ts';

const help = [
  'maintail -f \tContinuous tail of supervisor main log file (Ctrl-C to exit)',
  'maintail -100\tlast 100 *bytes* of supervisord main log file',
  'maintail\tlast 1600 *bytes* of supervisor main log file',
  '',
];

export const maintail: Verb = {
  help,
  run: async (session, argument) => {
    if (!(await session.isUp())) return;
    const given = words(argument);
    if (given.length > 1) return session.fail(exitCode.generic, 'Error: too many arguments', ...help);
    const [modifier] = given;
    const bytes = modifier === undefined ? presetBytes : modifier.startsWith('-') ? amount(modifier) : null;
    if (bytes === null) return session.fail(exitCode.generic, `Error: bad argument ${modifier}`);
    if (bytes === 'follow') return follow(session, '/mainlogtail');
    await showLog(session, 'supervisord', bytes, (offset, length) => session.call('readLog', offset, length));
  },
};
