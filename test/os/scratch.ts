import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A directory of the test's own, gone when it ends. */
export function scratchDirectory(context: Pick<TestContext, 'after'>): string {
  const directory = mkdtempSync(join(tmpdir(), 'legato-os-'));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A pipe with a name: both ends are opened here, nonblocking. */
export type Fifo = {
  readonly path: string;
  readonly reader: number;
  readonly writer: number;
  closeReader(): void;
  closeWriter(): void;
};

export function makeFifo(context: Pick<TestContext, 'after'>, path: string): Fifo {
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  const once = (fd: number): (() => void) => {
    let open = true;
    return () => {
      if (open) closeSync(fd);
      open = false;
    };
  };
  const [closeReader, closeWriter] = [once(reader), once(writer)];
  context.after(() => {
    closeReader();
    closeWriter();
  });
  return { path, reader, writer, closeReader, closeWriter };
}

/** Everything that is in a nonblocking pipe now. */
export function readAvailable(fd: number): Buffer {
  const pieces: Buffer[] = [];
  for (;;) {
    const piece = Buffer.alloc(64 * 1024);
    try {
      const count = readSync(fd, piece);
      if (count === 0) break;
      pieces.push(piece.subarray(0, count));
    } catch {
      break;
    }
  }
  return Buffer.concat(pieces);
}
