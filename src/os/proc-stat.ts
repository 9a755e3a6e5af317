import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

/*
 * What /proc tells of processes (proc(5)). A process may be gone between two reads: then there is null, or a tree without it. Nothing here
 * throws.
 */

/** The fields of /proc/PID/stat that are used. */
export type ProcStat = {
  readonly pid: number;
  /** The name of the executable, cut to 15 bytes, or what the process made of it. */
  readonly comm: string;
  /** R running, S sleeping, D in uninterruptible sleep, T stopped, t traced, Z defunct, I idle. */
  readonly state: string;
  readonly ppid: number;
  readonly pgrp: number;
  readonly session: number;
  readonly threads: number;
  /** Clock ticks (1/100 s) since boot; with the pid it names a process for the life of the system. */
  readonly starttime: number;
  /** The address at which the stack of its program begins: another one after each exec (ASLR). 0 where one may not look (ptrace(2)). */
  readonly startstack: number;
};

/** A process as it is now; null when there is none. */
export function readStat(pid: number): ProcStat | null {
  const text = readProc(`/proc/${pid}/stat`);
  return text === null ? null : parseStat(text);
}

/** The text of a stat file. The name stands in parentheses and may have parentheses and blanks itself: the last one closes it. */
export function parseStat(text: string): ProcStat | null {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open === -1 || close < open) return null;
  const fields = text.slice(close + 2).split(' ');
  const [state = '?'] = fields;
  const field = (place: number): number => Number(fields[place] ?? 0);
  return {
    pid: Number(text.slice(0, open)),
    comm: text.slice(open + 1, close),
    state,
    ppid: field(1),
    pgrp: field(2),
    session: field(3),
    threads: field(17),
    starttime: field(19),
    startstack: field(25),
  };
}

/** The beginning of a file of /proc that may be long; null when it is not there (any more). */
export function readBeginning(path: string, most: number): string | null {
  try {
    const fd = openSync(path, 'r');
    try {
      const bytes = Buffer.allocUnsafe(most);
      return bytes.toString('utf8', 0, readSync(fd, bytes));
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
}

/** The text of a file of /proc; null when it is not there (any more). */
export function readProc(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
