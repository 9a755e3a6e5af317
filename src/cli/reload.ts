import { faultCode } from '../control/contract.ts';
import { Fault } from '../control/value.ts';
import { isMeant } from './confirm.ts';
import { exitCode } from './exit-code.ts';
import type { Verb } from './verb.ts';

const help = ['reload \t\tRestart the remote supervisord.'];

export const reload: Verb = {
  help,
  run: async (session, argument) => {
    if (argument !== '') return session.fail(exitCode.generic, 'Error: reload accepts no arguments', ...help);
    if (!(await isMeant(session, 'Really restart the remote supervisord process y/N? '))) return;
    try {
      await session.call('restart');
      session.out('Restarted supervisord');
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== faultCode.SHUTDOWN_STATE) throw error;
      session.fail(exitCode.generic, 'ERROR: already shutting down');
    }
  },
};
