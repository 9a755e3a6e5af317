import { type GivenOption, getopt } from './getopt.ts';
import { isMarked } from './marks.ts';
import { afterProgram, wordsOf } from './queue/words.ts';

type Locker = {
  /** As getopt takes them. */
  readonly short: string;
  readonly long: readonly string[];
  /** What it locks; null: nothing that keeps a second one out. */
  readonly lock: (options: readonly GivenOption[], rest: readonly string[]) => string | null;
};

const isShared = ({ name }: GivenOption): boolean => /^(?:-s|--shared|-u|--unlock)$/.test(name);
/** It locks the command itself. */
const whole: Locker = { short: '', long: [], lock: (_, rest) => rest.join(' ') };

/** What flock(1) takes before its file, as getopt has it. */
export const flockOptions: Pick<Locker, 'short' | 'long'> = {
  short: 'sexnuFohVw:E:',
  long: 'shared exclusive unlock nonblock nb close no-fork verbose fcntl wait= timeout= conflict-exit-code='.split(' '),
};

/** By their manuals: flock(1), setlock(8), chpst(8), run-one(1). */
const lockers: Readonly<Record<string, Locker>> = {
  flock: {
    ...flockOptions,
    lock: (options, [file = '']) => (options.some(isShared) ? null : file),
  },
  setlock: { short: 'nNxX', long: [], lock: (_, [file = '']) => file },
  chpst: {
    short: 'vVP012u:U:b:/:e:d:n:l:L:m:o:p:f:c:r:t:C:',
    long: [],
    lock: (options) => options.find(({ name }) => name === '-l' || name === '-L')?.argument ?? null,
  },
  'run-one': whole,
  'run-this-one': whole,
  'keep-one-running': whole,
};

/** Without one of these there is no lock: a start-up looks at every command. */
const known = new RegExp(Object.keys(lockers).join('|'));

/** What in a command line takes a lock that a second one of it would wait for, or end at; null: nothing. */
export function lockerIn(command: string): string | null {
  if (!known.test(command)) return null;
  const words = wordsOf(command);
  const found = Object.entries(lockers).find(([name, locker]) => locks(locker, afterProgram(words, [name])));
  return found?.[0] ?? null;
}

function locks({ short, long, lock }: Locker, words: readonly string[] | null): boolean {
  const parsed = words === null ? null : getopt(words, short, long);
  if (parsed === null || !parsed.ok) return false;
  const name = lock(parsed.options, parsed.rest);
  // With the number of the generation in it, each has its own.
  return name !== null && !isMarked(name);
}
