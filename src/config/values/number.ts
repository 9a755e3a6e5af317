import { ConfigError } from '../config-error.ts';
import { repr, strip } from '../python-text.ts';

const plainDigits = /^[0-9]{1,15}$/;
const decimal = /^[+-]?\p{Nd}+(?:_\p{Nd}+)*$/u;
const octalDigits = /^[+-]?(?:0[oO]_?)?[0-7]+(?:_[0-7]+)*$/;

/** Python's `int(text)`; null when it is none. Blanks around and `_` between digits are allowed. */
export function parseInteger(text: string): number | null {
  if (plainDigits.test(text)) return Number(text);
  const digits = strip(text);
  return decimal.test(digits) ? Number(inAscii(digits).replaceAll('_', '')) : null;
}

/** With the digits of every script as those of ASCII. */
function inAscii(text: string): string {
  return text.replace(/\P{ASCII}/gu, (one) => (/\p{Nd}/u.test(one) ? asciiDigit(one) : one));
}

/** Digits of any script count. Unicode keeps the ten of a script together, from zero to nine. */
function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  let zero = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String((code - zero) % 10);
}

/**
 * Python's `int(text)`, negative numbers included: Supervisor has no range checks here.
 * @throws ConfigError with Python's message.
 */
export function integerOf(text: string): number {
  const value = parseInteger(text);
  // Python cuts the shown text at 200 characters.
  if (value === null) throw new ConfigError(`invalid literal for int() with base 10: ${repr(text).slice(0, 200)}`);
  return value;
}

/** Python's `int(text, 8)`: `022`, `22` and `0o22` are the same. */
export function octalOf(text: string): number {
  const digits = inAscii(strip(text));
  if (!octalDigits.test(digits)) throw new ConfigError(`${text} can not be converted to an octal type`);
  const value = Number.parseInt(digits.replace(/[_+-]|0[oO]/g, ''), 8);
  return digits.startsWith('-') ? -value : value;
}

const multipliers: Readonly<Record<string, number>> = { kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/** Bytes: an integer, or one with KB, MB or GB in any case (1024 based). */
export function byteSizeOf(text: string): number {
  const lower = text.toLowerCase();
  const multiplier = multipliers[lower.slice(-2)];
  return multiplier === undefined ? integerOf(lower) : integerOf(lower.slice(0, -2)) * multiplier;
}

/** Comma list of 0 to 255; empty is an empty list. */
export function exitCodesOf(text: string): readonly number[] {
  if (text === '') return [];
  return text.split(',').map((one) => {
    const code = parseInteger(one);
    if (code === null || code < 0 || code > 255) throw new ConfigError(`not a valid list of exit codes: ${repr(text)}`);
    return code;
  });
}

/** @throws ConfigError unless it is 1 to 65535. */
export function portOf(port: number): number {
  if (port < 1) throw new ConfigError(`${port} is below lower bound (1)`);
  if (port > 65535) throw new ConfigError(`${port} is above upper bound (65535)`);
  return port;
}

/** `port`, `:port`, `*:port` or `host:port`; the host in lower case, '' for every interface. */
export function inetAddressOf(text: string): InetAddress {
  const colon = text.lastIndexOf(':');
  if (colon < 0) {
    const port = parseInteger(text);
    if (port === null || port < 1 || port > 65535) throw new ConfigError(`not a valid port number: ${repr(text)} `);
    return { host: '', port };
  }
  const digits = text.slice(colon + 1);
  if (digits === '') throw new ConfigError("no port number specified in ''");
  const host = text.slice(0, colon).toLowerCase();
  return { host: host === '*' ? '' : host, port: portOf(integerOf(digits)) };
}

/** host '' is every interface. */
export type InetAddress = { readonly host: string; readonly port: number };
