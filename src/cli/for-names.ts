import { faultCode } from '../control/contract.ts';
import { splitNamespec } from '../control/namespec.ts';
import { listOf, type Outcome, outcome, processStatus } from '../control/replies.ts';
import { Fault, type Value } from '../control/value.ts';
import { meantBy } from './cure.ts';
import { failed, tell } from './outcome-line.ts';
import type { Session } from './session.ts';

/** A command that exists for one process, for a group and for all. */
type Command = {
  readonly speech: Parameters<typeof tell>[1];
  /** `supervisor` unless said. */
  readonly namespace?: 'supervisor' | 'legato';
  /** Method names without namespace. */
  readonly one: string;
  readonly group: string;
  readonly all: string;
  /** Parameters after the name. */
  readonly more: readonly Value[];
  /** Exit code for a group that does not exist. */
  readonly noSuchGroup: number;
};

function call(session: Session, { namespace = 'supervisor' }: Command, name: string, params: Value[]): Promise<Value> {
  return session.client().call(`${namespace}.${name}`, ...params);
}

function tellAll(session: Session, { speech }: Command, answer: Value): void {
  for (const one of listOf(answer, outcome)) tell(session, speech, one);
}

async function forGroup(session: Session, command: Command, group: string): Promise<void> {
  try {
    tellAll(session, command, await call(session, command, command.group, [group, ...command.more]));
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== faultCode.BAD_NAME) throw error;
    session.fail(command.noSuchGroup, `${group}: ERROR (no such group)`);
  }
}

async function outcomeOf(session: Session, command: Command, text: string): Promise<Outcome> {
  const { group, name } = splitNamespec(text);
  try {
    await call(session, command, command.one, [text, ...command.more]);
    return { group, name: name ?? '', status: faultCode.SUCCESS, description: '' };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return failed(group, name ?? '', error);
  }
}

async function forOne(session: Session, command: Command, text: string): Promise<void> {
  const outcome = await outcomeOf(session, command, text);
  tell(session, command.speech, outcome);
  if (outcome.status !== faultCode.BAD_NAME) return;
  const known = listOf(await session.call('getAllProcessInfo'), processStatus);
  session.hint(meantBy(text, known));
}

/** Processes of one selection that are seen to at the same time; the rest wait. */
const atOnce = 16;

/** Several at once; what became of them is told in their order. */
async function forSeveral(session: Session, command: Command, texts: readonly string[]): Promise<void> {
  for (let at = 0; at < texts.length; at += atOnce) {
    const outcomes = texts.slice(at, at + atOnce).map((text) => outcomeOf(session, command, text));
    for (const one of await Promise.all(outcomes)) tell(session, command.speech, one);
  }
}

/**
 * Carries a command out for names as `expand` yields them: `all` is everything; else one word after the other, as supervisorctl does, and what
 * one word selects at once.
 */
export async function forNames(
  session: Session,
  names: readonly (readonly string[])[],
  command: Command,
): Promise<void> {
  for (const several of names) {
    const [text, ...others] = several;
    if (text === undefined) continue;
    if (others.length > 0) await forSeveral(session, command, several);
    else if (text === 'all') tellAll(session, command, await call(session, command, command.all, [...command.more]));
    else if (splitNamespec(text).name === null) await forGroup(session, command, splitNamespec(text).group);
    else await forOne(session, command, text);
  }
}
