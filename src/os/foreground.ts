import { targetOf } from './proc-fd.ts';
import { readStat } from './proc-stat.ts';
import { signalUse } from './signal-use.ts';

const SIGINT = 2;

/**
 * Whether a shell runs its child in the foreground, and so a trap of its own only when that has ended. What it runs in the background has
 * /dev/null for its standard input and ignores INT (POSIX, Shell Command Language 2.9.3.1) or, with `set -m`, a process group of its own.
 * In doubt it is no.
 */
export function isInForeground(child: number, shell: number): boolean {
  const input = targetOf(shell, 0);
  if (input === '' || input === '/dev/null' || targetOf(child, 0) !== input) return false;
  return readStat(child)?.pgrp === readStat(shell)?.pgrp && signalUse(child, SIGINT) !== 'ignores';
}
