import { words } from '../config/python-text.ts';
import { faultCode } from '../control/contract.ts';
import { Fault } from '../control/value.ts';
import { exitCode } from './exit-code.ts';
import type { Session } from './session.ts';
import type { Verb } from './verb.ts';

async function addGroup(session: Session, name: string): Promise<void> {
  try {
    await session.call('addProcessGroup', name);
    session.out(`${name}: added process group`);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (error.code === faultCode.SHUTDOWN_STATE) session.fail(exitCode.generic, 'ERROR: shutting down');
    else if (error.code === faultCode.ALREADY_ADDED) session.out('ERROR: process group already active');
    else if (error.code === faultCode.BAD_NAME) {
      session.fail(exitCode.generic, `ERROR: no such process/group: ${name}`);
    } else throw error;
  }
}

export const add: Verb = {
  help: ['add <name> [...]\tActivates any updates in config for process/group'],
  completes: 'groups',
  run: async (session, argument) => {
    for (const name of words(argument)) await addGroup(session, name);
  },
};
