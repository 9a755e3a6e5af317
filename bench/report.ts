import { execFileSync } from 'node:child_process';
import { cpus, release } from 'node:os';

import type { Extent, Figures, Spread } from './measure.ts';

export type Result = { readonly name: string; readonly version: string; readonly figures: Figures };

const tenths = (value: number): string => value.toFixed(value < 100 ? 1 : 0);
const mebibytes = (kibibytes: number): string => (kibibytes / 1024).toFixed(1);
const spreadText = ({ median, min, max }: Spread): string => `**${tenths(median)}** (${tenths(min)}–${tenths(max)})`;

/** The lines of the table: what is measured, and how it is read from the figures. */
const lines: readonly (readonly [string, (figures: Figures) => string])[] = [
  ['start → first process, ms: median (min–max)', (f) => spreadText(f.first)],
  ['start → all processes up, ms: median (min–max)', (f) => spreadText(f.all)],
  ['kill -9 → respawn alone, ms: median (min–max)', (f) => spreadText(f.respawnAlone)],
  ['kill -9 → respawn among all, ms: median (min–max)', (f) => spreadText(f.respawnAmong)],
  ['end: signal → no service left, ms', (f) => tenths(f.stop.services)],
  ['end: signal → supervisor gone, ms', (f) => tenths(f.stop.supervisor)],
  ['idle: processor time, ms per s', (f) => f.idle.cpu.toFixed(3)],
  ['idle: wake-ups per s', (f) => f.idle.wakeups.toFixed(2)],
  ['own processes', (f) => `${f.processes}`],
  ['RSS, MiB', (f) => mebibytes(f.memory.rss)],
  ['PSS, MiB', (f) => mebibytes(f.memory.pss)],
  ['anonymous, MiB', (f) => mebibytes(f.memory.anonymous)],
];

/** The table in Markdown, with what one needs to know to read it. */
export function report(results: readonly Result[], { services, starts, kills, idleSeconds }: Extent): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const table = [
    row(['', ...results.map(({ name, version }) => `${name} ${version}`)]),
    row(['---', ...results.map(() => '---:')]),
    ...lines.map(([label, read]) => row([label, ...results.map(({ figures }) => read(figures))])),
  ];
  return `# Supervisors compared

Written by \`npm run bench\` (bench/supervisors.ts). Do not edit.

${new Date().toISOString().slice(0, 10)} · Linux ${release()} · ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}) · ${debianText()}Node ${process.versions.node}

${table.join('\n')}

- "All" is ${services} services. The service is a static C program that notes its own start (CLOCK_MONOTONIC); so does the start of the supervisor. ${starts} starts each.
- Each kill (${kills} of them) meets a service that has been up for more than a second. s6 waits a second before any restart, by design.
- legato and Supervisor run the same file, each service with its two log files; runit and s6 run without loggers, their \`run\` is the service itself.
- Idle is measured over ${idleSeconds} s with all services up; a wake-up is a voluntary context switch that ended. Memory is the sum of smaps_rollup over the
  supervisor's own processes (with legato: init, the brain and one shim a service) at the beginning of that time; the services are not counted.
- The end is SIGTERM (runsvdir: HUP) to the supervisor.
`;
}

function debianText(): string {
  try {
    return `Debian ${execFileSync('cat', ['/etc/debian_version'], { encoding: 'utf8' }).trim()} · `;
  } catch {
    return '';
  }
}
