/**
 * PROCESS_LOG events from programs to event listeners, legato and Supervisor in one run: npm run bench:events [-- --short].
 * Prints a Markdown table; a full run writes it to docs/results/events.md as well.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { spread } from './measure.ts';
import { compile, keep, type Load, measureAll, measureBare, peers, type Rate, short } from './throughput.ts';

const extent = short ? { warm: 2, seconds: 3, rounds: 1 } : { warm: 8, seconds: 8, rounds: 3 };

const built = mkdtempSync(join(tmpdir(), 'legato-bench-'));
const service = compile(built, 'event-listener.c');

type Events = Load & { readonly programs: number; readonly writer: string; readonly written: string };

const loadOf = (listeners: number, programs: number, writer: string, written: string): Events => ({
  label: `${listeners} listener(s), ${programs} programs: ${writer}`,
  counters: listeners,
  programs,
  writer,
  written,
  sections: (dir) => `[eventlistener:count]
command=${service} count ${dir}/count-%(process_num)d
process_name=%(process_num)d
numprocs=${listeners}
events=PROCESS_LOG
buffer_size=100
stdout_logfile=NONE
[program:write]
command=${service} ${writer}
process_name=%(process_num)d
numprocs=${programs}
stdout_events_enabled=true
stdout_logfile=NONE
`,
});

try {
  const feeder = compile(built, 'event-feeder.c');
  const rows: string[] = [];
  const loads = [
    loadOf(1, 2, 'write', 'blocks of 4 KiB without end'),
    loadOf(4, 2, 'write', 'blocks of 4 KiB without end'),
    loadOf(1, 50, 'say 50', 'a line every 50 ms'),
    loadOf(1, 200, 'say 10', 'a line every 10 ms'),
  ];
  for (const [load, rates] of await measureAll(loads, extent)) {
    // The same programs and listeners below a loop of read(2) and write(2).
    const bare = await measureBare(
      (scratch) => [feeder, `${load.counters}`, scratch, `${load.programs}`, service, ...load.writer.split(' ')],
      load.counters,
      extent,
    );
    for (const [what, figure] of [
      ['events a second', 'perSecond'],
      ['events a CPU second of the supervisor', 'perCpuSecond'],
    ] as const) {
      const middle = (of: readonly Rate[]): number => spread(of.map((rate) => rate[figure])).median;
      const [ours = 0, theirs = 1] = peers.map((peer) => middle(rates[peer]));
      const cells = [
        load.counters,
        `${load.programs}: ${load.written}`,
        what,
        ours.toFixed(0),
        theirs.toFixed(0),
        (ours / theirs).toFixed(1),
      ];
      rows.push(`| ${[...cells, middle(bare).toFixed(0)].join(' | ')} |`);
    }
  }
  const text = `What is read of a program at a time becomes one PROCESS_LOG event (a block of 4 KiB always); a pool of listeners (C, one write an answer) does nothing but answer. No logs. "Pipes alone" is a loop of poll(2), read(2) and writev(2)
in C (bench/event-feeder.c) in the place of the supervisor, which looks at nothing: every event is a wake-up of a listener and one of whoever tells it.

| listeners | programs | figure | legato | Supervisor | times | pipes alone |
|---|---|---|---:|---:|---:|---:|
${rows.join('\n')}
`;
  keep('events', 'bench:events', extent, 'Events to listeners', text);
} finally {
  rmSync(built, { recursive: true, force: true });
}
