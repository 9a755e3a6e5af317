import { strip, words } from '../config/python-text.ts';
import { ProtocolError } from '../control/client.ts';
import { cureOf } from './cure.ts';
import { errorLine } from './error-line.ts';
import { exitCode } from './exit-code.ts';
import type { Session } from './session.ts';
import type { Verb } from './verb.ts';
import { endings, verbs } from './verbs.ts';

type Command = { readonly verb: string; readonly argument: string };

/** Splits a line into its verb and the rest (Python's cmd.Cmd.parseline): a verb ends where its letters do, `?x` is `help x`. */
function parse(line: string): Command {
  const text = line.startsWith('?') ? `help ${line.slice(1)}` : line;
  const verb = /^\w*/.exec(text)?.[0] ?? '';
  return { verb, argument: strip(text.slice(verb.length)) };
}

/** In the shell: asks who it is, and tries again. */
async function logIn(session: Session): Promise<boolean> {
  if (session.ask === null) return false;
  const username = await session.ask('Username:', false);
  const password = username === null ? null : await session.ask('Password:', true);
  session.out('');
  if (password === null) return false;
  session.username = username;
  session.password = password;
  return true;
}

/** Notes whether `--json` is among the words of a verb that lists; the words without it. */
function takeJson(session: Session, verb: Verb, argument: string): string {
  const given = words(argument);
  session.json = verb.json === true && given.includes('--json');
  return session.json ? given.filter((word) => word !== '--json').join(' ') : argument;
}

async function attempt(session: Session, verb: Verb, argument: string): Promise<void> {
  try {
    await verb.run(session, argument);
  } catch (error) {
    if (error instanceof ProtocolError && error.status === 401) {
      session.out('Server requires authentication');
      if (await logIn(session)) return attempt(session, verb, argument);
    }
    session.fail(exitCode.generic, errorLine(error));
    session.hint(cureOf(session, error));
  }
}

/**
 * Carries out one line. Whatever goes wrong is said, and in the exit code.
 * @returns whether the shell is to go on
 */
export async function runLine(session: Session, written: string): Promise<boolean> {
  const line = strip(written);
  if (line === '') return true;
  const { verb: name, argument } = parse(line);
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (verb === undefined) session.fail(exitCode.generic, `*** Unknown syntax: ${line}`);
  else await attempt(session, verb, takeJson(session, verb, argument));
  return !endings.includes(name);
}
