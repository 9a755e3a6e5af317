import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What starts a command with a disk of this size, in KiB, at DIR/small: for its own mount namespace only. */
export function smallDisk(dir: string, size: number): readonly string[] {
  return [
    '/usr/bin/unshare',
    '--mount',
    '/bin/sh',
    '-c',
    'mkdir -p "$1/small" && mount -t tmpfs -o "size=$2k" none "$1/small" && shift 2 && exec "$@"',
    'sh',
    dir,
    String(size),
  ];
}

/** Where that disk is for those who are not in the namespace. */
export function smallDiskOf({ pid, dir }: { readonly pid: number; readonly dir: string }): string {
  return join(`/proc/${pid}/root`, dir, 'small');
}

/** Nothing more fits onto it; the file that is in the way. */
export function fill(disk: string): string {
  const filler = join(disk, 'filler');
  try {
    for (;;) writeFileSync(filler, Buffer.alloc(64 * 1024), { flag: 'a' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
  return filler;
}
