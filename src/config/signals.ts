import { signals } from '../core/signals.ts';
import { ConfigError } from './config-error.ts';
import { repr, strip } from './python-text.ts';
import { parseInteger } from './values/number.ts';

/** Second names of a number in Python's `signal` module; they come after the usual ones. */
const aliases: Readonly<Record<string, number>> = { IOT: 6, CLD: 17, POLL: 29 };

/** Signals of Linux by name, without SIG: those Python's `signal` module has (signal(7)). The first name of a number is its usual one. */
export const signalNumbers: Readonly<Record<string, number>> = {
  ...Object.fromEntries(Object.entries(signals).map(([name, number]) => [name.slice('SIG'.length), number])),
  ...aliases,
};

/** Python's `signal` has more constants that begin with SIG; Supervisor takes them for signals. */
const constants: Readonly<Record<string, number>> = { _DFL: 0, _IGN: 1, _BLOCK: 0, _UNBLOCK: 1, _SETMASK: 2 };

const valid: ReadonlySet<number> = new Set([0, ...Object.values(signalNumbers)]);

/**
 * A signal by number or name, `SIG` before it or not, in any case.
 * @throws ConfigError in Supervisor's words. 0 passes and 35 does not: the list is Python's.
 */
export function signalOf(text: string): number {
  const number = parseInteger(text);
  if (number !== null) {
    if (!valid.has(number)) throw new ConfigError(`value ${repr(text)} is not a valid signal number`);
    return number;
  }
  const name = strip(text).toUpperCase();
  const short = name.startsWith('SIG') ? name.slice(3) : name;
  if (Object.hasOwn(signalNumbers, short)) return signalNumbers[short] ?? 0;
  if (Object.hasOwn(constants, short)) return constants[short] ?? 0;
  throw new ConfigError(`value ${repr(text)} is not a valid signal name`);
}
