import { existsSync, readFileSync } from 'node:fs';

/** What became of the lines of test/fixtures/writes-numbered-lines.py, whatever files they have been rotated to. */
export type Lines = {
  /** One more than the highest number that was found. */
  readonly written: number;
  readonly lost: number;
  /** Here a second time, or after a later one. */
  readonly doubled: number;
  /** Not as they were written; files that end in the middle of a line. */
  readonly torn: number;
};

/** Reads `path.N` … `path.1`, `path`, one after the other. The last one may end in what is still to come. */
export function linesIn(path: string): Lines {
  let backups = 0;
  while (existsSync(`${path}.${backups + 1}`)) backups += 1;
  const older = Array.from({ length: backups }, (_, index) => `${path}.${backups - index}`);
  const found = { written: 0, lost: 0, doubled: 0, torn: 0 };
  for (const file of [...older, path]) {
    const content = readFileSync(file);
    let start = 0;
    for (let end = content.indexOf(0x0a); end !== -1; end = content.indexOf(0x0a, start)) {
      count(found, content.toString('latin1', start, end));
      start = end + 1;
    }
    if (file !== path && start < content.length) found.torn += 1;
  }
  return found;
}

function count(found: { -readonly [Key in keyof Lines]: number }, line: string): void {
  const number = line.length === 99 && line.endsWith(whole) ? Number(line.slice(0, 10)) : Number.NaN;
  if (Number.isNaN(number)) found.torn += 1;
  else if (number < found.written) found.doubled += 1;
  else {
    found.lost += number - found.written;
    found.written = number + 1;
  }
}

const whole = ` ${'x'.repeat(88)}`;
