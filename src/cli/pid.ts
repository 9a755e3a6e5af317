import { words } from '../config/python-text.ts';
import { faultCode } from '../control/contract.ts';
import { makeNamespec } from '../control/namespec.ts';
import { listOf, numberOf, processStatus } from '../control/replies.ts';
import { Fault } from '../control/value.ts';
import { exitCode } from './exit-code.ts';
import { expand } from './selection.ts';
import type { Session } from './session.ts';
import { select } from './status.ts';
import type { Verb } from './verb.ts';

async function showPid(session: Session, name: string): Promise<void> {
  try {
    const { pid } = processStatus(await session.call('getProcessInfo', name));
    session.out(String(pid));
    if (pid === 0) session.exitStatus = exitCode.notRunning;
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== faultCode.BAD_NAME) throw error;
    session.fail(exitCode.generic, `No such process ${name}`);
  }
}

/** The daemon's own, or those of what is named; 0: it is not running. */
async function showJson(session: Session, names: readonly string[]): Promise<void> {
  if (names.length === 0) return session.outJson({ pid: numberOf(await session.call('getPID')) });
  const all = listOf(await session.call('getAllProcessInfo'), processStatus);
  const found = select(session, all, names, ({ statename }) => statename);
  session.outJson(found.map((one) => ({ namespec: makeNamespec(one.group, one.name), pid: one.pid })));
}

export const pid: Verb = {
  help: [
    'pid\t\t\tGet the PID of supervisord.',
    'pid <name>\t\tGet the PID of a single child process by name.',
    'pid all\t\t\tGet the PID of every child process, one per line.',
  ],
  completes: 'processes',
  json: true,
  run: async (session, argument) => {
    if (!(await session.isUp())) return;
    const names = words(argument);
    if (session.json) await showJson(session, names);
    else if (names.length === 0) session.out(String(numberOf(await session.call('getPID'))));
    else if (names.includes('all')) {
      const all = listOf(await session.call('getAllProcessInfo'), processStatus);
      session.out(...all.map((process) => String(process.pid)));
    } else for (const name of (await expand(session, names)).flat()) await showPid(session, name);
  },
};
