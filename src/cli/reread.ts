import { faultCode } from '../control/contract.ts';
import { type Changes, changes } from '../control/replies.ts';
import { lexically } from '../control/text-order.ts';
import { Fault } from '../control/value.ts';
import { exitCode } from './exit-code.ts';
import type { Verb } from './verb.ts';

const help = ["reread \t\t\tReload the daemon's configuration files without add/remove"];

function lines({ added, changed, removed }: Changes): string[] {
  const words = new Map<string, string>();
  for (const name of added) words.set(name, 'available');
  for (const name of changed) words.set(name, 'changed');
  for (const name of removed) words.set(name, 'disappeared');
  if (words.size === 0) return ['No config updates to processes'];
  return [...words].sort(([a], [b]) => lexically(a, b)).map(([name, word]) => `${name}: ${word}`);
}

export const reread: Verb = {
  help,
  json: true,
  run: async (session, argument) => {
    if (argument !== '') return session.fail(exitCode.generic, 'Error: reread accepts no arguments', ...help);
    try {
      const found = changes(await session.call('reloadConfig'));
      if (session.json) session.outJson(found);
      else session.out(...lines(found));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (error.code === faultCode.SHUTDOWN_STATE) session.fail(exitCode.generic, 'ERROR: supervisor shutting down');
      else if (error.code === faultCode.CANT_REREAD) session.fail(exitCode.generic, `ERROR: ${error.message}`);
      else throw error;
    }
  },
};
