import type { LogLevel } from '../../core/effects.ts';
import { ConfigError } from '../config-error.ts';
import { repr, strip } from '../python-text.ts';

const truths: Readonly<Record<string, boolean>> = {
  yes: true,
  true: true,
  on: true,
  1: true,
  no: false,
  false: false,
  off: false,
  0: false,
};

/** `Object` has names of its own; only the table's are words. */
function truth(text: string): boolean | undefined {
  return Object.hasOwn(truths, text) ? truths[text] : undefined;
}

/** `yes true on 1` or `no false off 0`, in any case. */
export function booleanOf(text: string): boolean {
  const value = truth(text.toLowerCase());
  if (value === undefined) throw new ConfigError(`not a valid boolean value: ${repr(text)}`);
  return value;
}

/** A boolean's spellings, or `unexpected`. */
export function autorestartOf(text: string): boolean | 'unexpected' {
  const lower = text.toLowerCase();
  if (lower === 'unexpected') return lower;
  const value = truth(lower);
  if (value === undefined) throw new ConfigError(`invalid 'autorestart' value ${repr(lower)}`);
  return value;
}

const levels: ReadonlySet<string> = new Set<LogLevel>([
  'critical',
  'error',
  'warn',
  'info',
  'debug',
  'trace',
  'blather',
]);

function isLevel(text: string): text is LogLevel {
  return levels.has(text);
}

/** A level's name in any case. */
export function logLevelOf(text: string): LogLevel {
  const lower = text.toLowerCase();
  if (!isLevel(lower)) throw new ConfigError(`bad logging level name ${repr(text)}`);
  return lower;
}

/** One of some words, in any case. */
export function oneOf<Word extends string>(text: string, words: readonly Word[], ...others: readonly string[]): Word {
  const lower = text.toLowerCase();
  const word = words.find((one) => one === lower);
  if (word === undefined) throw new ConfigError(`${repr(text)} is none of ${[...words, ...others].join(', ')}`);
  return word;
}

/** What a length counts. */
export function lengthUnitOf(text: string): 'bytes' | 'characters' {
  return oneOf(text, ['bytes', 'characters']);
}

/** Comma list; blanks around each are stripped, empty text is an empty list. */
export function listOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(',').map(strip);
}

/**
 * The name of a program, group or process: stripped.
 * @throws ConfigError for a blank, `:` or `/` inside, which would break the event protocol and the addresses of the web page.
 */
export function nameOf(text: string): string {
  const name = strip(text);
  for (const character of ' :/') {
    if (name.includes(character)) {
      throw new ConfigError(`Invalid name: ${repr(text)} because of character: ${repr(character)}`);
    }
  }
  return name;
}
