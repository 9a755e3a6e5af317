import { textOf } from '../control/replies.ts';
import { exitCode } from './exit-code.ts';
import type { Verb } from './verb.ts';

const help = ['version\t\t\tShow the version of the remote supervisord process'];

export const version: Verb = {
  help,
  json: true,
  run: async (session, argument) => {
    if (argument !== '') return session.fail(exitCode.generic, 'Error: version accepts no arguments', ...help);
    if (!(await session.isUp())) return;
    const text = textOf(await session.call('getSupervisorVersion'));
    if (session.json) session.outJson({ version: text });
    else session.out(text);
  },
};
