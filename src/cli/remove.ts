import { words } from '../config/python-text.ts';
import { faultCode } from '../control/contract.ts';
import { Fault } from '../control/value.ts';
import { exitCode } from './exit-code.ts';
import { activeGroups, selectedGroups } from './selection.ts';
import type { Session } from './session.ts';
import type { Verb } from './verb.ts';

async function removeGroup(session: Session, name: string): Promise<void> {
  try {
    await session.call('removeProcessGroup', name);
    session.out(`${name}: removed process group`);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (error.code === faultCode.STILL_RUNNING) {
      session.fail(exitCode.generic, `ERROR: process/group still running: ${name}`);
    } else if (error.code === faultCode.BAD_NAME) {
      session.fail(exitCode.generic, `ERROR: no such process/group: ${name}`);
    } else throw error;
  }
}

export const remove: Verb = {
  help: ['remove <name> [...]\tRemoves process/group from active config'],
  completes: 'groups',
  run: async (session, argument) => {
    const given = words(argument);
    const active = given.some((word) => /[*?]/.test(word)) ? await activeGroups(session) : [];
    for (const name of given.flatMap((word) => selectedGroups(word, active))) await removeGroup(session, name);
  },
};
