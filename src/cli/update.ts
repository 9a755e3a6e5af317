import { words } from '../config/python-text.ts';
import { faultCode } from '../control/contract.ts';
import { groupUpdate } from '../control/handover-reply.ts';
import { type Changes, changes, listOf, outcome, processStatus } from '../control/replies.ts';
import { Fault } from '../control/value.ts';
import { exitCode } from './exit-code.ts';
import { failureLines } from './handover-lines.ts';
import { activeGroups, selectedGroups } from './selection.ts';
import type { Session } from './session.ts';
import type { Verb } from './verb.ts';

async function reread(session: Session): Promise<Changes | null> {
  try {
    return changes(await session.call('reloadConfig'));
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== faultCode.SHUTDOWN_STATE) throw error;
    session.fail(exitCode.generic, 'ERROR: already shutting down');
    return null;
  }
}

/** Says which of the names are no group. */
async function checkNames(session: Session, names: ReadonlySet<string>, added: readonly string[]): Promise<void> {
  const active = listOf(await session.call('getAllProcessInfo'), processStatus).map(({ group }) => group);
  const known = new Set([...active, ...added]);
  for (const name of names) {
    if (!known.has(name)) session.fail(exitCode.generic, `ERROR: no such group: ${name}`);
  }
}

/** As JSON only what came of it is said. */
function say(session: Session, line: string): void {
  if (!session.json) session.out(line);
}

async function stopGroup(session: Session, name: string): Promise<boolean> {
  const outcomes = listOf(await session.call('stopProcessGroup', name), outcome);
  say(session, `${name}: stopped`);
  return outcomes.every(({ status }) => status !== faultCode.FAILED);
}

async function removeGroup(session: Session, name: string): Promise<void> {
  if (!(await stopGroup(session, name))) {
    session.fail(exitCode.generic, `${name}: has problems; not removing`);
    return;
  }
  await session.call('removeProcessGroup', name);
  say(session, `${name}: removed process group`);
}

/** Process by process where the daemon can do that; Supervisor's own stops the whole group. */
async function changeGroup(session: Session, name: string): Promise<void> {
  try {
    const update = groupUpdate(await session.client().call('legato.updateGroup', name));
    say(session, `${name}: updated process group`);
    const failed = update.handovers.filter(({ ok }) => !ok);
    if (failed.length > 0) session.fail(exitCode.generic, ...failed.flatMap(failureLines));
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== faultCode.UNKNOWN_METHOD) throw error;
    await replaceGroup(session, name);
  }
}

async function replaceGroup(session: Session, name: string): Promise<void> {
  await stopGroup(session, name);
  await session.call('removeProcessGroup', name);
  await session.call('addProcessGroup', name);
  say(session, `${name}: updated process group`);
}

async function addGroup(session: Session, name: string): Promise<void> {
  await session.call('addProcessGroup', name);
  say(session, `${name}: added process group`);
}

export const update: Verb = {
  help: [
    'update\t\t\tReload config and add/remove as necessary, and will restart affected programs',
    'update all\t\tReload config and add/remove as necessary, and will restart affected programs',
    'update <gname> [...]\tUpdate specific groups',
  ],
  completes: 'groups',
  json: true,
  run: async (session, argument) => {
    const found = await reread(session);
    if (found === null) return;
    const given = words(argument);
    const known = given.some((word) => /[*?]/.test(word)) ? [...(await activeGroups(session)), ...found.added] : [];
    const names = new Set(given.includes('all') ? [] : given.flatMap((word) => selectedGroups(word, known)));
    if (names.size > 0) await checkNames(session, names, found.added);
    const meant = (group: string): boolean => names.size === 0 || names.has(group);
    const [removed, changed, added] = [found.removed, found.changed, found.added].map((some) => some.filter(meant));
    for (const group of removed ?? []) await removeGroup(session, group);
    for (const group of changed ?? []) await changeGroup(session, group);
    for (const group of added ?? []) await addGroup(session, group);
    if (session.json) session.outJson({ added, changed, removed });
  },
};
