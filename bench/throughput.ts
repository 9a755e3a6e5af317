import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { until } from '../test/support/namespace/until.ts';
import { cpuSeconds, ownProcesses } from './own-processes.ts';
import { monotonic } from './run.ts';

/** How much of something passes a second, and a CPU second of the supervisor's own processes. */
export type Rate = { readonly perSecond: number; readonly perCpuSecond: number };
export type Peer = 'legato' | 'Supervisor';
export const peers: readonly Peer[] = ['legato', 'Supervisor'];

/** One thing that is measured: a configuration's sections, and the files `count-0` … in which its programs count. */
export type Load = { readonly label: string; readonly counters: number; sections(dir: string): string };
/** Seconds before and of a measurement, and how many there are of each. */
export type Extent = { readonly warm: number; readonly seconds: number; readonly rounds: number };

const repository = join(import.meta.dirname, '..');
const daemons = { legato: join(repository, 'bin/legatod'), Supervisor: '/usr/bin/supervisord' };

/** Whether it is a short run, of which no page is kept: `--short` on the command line. */
export const short: boolean = parseArgs({ options: { short: { type: 'boolean', default: false } } }).values.short;

/** A directory in memory, where a disk is not what is measured. */
function scratchDirectory(): string {
  return mkdtempSync('/dev/shm/legato-bench-');
}

/** A program of bench/ in C, built into the directory. */
export function compile(dir: string, source: string): string {
  const program = join(dir, source.replace(/\.c$/, ''));
  execFileSync('cc', ['-O2', '-static', '-o', program, join(import.meta.dirname, source)]);
  return program;
}

/** Both peers in turn, round by round, under each load: the rates of all rounds. */
export async function measureAll<L extends Load>(
  loads: readonly L[],
  extent: Extent,
): Promise<Map<L, Record<Peer, Rate[]>>> {
  const results = new Map<L, Record<Peer, Rate[]>>();
  for (const load of loads) {
    const rates: Record<Peer, Rate[]> = { legato: [], Supervisor: [] };
    for (let round = 0; round < extent.rounds; round++) {
      for (const peer of peers) {
        const rate = await measureDaemon(peer, load, extent);
        rates[peer].push(rate);
        console.error(`${load.label}, ${peer}: ${JSON.stringify(rate)}`);
      }
    }
    results.set(load, rates);
  }
  return results;
}

async function measureDaemon(peer: Peer, load: Load, extent: Extent): Promise<Rate> {
  const dir = scratchDirectory();
  const file = join(dir, 'c.conf');
  const daemon = `[supervisord]
nodaemon=true
silent=true
logfile=${dir}/d.log
loglevel=critical
pidfile=${dir}/d.pid
childlogdir=${dir}
`;
  writeFileSync(file, daemon + load.sections(dir));
  return await measure(dir, [daemons[peer], '-n', '-c', file], load.counters, extent, (pid) => ownProcesses(peer, pid));
}

/** The rates of a program that is in the place of a supervisor, given a directory for its counters, round by round. */
export async function measureBare(
  words: (dir: string) => readonly string[],
  counters: number,
  extent: Extent,
): Promise<Rate[]> {
  const rates: Rate[] = [];
  while (rates.length < extent.rounds) {
    const dir = scratchDirectory();
    rates.push(await measure(dir, words(dir), counters, extent, (pid) => [pid]));
  }
  return rates;
}

/** What a command's counters in `dir` come to; the directory goes with it. `own`: whose CPU seconds are counted, of the command's pid. */
async function measure(
  dir: string,
  [program = '', ...args]: readonly string[],
  counters: number,
  { warm, seconds }: Extent,
  own: (pid: number) => readonly number[],
): Promise<Rate> {
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
  const child = spawn(program, args, { cwd: dir, env, stdio: 'ignore' });
  const ended = once(child, 'exit');
  const count = (): number =>
    Array.from({ length: counters }, (_, index) => readFileSync(`${dir}/count-${index}`).readBigUInt64LE()).reduce(
      (sum, one) => sum + Number(one),
      0,
    );
  const isFlowing = (): boolean => {
    try {
      return count() > 100;
    } catch {
      return false;
    }
  };
  try {
    await until('something to come through', isFlowing, { limit: 60_000 });
    await pause(warm * 1000);
    const pids = own(child.pid ?? 0);
    const before = { at: monotonic(), count: count(), cpu: cpuSeconds(pids) };
    await pause(seconds * 1000);
    const passed = count() - before.count;
    const elapsed = (monotonic() - before.at) / 1000;
    return { perSecond: passed / elapsed, perCpuSecond: passed / (cpuSeconds(pids) - before.cpu) };
  } finally {
    child.kill('SIGTERM');
    await ended;
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Prints a page, and writes that of a full run to docs/results. `how`: the npm script. */
export function keep(name: string, how: string, { warm, seconds, rounds }: Extent, title: string, text: string): void {
  const page = `# ${title}

Written by \`npm run ${how}\` (bench/${name}.ts). Do not edit.

${new Date().toISOString().slice(0, 10)} · ${cpus().length} cores, load average at the end ${loadavg()[0]?.toFixed(1)} · median of ${rounds} rounds of ${seconds} s after ${warm} s.

${text}`;
  console.log(page);
  if (short) return;
  const results = join(repository, 'docs/results');
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, `${name}.md`), page);
}
