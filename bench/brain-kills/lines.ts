import { existsSync, readFileSync } from 'node:fs';

/** What became of the lines of test/fixtures/writes-numbered-lines.py, whatever files they have been rotated to. */
export type Lines = {
  /** One more than the highest number that was found. */
  readonly written: number;
  readonly lost: number;
  readonly doubled: number;
  /** Not as they were written, or in another order. */
  readonly torn: number;
};

/** Reads `path.N` … `path.1`, `path`, one after the other. */
export function linesIn(path: string): Lines {
  let backups = 0;
  while (existsSync(`${path}.${backups + 1}`)) backups += 1;
  const files = Array.from({ length: backups }, (_, index) => `${path}.${backups - index}`);
  const seen = new Set<number>();
  let [highest, doubled, torn] = [-1, 0, 0];
  for (const file of [...files, path]) {
    for (const line of readFileSync(file, 'latin1').split('\n').slice(0, -1)) {
      const number = /^(\d{10}) x{88}$/.exec(line)?.[1];
      if (number === undefined) torn += 1;
      else if (seen.has(Number(number))) doubled += 1;
      else {
        if (Number(number) < highest) torn += 1;
        highest = Math.max(highest, Number(number));
        seen.add(Number(number));
      }
    }
  }
  return { written: highest + 1, lost: highest + 1 - seen.size, doubled, torn };
}
