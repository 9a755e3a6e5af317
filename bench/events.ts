/**
 * PROCESS_LOG events from programs to event listeners, legato and Supervisor in one run: npm run bench:events [-- --short].
 * Prints a Markdown table; a full run writes it to docs/results/events.md as well.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
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
const [warm, seconds, rounds] = values.short ? [2, 3, 1] : [8, 8, 3];
const repository = join(import.meta.dirname, '..');
const daemons = { legato: join(repository, 'bin/legatod'), Supervisor: '/usr/bin/supervisord' };
type Peer = keyof typeof daemons;
const peers: readonly Peer[] = ['legato', 'Supervisor'];

type Rate = { readonly perSecond: number; readonly perCpuSecond: number };

function configuration(dir: string, service: string, listeners: number): string {
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
[eventlistener:count]
command=${service} count ${dir}/count-%(process_num)d
process_name=%(process_num)d
numprocs=${listeners}
events=PROCESS_LOG
buffer_size=100
stdout_logfile=NONE
[program:write]
command=${service} write
process_name=%(process_num)d
numprocs=2
stdout_events_enabled=true
stdout_logfile=NONE
`,
  );
  return file;
}

async function measure(peer: Peer, service: string, listeners: number): Promise<Rate> {
  const dir = mkdtempSync(join(tmpdir(), 'legato-bench-'));
  const child: ChildProcess = spawn(daemons[peer], ['-n', '-c', configuration(dir, service, listeners)], {
    cwd: dir,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  try {
    const count = (): number =>
      Array.from({ length: listeners }, (_, index) =>
        Number(readFileSync(`${dir}/count-${index}`).readBigUInt64LE()),
      ).reduce((sum, one) => sum + one);
    await until(
      'events',
      () => {
        try {
          return count() > 100;
        } catch {
          return false;
        }
      },
      { limit: 30_000 },
    );
    await pause(warm * 1000);
    const own = ownProcesses(peer, child.pid ?? 0);
    const before = { at: monotonic(), events: count(), cpu: cpuSeconds(own) };
    await pause(seconds * 1000);
    const events = count() - before.events;
    const elapsed = (monotonic() - before.at) / 1000;
    return { perSecond: events / elapsed, perCpuSecond: events / (cpuSeconds(own) - before.cpu) };
  } finally {
    child.kill('SIGTERM');
    await ended;
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

const dir = mkdtempSync(join(tmpdir(), 'legato-bench-'));
try {
  const service = join(dir, 'service');
  execFileSync('cc', ['-O2', '-static', '-o', service, join(import.meta.dirname, 'event-listener.c')]);
  const lines: string[] = [];
  for (const listeners of [1, 4]) {
    const rates: Record<Peer, Rate[]> = { legato: [], Supervisor: [] };
    for (let round = 0; round < rounds; round++) {
      for (const peer of peers) {
        rates[peer].push(await measure(peer, service, listeners));
        console.error(`${listeners} listener(s), ${peer}: ${JSON.stringify(rates[peer].at(-1))}`);
      }
    }
    for (const [what, figure] of [
      ['events a second', 'perSecond'],
      ['events a CPU second of the supervisor', 'perCpuSecond'],
    ] as const) {
      const [ours, theirs] = peers.map((peer) => median(rates[peer].map((rate) => rate[figure])));
      lines.push(
        `| ${listeners} | ${what} | ${ours?.toFixed(0)} | ${theirs?.toFixed(0)} | ${((ours ?? 0) / (theirs ?? 1)).toFixed(1)} |`,
      );
    }
  }
  const text = `# Events to listeners

Two programs write blocks of 4 KiB, each of which becomes one PROCESS_LOG event; a pool of listeners (C, one write an answer) does nothing but answer. No logs.
Median of ${rounds} rounds of ${seconds} s after ${warm} s, ${cpus().length} cores, load average at the end ${loadavg()[0]?.toFixed(1)}: npm run bench:events.

| listeners | figure | legato | Supervisor | times |
|---|---|---|---|---|
${lines.join('\n')}
`;
  console.log(text);
  if (!values.short) {
    mkdirSync(join(repository, 'docs/results'), { recursive: true });
    writeFileSync(join(repository, 'docs/results/events.md'), text);
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
