import { lstatSync, renameSync } from 'node:fs';

const newline = 0x0a;

/** A log file, as far as the cutting of lines needs to know it. */
export type Fill = {
  /** Bytes in it. */
  readonly size: number;
  /** The next byte begins a line. */
  readonly atLineStart: boolean;
};

/** How far to write now, and whether to rotate after it. */
export type Piece = { readonly end: number; readonly rotate: boolean };

/**
 * Where the next cut is, in bytes[start, …) on their way into a file that is rotated at `maxbytes` (not 0).
 *
 * Supervisor rotates after a whole chunk when the file has reached maxbytes, so its files are too large by up to a chunk and end inside
 * a line. Here a file ends with the last line that fits. A line that began in the file is ended in it; only a line that would make
 * the file twice as large as it may be is cut. A file that is that large already, because it grew while nobody rotated it, still gets the
 * end of its line, as far as that is at hand.
 */
export function nextPiece(bytes: Uint8Array, start: number, fill: Fill, maxbytes: number): Piece {
  const room = maxbytes - fill.size;
  const left = bytes.length - start;
  if (left < room) return { end: bytes.length, rotate: false };
  if (room > 0) {
    const last = bytes.lastIndexOf(newline, start + room - 1);
    if (last >= start) return { end: last + 1, rotate: true };
  }
  if (fill.atLineStart && fill.size > 0) return { end: start, rotate: true };
  const farthest = start + Math.max(0, 2 * maxbytes - fill.size);
  const next = bytes.indexOf(newline, start + Math.max(0, room));
  if (next !== -1 && next < (farthest > start ? farthest : start + maxbytes)) return { end: next + 1, rotate: true };
  return bytes.length < farthest ? { end: bytes.length, rotate: false } : { end: farthest, rotate: true };
}

/**
 * Makes way for a new file: path becomes path.1, which becomes path.2, and so on up to the first number that is free, or to path.N, which is
 * lost. Throws when a file cannot be renamed.
 */
export function shiftBackups(path: string, backups: number): void {
  let free = 1;
  while (free < backups && exists(`${path}.${free}`)) free++;
  for (let i = free; i > 1; i--) renameSync(`${path}.${i - 1}`, `${path}.${i}`);
  renameSync(path, `${path}.1`);
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
