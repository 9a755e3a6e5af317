import { faultCode } from '../control/contract.ts';
import { splitNamespec } from '../control/namespec.ts';
import { listOf, processStatus } from '../control/replies.ts';
import type { Fault } from '../control/value.ts';
import { meantBy } from './cure.ts';
import { exitCode } from './exit-code.ts';
import type { Session } from './session.ts';

/* What the faults of the handover methods mean, in the words of the other verbs. */

/** `handover --abort` of what has none. */
export const abortWords: Readonly<Record<number, string>> = { [faultCode.FAILED]: 'no handover in progress' };

/** `handover --finish` of what has nothing to wait for. */
export const finishWords: Readonly<Record<number, string>> = { [faultCode.NOT_RUNNING]: 'nothing drains' };

/** The one of several names that nobody has; the fault names it, a group without `:*`. */
function unknownOf(names: readonly string[], { message }: Fault): string | undefined {
  const unknown = message.slice('BAD_NAME: '.length);
  return names.find((name) => name === unknown) ?? names.find((name) => isGroup(name, unknown));
}

function isGroup(text: string, wanted: string): boolean {
  const { group, name } = splitNamespec(text);
  return name === null && group === wanted;
}

async function tellUnknown(session: Session, name: string): Promise<void> {
  const { group, name: process } = splitNamespec(name);
  if (process === null) return session.fail(exitCode.generic, `${group}: ERROR (no such group)`);
  session.fail(exitCode.generic, `${name}: ERROR (no such process)`);
  session.hint(meantBy(name, listOf(await session.call('getAllProcessInfo'), processStatus)));
}

/** Says what became of names that were answered with a fault; `words` are those of the command. */
export async function tellFault(
  session: Session,
  names: readonly string[],
  fault: Fault,
  words: Readonly<Record<number, string>> = {},
): Promise<void> {
  const unknown = fault.code === faultCode.BAD_NAME ? unknownOf(names, fault) : undefined;
  if (unknown !== undefined) return tellUnknown(session, unknown);
  session.fail(exitCode.generic, `${names.join(' ')}: ERROR (${words[fault.code] ?? fault.message})`);
}
