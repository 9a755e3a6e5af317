import { faultCode } from '../control/contract.ts';
import { makeNamespec } from '../control/namespec.ts';
import { type Available, available, listOf } from '../control/replies.ts';
import { Fault } from '../control/value.ts';
import { exitCode } from './exit-code.ts';
import type { Verb } from './verb.ts';

const help = ['avail\t\t\tDisplay all configured processes'];

function line({ group, name, inuse, autostart, groupPriority, priority }: Available): string {
  const columns = [
    makeNamespec(group, name).padEnd(32),
    (inuse ? 'in use' : 'avail').padEnd(9),
    (autostart ? 'auto' : 'manual').padEnd(9),
    `${groupPriority}:${priority}`,
  ];
  return columns.join(' ');
}

export const avail: Verb = {
  help,
  json: true,
  run: async (session, argument) => {
    if (argument !== '') return session.fail(exitCode.generic, 'Error: avail accepts no arguments', ...help);
    try {
      const told = await session.call('getAllConfigInfo');
      const all = listOf(told, available);
      if (session.json) session.outJson(told);
      else session.out(...all.map(line));
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== faultCode.SHUTDOWN_STATE) throw error;
      session.fail(exitCode.generic, 'ERROR: supervisor shutting down');
    }
  },
};
