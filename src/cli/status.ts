import { words } from '../config/python-text.ts';
import { stoppedCodes } from '../control/contract.ts';
import { makeNamespec, splitNamespec } from '../control/namespec.ts';
import { listOf, type ProcessStatus, processStatus, structOf } from '../control/replies.ts';
import { meantBy } from './cure.ts';
import { exitCode } from './exit-code.ts';
import { selected, selectionOf } from './selection.ts';
import type { Session } from './session.ts';
import type { Verb } from './verb.ts';

/** Those that are named, in the order asked; what names nothing is said and sets the exit code. */
export function select<T extends { readonly group: string; readonly name: string }>(
  session: Session,
  all: readonly T[],
  names: readonly string[],
  stateOf: (one: T) => string,
): readonly T[] {
  if (names.length === 0 || names.includes('all')) return all;
  return names.flatMap((text) => {
    const { group, name } = splitNamespec(text);
    const selection = selectionOf(text);
    const found =
      selection === null
        ? all.filter((one) => one.group === group && (name === null || one.name === name))
        : selected(selection, all, (one) => ({ group: one.group, name: one.name, state: stateOf(one) }));
    if (found === null || (found.length === 0 && selection === null)) {
      const line = name === null ? `${group}: ERROR (no such group)` : `${text}: ERROR (no such process)`;
      session.fail(exitCode.statusUnknown, line);
      if (name !== null) session.hint(meantBy(text, all));
    }
    return found ?? [];
  });
}

/** Columns are counted in characters, as Python does. */
function length(text: string): number {
  return Array.from(text).length;
}

function show(session: Session, processes: readonly ProcessStatus[]): void {
  const rows = processes.map((process) => ({ ...process, namespec: makeNamespec(process.group, process.name) }));
  const width = Math.max(30, ...rows.map(({ namespec }) => length(namespec))) + 3;
  for (const { namespec, statename, description } of rows) {
    const padding = ' '.repeat(width - length(namespec));
    session.out(`${namespec}${padding}${statename.padEnd(10)}${description}`);
  }
}

/** Shows what `status` shows: also the first thing in the shell, and after `open`. */
export async function showStatus(session: Session, names: readonly string[]): Promise<void> {
  if (!(await session.isUp())) {
    session.exitStatus = exitCode.statusUnknown;
    return;
  }
  const all = listOf(await session.call('getAllProcessInfo'), (value) => ({ ...processStatus(value), told: value }));
  const processes = select(session, all, names, ({ statename }) => statename);
  if (session.json) {
    session.outJson(
      processes.map(({ group, name, told }) => ({ namespec: makeNamespec(group, name), ...structOf(told) })),
    );
  } else show(session, processes);
  if (processes.some(({ state }) => stoppedCodes.includes(state))) session.exitStatus = exitCode.statusStopped;
}

export const status: Verb = {
  help: [
    'status <name>\t\tGet status for a single process',
    'status <gname>:*\tGet status for all processes in a group',
    'status <name> <name>\tGet status for multiple named processes',
    'status\t\t\tGet all process status info',
  ],
  completes: 'processes',
  json: true,
  run: (session, argument) => showStatus(session, words(argument)),
};
