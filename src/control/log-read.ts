import { type FileHandle, stat } from 'node:fs/promises';
import type { Supervisor } from './supervisor.ts';
import { fault } from './value.ts';

/** Bytes that one answer can hold: a log may be larger than the daemon should ever be. Who wants more asks again from there on. */
const most = 4 * 1024 * 1024;

/** The continuation bytes of a character whose start was cut off (RFC 3629). */
function cutBytes(data: Buffer): number {
  let count = 0;
  while (count < 3 && ((data[count] ?? 0) & 0xc0) === 0x80) count += 1;
  return count;
}

/** Never fails: what is no UTF-8 becomes U+FFFD (Supervisor answers HTTP 500 for a character cut in two). */
function text(data: Buffer): string {
  return data.subarray(cutBytes(data)).toString('utf8');
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const data = Buffer.alloc(Math.max(0, Math.min(length, most)));
  let filled = 0;
  while (filled < data.length) {
    const { bytesRead } = await file.read(data, filled, data.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return data.subarray(0, filled);
}

/** Who opens logs. */
type Opener = Pick<Supervisor, 'openLog'>;

/** Opens a log and hands it on; null: there is none. */
async function withLog<T>(
  opener: Opener,
  path: string,
  use: (file: FileHandle, size: number) => Promise<T>,
): Promise<T | null> {
  const file = await opener.openLog(path);
  if (file === null) return null;
  try {
    return await use(file, (await file.stat()).size);
  } finally {
    await file.close();
  }
}

/** Whether there is something at the path; '' is no path. */
export async function exists(path: string): Promise<boolean> {
  if (path === '') return false;
  return stat(path).then(
    () => true,
    () => false,
  );
}

/**
 * Supervisor's reading of a log (supervisor.options.readFile): offset < 0 and length 0 are the last |offset| bytes;
 * offset ≥ 0 is a position from which `length` bytes are read, and 0 means to the end.
 * @throws Fault BAD_ARGUMENTS for other combinations, FAILED when the log cannot be read
 */
export async function readLog(opener: Opener, path: string, offset: number, length: number): Promise<string> {
  if (offset < 0 ? length !== 0 : length < 0) throw fault('BAD_ARGUMENTS');
  const found = await withLog(opener, path, async (file, size) => {
    const from = offset < 0 ? Math.max(0, size + Math.max(offset, -most)) : offset;
    return text(await readAt(file, from, length === 0 ? size - from : length));
  }).catch(() => null);
  if (found === null) throw fault('FAILED');
  return found;
}

/** What a tail answers: text, the offset to ask from next, and whether more had been written than was asked for. */
export type Tail = readonly [string, number, boolean];

/** Supervisor's arithmetic of tails (supervisor.options.tailFile), but no more than the last 4 MiB. A log that cannot be read is an empty one. */
export async function tailLog(opener: Opener, path: string, offset: number, length: number): Promise<Tail> {
  const found = await withLog(opener, path, async (file, size): Promise<Tail> => {
    const overflow = size > offset + length;
    let from = overflow ? size - 1 : offset;
    let count = length;
    if (from + count > size) {
      if (from > size - 1) count = 0;
      from = size - count;
    }
    if (count > most) return [text(await readAt(file, Math.max(0, from + count - most), most)), size, size > most];
    return [text(await readAt(file, Math.max(0, from), count)), size, overflow];
  }).catch(() => null);
  return found ?? ['', offset, false];
}

/** What has been added since an offset, at most 4 MiB of it, and the offset to ask from next. A file that has become shorter is read from its start. */
export async function readSince(
  opener: Opener,
  path: string,
  offset: number,
): Promise<readonly [text: string, offset: number]> {
  const found = await withLog(opener, path, async (file, size): Promise<readonly [string, number]> => {
    const from = Math.max(size < offset ? 0 : offset, size - most);
    return [text(await readAt(file, from, size - from)), size];
  }).catch(() => null);
  return found ?? ['', offset];
}
