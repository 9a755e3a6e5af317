import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { History, Terms } from './history.ts';

/** One history as it is kept between runs, and in the repository: a row may be run again by itself. */
export type Entry = {
  readonly row: string;
  readonly terms: Terms;
  /** When it ended, ISO 8601. */
  readonly at: string;
  /** null: it did not come to its end; `error` says why. */
  readonly history: Summary | null;
  readonly error: string | null;
};

/** Milliseconds. */
type Spread = { readonly middle: number; readonly most: number };

export type Summary = Pick<History, 'handovers' | 'broken' | 'wrong'> & {
  readonly requests: number;
  readonly failed: number;
  /** null: nothing to be measured. */
  readonly own: Spread | null;
  readonly took: Spread | null;
  readonly pauses: Spread | null;
};

const file = join(import.meta.dirname, '../../docs/results/handovers.json');

export function summaryOf({ load, handovers, broken, own, took, pauses, wrong }: History): Summary {
  const { requests, failed } = load;
  return {
    handovers,
    broken,
    wrong,
    requests,
    failed,
    own: spreadOf(own),
    took: spreadOf(took),
    pauses: spreadOf(pauses),
  };
}

function spreadOf(figures: readonly number[]): Spread | null {
  if (figures.length === 0) return null;
  const sorted = figures.toSorted((a, b) => a - b);
  const rounded = (figure = 0): number => Math.round(figure);
  return { middle: rounded(sorted[Math.floor(sorted.length / 2)]), most: rounded(sorted.at(-1)) };
}

export const passOf = ({ pid1, load }: Terms): string => `${pid1 ? 'PID 1' : 'plain'}, ${load}`;

const keyOf = ({ row, terms }: Entry): string => `${row} (${passOf(terms)})`;

export function entries(): readonly Entry[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Entry[]) : [];
}

/** In the place of what was there of the same row and pass; a line each, in order. */
export function keep(entry: Entry): void {
  const all = [...entries().filter((one) => keyOf(one) !== keyOf(entry)), entry];
  const lines = all.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)).map((one) => JSON.stringify(one));
  writeFileSync(file, `[\n${lines.join(',\n')}\n]\n`);
}
