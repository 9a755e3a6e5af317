import { readdirSync } from 'node:fs';
import { textOf } from './text-of.ts';

/** One process as proc(5) shows it; pids are those of the namespace whose /proc is read. */
export type Row = {
  readonly pid: number;
  readonly ppid: number;
  readonly pgid: number;
  readonly sid: number;
  /** R, S, D, Z, T … ; Z is a defunct one. */
  readonly state: string;
  readonly comm: string;
  /** Empty for a defunct process and for a kernel thread. */
  readonly args: readonly string[];
};

/** Every process that a mounted proc file system shows, in order of pid. One that ends while it is read is left out. */
export function processTable(proc = '/proc'): Row[] {
  return readdirSync(proc)
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readRow(proc, Number(name)))
    .filter((row) => row !== undefined);
}

function readRow(proc: string, pid: number): Row | undefined {
  const stat = textOf(`${proc}/${pid}/stat`);
  // The name stands in parentheses and may contain both kinds of them; the last one ends it (proc_pid_stat(5)).
  const [, comm = '', rest = ''] = /^\d+ \((.*)\) (.*)$/s.exec(stat) ?? [];
  if (rest === '') return undefined;
  const [state = '', ppid, pgid, sid] = rest.split(' ');
  const args = textOf(`${proc}/${pid}/cmdline`).split('\0');
  while (args.at(-1) === '') args.pop();
  return { pid, ppid: Number(ppid), pgid: Number(pgid), sid: Number(sid), state, comm, args };
}

/** The pids of `roots` and of everything below them. */
export function familyOf(rows: readonly Row[], roots: readonly number[]): ReadonlySet<number> {
  const family = new Set(roots);
  for (let before = -1; before !== family.size; ) {
    before = family.size;
    for (const row of rows) if (family.has(row.ppid)) family.add(row.pid);
  }
  return family;
}

/** Living processes whose command line contains the text. */
export function commands(rows: readonly Row[], text: string): Row[] {
  return rows.filter((row) => row.state !== 'Z' && row.args.join(' ').includes(text));
}

/** The environment a process was started with, as one string with NULs; empty when it cannot be read. */
export function environmentOf(pid: number, proc = '/proc'): string {
  return textOf(`${proc}/${pid}/environ`);
}

/** For messages: one line a process. */
export function printed(rows: readonly Row[]): string {
  return rows
    .map((row) => `${row.pid} ppid ${row.ppid} pgid ${row.pgid} ${row.state} ${row.comm} ${row.args.join(' ')}`)
    .join('\n');
}
