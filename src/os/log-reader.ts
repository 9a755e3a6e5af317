import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { errorCode } from './error-code.ts';

/** What `readLog` gives: text, or the fault of Supervisor's API that says why not. */
export type LogRead =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly fault: 'BAD_ARGUMENTS' | 'NO_FILE' | 'FAILED' };

/** What `tailLog` gives: text, the offset to go on from, and whether text between the two was passed over. */
export type LogTail = { readonly text: string; readonly offset: number; readonly overflow: boolean };

/**
 * Supervisor's readLog: an offset below 0 with length 0 is the last bytes of the file; an offset of 0 or more is where to begin, for `length`
 * bytes or, with 0, to the end. Where the bytes' borders cut a character, it is left out (Supervisor fails there).
 */
export function readLog(path: string, offset: number, length: number): LogRead {
  if (offset < 0 ? length !== 0 : length < 0) return { ok: false, fault: 'BAD_ARGUMENTS' };
  try {
    const text = withFile(path, (fd, size) => {
      if (offset < 0) return readText(fd, Math.max(0, size + offset), size);
      return readText(fd, offset, length === 0 ? size : Math.min(size, offset + length));
    });
    return { ok: true, text };
  } catch (error) {
    return { ok: false, fault: errorCode(error) === 'ENOENT' ? 'NO_FILE' : 'FAILED' };
  }
}

/**
 * Supervisor's tailLog, for who asks again and again with the offset of the last answer: when more than `length` bytes have come since, only the
 * last of them, and `overflow`. The new offset is the size of the file. A file that cannot be read gives nothing, at the old offset, or at 0 when there is none.
 */
export function tailLog(path: string, offset: number, length: number): LogTail {
  try {
    return withFile(path, (fd, size) => {
      const overflow = size > offset + length;
      const from = overflow ? size - 1 : offset;
      const wanted = from + length > size && from > size - 1 ? 0 : length;
      const start = Math.max(0, from + wanted > size ? size - wanted : from);
      return { text: wanted <= 0 ? '' : readText(fd, start, Math.min(size, start + wanted)), offset: size, overflow };
    });
  } catch (error) {
    return { text: '', offset: errorCode(error) === 'ENOENT' ? 0 : offset, overflow: false };
  }
}

/** Opens the file for as long as `use` takes. Throws the system's error. */
function withFile<T>(path: string, use: (fd: number, size: number) => T): T {
  const fd = openSync(path, 'r');
  try {
    return use(fd, fstatSync(fd).size);
  } finally {
    closeSync(fd);
  }
}

function readText(fd: number, start: number, end: number): string {
  if (end <= start) return '';
  const bytes = Buffer.allocUnsafe(end - start);
  let length = 0;
  while (length < bytes.length) {
    const count = readSync(fd, bytes, length, bytes.length - length, start + length);
    if (count === 0) break;
    length += count;
  }
  return wholeCharacters(bytes.subarray(0, length)).toString('utf8');
}

/** Without the bytes of characters that the first or the last byte cuts (RFC 3629: a character has at most four). */
export function wholeCharacters(bytes: Buffer): Buffer {
  let start = 0;
  while (start < Math.min(3, bytes.length) && isContinuation(bytes[start])) start++;
  // A run of continuation bytes longer than any character has is not text cut in two.
  if (start === 3 && isContinuation(bytes[3])) start = 0;
  let lead = bytes.length - 1;
  while (lead > start && lead > bytes.length - 4 && isContinuation(bytes[lead])) lead--;
  const wanted = characterLength(bytes[lead]);
  const end = lead >= start && wanted > bytes.length - lead ? lead : bytes.length;
  return bytes.subarray(start, end);
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** As the first byte says; 0 for one that begins no character. */
function characterLength(byte: number | undefined): number {
  if (byte === undefined) return 0;
  if (byte < 0x80) return 1;
  if (byte >= 0xc2 && byte < 0xe0) return 2;
  if (byte >= 0xe0 && byte < 0xf0) return 3;
  return byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
}
