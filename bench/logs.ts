/**
 * Output of programs on its way into log files, legato and Supervisor in one run: npm run bench:logs [-- --short].
 * Prints a Markdown table; a full run writes it to docs/results/logs.md as well.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { until } from '../test/support/namespace/until.ts';
import { cpuSeconds, ownProcesses } from './own-processes.ts';
import { monotonic } from './run.ts';

const { values } = parseArgs({ options: { short: { type: 'boolean', default: false } } });
const [warm, seconds, rounds] = values.short ? [2, 3, 1] : [3, 5, 3];
const repository = join(import.meta.dirname, '..');
const daemons = { legato: join(repository, 'bin/legatod'), Supervisor: '/usr/bin/supervisord' };
type Peer = keyof typeof daemons;
const peers: readonly Peer[] = ['legato', 'Supervisor'];

/** rate: writes a second of each; 0: as many as it can. */
type Shape = { readonly programs: number; readonly size: number; readonly rate: number; readonly what: string };
const shapes: readonly Shape[] = [
  { programs: 1, size: 80, rate: 5000, what: '5,000 lines a second' },
  { programs: 50, size: 80, rate: 500, what: '500 lines a second' },
  { programs: 1, size: 80, rate: 0, what: 'lines, without end' },
  { programs: 50, size: 80, rate: 0, what: 'lines, without end' },
  { programs: 1, size: 4096, rate: 0, what: 'writes of 4 KiB, without end' },
  { programs: 50, size: 4096, rate: 0, what: 'writes of 4 KiB, without end' },
];

type Rate = { readonly perSecond: number; readonly perCpuSecond: number };

function configuration(dir: string, writer: string, { programs, size, rate }: Shape): string {
  const file = join(dir, 'c.conf');
  writeFileSync(
    file,
    `[supervisord]
nodaemon=true
silent=true
logfile=${dir}/d.log
loglevel=critical
pidfile=${dir}/d.pid
childlogdir=${dir}
[program:write]
command=${writer} ${dir}/count-%(process_num)d ${size} ${rate}
process_name=%(process_num)d
numprocs=${programs}
stdout_logfile=${dir}/%(process_num)d.log
stdout_logfile_maxbytes=4MB
stdout_logfile_backups=1
`,
  );
  return file;
}

async function measure(peer: Peer, writer: string, shape: Shape): Promise<Rate> {
  // In memory: a disk would be what is measured.
  const dir = mkdtempSync('/dev/shm/legato-bench-');
  const child = spawn(daemons[peer], ['-n', '-c', configuration(dir, writer, shape)], {
    cwd: dir,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  try {
    const numbers = Array.from({ length: shape.programs }, (_, index) => index);
    const bytes = (): number =>
      numbers.reduce((sum, index) => sum + Number(readFileSync(`${dir}/count-${index}`).readBigUInt64LE()), 0);
    const isThere = (): boolean => {
      try {
        return bytes() > shape.programs;
      } catch {
        return false;
      }
    };
    await until('output', isThere, { limit: 60_000 });
    await pause(warm * 1000);
    const own = ownProcesses(peer, child.pid ?? 0);
    const before = { at: monotonic(), bytes: bytes(), cpu: cpuSeconds(own) };
    await pause(seconds * 1000);
    const count = bytes() - before.bytes;
    const elapsed = (monotonic() - before.at) / 1000;
    return { perSecond: count / elapsed, perCpuSecond: count / (cpuSeconds(own) - before.cpu) };
  } finally {
    child.kill('SIGTERM');
    await ended;
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

const mib = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);

const dir = mkdtempSync(join(tmpdir(), 'legato-bench-'));
try {
  const writer = join(dir, 'log-writer');
  execFileSync('cc', ['-O2', '-static', '-o', writer, join(import.meta.dirname, 'log-writer.c')]);
  const lines: string[] = [];
  for (const shape of shapes) {
    const rates: Record<Peer, Rate[]> = { legato: [], Supervisor: [] };
    for (let round = 0; round < rounds; round++) {
      for (const peer of peers) {
        rates[peer].push(await measure(peer, writer, shape));
        console.error(`${shape.programs} program(s), ${shape.what}, ${peer}: ${JSON.stringify(rates[peer].at(-1))}`);
      }
    }
    for (const [what, figure] of [
      ['MiB a second', 'perSecond'],
      ['MiB a CPU second of the supervisor', 'perCpuSecond'],
    ] as const) {
      const [ours = 0, theirs = 1] = peers.map((peer) => median(rates[peer].map((rate) => rate[figure])));
      lines.push(
        `| ${shape.programs} | ${shape.what} | ${what} | ${mib(ours)} | ${mib(theirs)} | ${(ours / theirs).toFixed(1)} |`,
      );
    }
  }
  const text = `# Output into logs

Programs (C) write lines of 80 bytes, each to a log of its own in memory (tmpfs) that is rotated at 4 MB. The bytes are what they got rid of, the CPU seconds are those of the supervisor's own processes: of legato init, its logger, its brain and the shims.
Who writes without end keeps the pipe full, and what is left then is the kernel's copying: a loop of read(2) and write(2) in C alone comes to some 800 to 1,000 MiB a CPU second on an idle machine of this kind, so that nobody can be five times Supervisor there.
Median of ${rounds} rounds of ${seconds} s after ${warm} s, ${cpus().length} cores, load average at the end ${loadavg()[0]?.toFixed(1)}: npm run bench:logs.

| programs | each | figure | legato | Supervisor | times |
|---|---|---|---|---|---|
${lines.join('\n')}
`;
  console.log(text);
  if (!values.short) {
    mkdirSync(join(repository, 'docs/results'), { recursive: true });
    writeFileSync(join(repository, 'docs/results/logs.md'), text);
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
