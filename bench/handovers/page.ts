import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import type { Entry } from './entries.ts';
import type { Terms } from './history.ts';
import type { Row } from './row.ts';
import { nameOf } from './rows.ts';

const packages = [
  'gunicorn',
  'python3-flask',
  'python3-waitress',
  'python3-uvicorn',
  'uwsgi-core',
  'nginx-light',
  'haproxy',
  'puma',
];

/** docs/results/handovers.md. */
export function pageOf(rows: readonly Row[], entries: readonly Entry[]): string {
  const seen = rows.map((row) => {
    const find = (pid1: boolean, load: Terms['load']): Entry | undefined =>
      entries.find(({ row: name, terms }) => name === nameOf(row) && terms.pid1 === pid1 && terms.load === load);
    return {
      row,
      pid1: find(true, 'close'),
      plain: find(false, 'close'),
      kept: find(true, 'keep'),
      wrk: find(true, 'wrk'),
    };
  });
  const lines = seen.map(({ row, pid1, plain, kept, wrk }) => {
    const own = [pid1, plain].flatMap((entry) => entry?.history?.own ?? []);
    const took = [pid1, plain].flatMap((entry) => entry?.history?.took?.middle ?? []);
    const cells = [
      row.service,
      row.way,
      handoversOf(pid1),
      failedOf(row, pid1),
      handoversOf(plain),
      failedOf(row, plain),
      keptOf(row, kept),
      wrkOf(row, wrk),
      own.length === 0
        ? '–'
        : `${Math.max(...own.map(({ middle }) => middle))} (${Math.max(...own.map(({ most }) => most))})`,
      took.length === 0 ? '–' : `${Math.max(...took)}`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const wrong = entries.flatMap(({ row, terms, history, error }) =>
    (history?.wrong ?? [`did not run: ${error ?? ''}`.split('\n')[0] ?? '']).map(
      (text) => `- ${row} (${terms.pid1 ? 'PID 1' : 'plain'}, ${terms.load}): ${text}`,
    ),
  );
  const cures = rows.flatMap((row) => (typeof row.keep === 'object' ? [`- ${nameOf(row)}: ${row.keep.cure}.`] : []));
  const pauses = seen.flatMap(({ row, pid1, plain }) => {
    const all = [pid1, plain].flatMap((entry) => entry?.history?.pauses ?? []);
    return all.length === 0
      ? []
      : [
          `- ${nameOf(row)}: ${Math.max(...all.map(({ middle }) => middle))} ms in the middle, ${Math.max(...all.map(({ most }) => most))} ms at most.`,
        ];
  });
  const dates = entries.map(({ at }) => at).toSorted();
  return `# Handovers of real servers under load

Written by \`npm run handovers\` (bench/handovers/). Do not edit.

${dates[0]?.slice(0, 16) ?? '?'} to ${dates.at(-1)?.slice(0, 16) ?? '?'} UTC · Linux ${release()} · ${cpus().length} cores · Node ${process.versions.node} · ${packages.map(versionOf).join(' · ')}

| service, unchanged | how | as PID 1: handovers + broken deploys | failed of requests | as a plain process | failed of requests | keep-alive: failed of requests | wrk: errors of requests | legato's own share, ms: median (max) | a handover, ms |
|---|---|---:|---:|---:|---:|---:|---:|---:|---:|
${lines.join('\n')}

- The load has ${entries[0]?.terms.concurrency ?? 6} clients without a retry, which rest ${entries[0]?.terms.pauseMs ?? 5} ms between two requests, each request on a connection of its own; with keep-alive (as PID 1) on one for as many as the server lets it. A request
  counts as failed when its connection is refused or reset, or when its answer is cut or not a 2xx.
- Broken deploys come between the others, in turn: ${[...new Set(rows.flatMap((row) => row.faults))].join(', ')}. Each must be refused, with the current generation untouched.
- wrk (as PID 1) has as many connections, each for one request, and rests between none. It does not tell who answered.
- The machine was shared with other work: the counts are what matters here, not the milliseconds; of two passes the worse is shown. How many handovers each history had is said in its line; "not run" is what it says. The histories, with their dates: [handovers.json](handovers.json).
- Each history also sees that every release that went live has answered, that the listener socket is the same one (its inode) before and after, and that
  the process table is what it was before: nothing defunct, no orphan.
- legato's own share is what lies between the evidence of readiness and the first word to the former generation, beyond min_ready. A handover is all of it: the start of the next generation, min_ready, the end of the former one.
- Rows of signal:…: the server reloads itself, so what fails there is its own; legato's part is to refuse what would do harm and to believe only what was seen.
- **K**: the server ends its kept connections so that none is cut.

## Not as it should be

${wrong.length === 0 ? 'Nothing.' : wrong.join('\n')}

## With keep-alive

What the servers cut when they end, and what cures it:

${cures.join('\n')}

## Without a generation (\`replace\`)

Connections waited in the queue for so long:

${pauses.length === 0 ? '–' : pauses.join('\n')}

## Runs that were repeated

${readFileSync(join(import.meta.dirname, 'repeated.md'), 'utf8').trimEnd()}
`;
}

function handoversOf(entry: Entry | undefined): string {
  const history = entry?.history;
  return history === undefined || history === null ? '–' : `${history.handovers} + ${history.broken}`;
}

function failedOf(row: Row, entry: Entry | undefined): string {
  if (entry === undefined) return 'not run';
  if (entry.history === null) return '**did not run**';
  const { requests, failed, wrong } = entry.history;
  if (row.reloadsItself === true && wrong.length === 0) return `${failed} of ${thousands(requests)}, its own`;
  return `${wrong.length === 0 ? '**0**' : `**${failed}**, see below`} of ${thousands(requests)}`;
}

function keptOf(row: Row, entry: Entry | undefined): string {
  if (row.keep === 'closes') return 'it keeps none';
  if (entry?.history === undefined || entry.history === null)
    return entry === undefined ? 'not run' : '**did not run**';
  const { requests, failed, handovers } = entry.history;
  return `${row.keep === 'drains' ? '**K** ' : ''}${failed} of ${thousands(requests)} in ${handovers}`;
}

function wrkOf(row: Row, entry: Entry | undefined): string {
  const figures = failedOf(row, entry);
  return entry?.history === undefined || entry.history === null ? figures : `${figures} in ${entry.history.handovers}`;
}

const thousands = (count: number): string => String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',');

function versionOf(name: string): string {
  try {
    const version = execFileSync('dpkg-query', ['-W', '-f=${Version}', name], { encoding: 'utf8' });
    return `${name.replace('python3-', '').replace('-light', '').replace('-core', '')} ${version.replace(/[-+].*/, '')}`;
  } catch {
    return name;
  }
}
