import { exitCode } from './exit-code.ts';
import { showStatus } from './status.ts';
import type { Verb } from './verb.ts';

export const open: Verb = {
  help: [
    'open <url>\tConnect to a remote supervisord process.',
    '\t\t(for UNIX domain socket, use unix:///socket/path)',
  ],
  run: async (session, argument) => {
    if (!/^(?:unix|http):/i.test(argument)) {
      return session.fail(exitCode.generic, 'ERROR: url must be http:// or unix://');
    }
    session.serverurl = argument;
    const before = session.exitStatus;
    await showStatus(session, []);
    session.exitStatus = before;
  },
};
