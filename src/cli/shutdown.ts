import { faultCode } from '../control/contract.ts';
import { codeOf } from '../control/listen-error.ts';
import { Fault } from '../control/value.ts';
import { isMeant } from './confirm.ts';
import { exitCode } from './exit-code.ts';
import type { Verb } from './verb.ts';

const help = ['shutdown \tShut the remote supervisord down.'];

export const shutdown: Verb = {
  help,
  run: async (session, argument) => {
    if (argument !== '') return session.fail(exitCode.generic, 'Error: shutdown accepts no arguments', ...help);
    if (!(await isMeant(session, 'Really shut the remote supervisord process down y/N? '))) return;
    try {
      await session.call('shutdown');
      session.out('Shut down');
    } catch (error) {
      const code = codeOf(error);
      if (error instanceof Fault && error.code === faultCode.SHUTDOWN_STATE) {
        // supervisorctl leaves the exit code alone: the daemon is doing what was asked.
        session.out('ERROR: already shutting down');
      } else if (code === 'ECONNREFUSED' || code === 'ENOENT') {
        const why = code === 'ENOENT' ? 'no such file' : 'refused connection';
        session.fail(exitCode.generic, `ERROR: ${session.serverurl} ${why} (already shut down?)`);
      } else throw error;
    }
  },
};
