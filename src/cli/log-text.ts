import { faultCode } from '../control/contract.ts';
import { textOf } from '../control/replies.ts';
import { Fault, type Value } from '../control/value.ts';
import { exitCode } from './exit-code.ts';
import type { Session } from './session.ts';

/** Bytes that are shown when no number is given. */
export const presetBytes = 1600;

/** How much of a log: a number of bytes from the end, `follow` for -f, null for what is neither. */
export function amount(modifier: string): number | 'follow' | null {
  const text = modifier.slice(1);
  if (text === 'f') return 'follow';
  return /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : null;
}

/** Shows the end of a log, or says why there is none. `name` is the one that the message speaks of. */
export async function showLog(
  session: Session,
  name: string,
  bytes: number,
  read: (offset: number, length: number) => Promise<Value>,
): Promise<void> {
  try {
    session.out(textOf(await read(-bytes, 0)));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const words: Readonly<Record<number, string>> = {
      [faultCode.NO_FILE]: 'no log file',
      [faultCode.FAILED]: 'unknown error reading log',
      [faultCode.BAD_NAME]: 'no such process name',
    };
    const said = words[error.code];
    if (said === undefined) throw error;
    session.fail(exitCode.generic, `${name}: ERROR (${said})`);
  }
}
