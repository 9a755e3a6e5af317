/**
 * Output of programs on its way into log files, legato and Supervisor in one run: npm run bench:logs [-- --short].
 * Prints a Markdown table; a full run writes it to docs/results/logs.md as well.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { spread } from './measure.ts';
import { compile, keep, type Load, measureAll, measureBare, peers, type Rate, short } from './throughput.ts';

const extent = short ? { warm: 2, seconds: 3, rounds: 1 } : { warm: 3, seconds: 5, rounds: 3 };

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
const mib = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);

const loadOf = ({ programs, size, rate, what }: Shape, writer: string): Load => ({
  label: `${programs} program(s), ${what}`,
  counters: programs,
  sections: (dir) => `[program:write]
command=${writer} ${dir}/count-%(process_num)d ${size} ${rate}
process_name=%(process_num)d
numprocs=${programs}
stdout_logfile=${dir}/%(process_num)d.log
stdout_logfile_maxbytes=4MB
stdout_logfile_backups=1
`,
});

const dir = mkdtempSync(join(tmpdir(), 'legato-bench-'));
try {
  const writer = compile(dir, 'log-writer.c');
  const copier = compile(dir, 'log-copier.c');
  const rows: string[] = [];
  for (const shape of shapes) {
    const load = loadOf(shape, writer);
    const rates = (await measureAll([load], extent)).get(load);
    if (!rates) continue;
    const { programs, size, rate: pace } = shape;
    // The same programs below a loop of read(2) and write(2).
    const words = (scratch: string): string[] => [copier, programs, writer, scratch, size, pace].map(String);
    const bare = await measureBare(words, programs, extent);
    for (const [what, figure] of [
      ['MiB a second', 'perSecond'],
      ['MiB a CPU second', 'perCpuSecond'],
    ] as const) {
      const middle = (of: readonly Rate[]): number => spread(of.map((rate) => rate[figure])).median;
      const [ours = 0, theirs = 1] = peers.map((peer) => middle(rates[peer]));
      const cells = [
        shape.programs,
        shape.what,
        what,
        mib(ours),
        mib(theirs),
        (ours / theirs).toFixed(1),
        mib(middle(bare)),
      ];
      rows.push(`| ${cells.join(' | ')} |`);
    }
  }
  const text = `Programs (C) write lines of 80 bytes, each to a log of its own in memory (tmpfs) that is rotated at 4 MB. The bytes are what they got rid of, the CPU seconds
are those of the supervisor's own processes: of legato init, its logger, its brain and the shims. "Copying alone" is a loop of read(2) and write(2) in C
(bench/log-copier.c) in the place of the supervisor: who writes without end keeps the pipes full, and what is left then is the kernel's copying.

| programs | each | figure | legato | Supervisor | times | copying alone |
|---|---|---|---:|---:|---:|---:|
${rows.join('\n')}
`;
  keep('logs', 'bench:logs', extent, 'Output into logs', text);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
