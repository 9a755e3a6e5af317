/**
 * PROCESS_LOG events from programs to event listeners, legato and Supervisor in one run: npm run bench:events [-- --short].
 * Prints a Markdown table; a full run writes it to docs/results/events.md as well.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { spread } from './measure.ts';
import { compile, keep, type Load, measureAll, peers, short } from './throughput.ts';

const extent = short ? { warm: 2, seconds: 3, rounds: 1 } : { warm: 8, seconds: 8, rounds: 3 };

const loadOf = (listeners: number, service: string): Load => ({
  label: `${listeners} listener(s)`,
  counters: listeners,
  sections: (dir) => `[eventlistener:count]
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
});

const dir = mkdtempSync(join(tmpdir(), 'legato-bench-'));
try {
  const service = compile(dir, 'event-listener.c');
  const rows: string[] = [];
  const loads = [1, 4].map((listeners) => loadOf(listeners, service));
  for (const [load, rates] of await measureAll(loads, extent)) {
    for (const [what, figure] of [
      ['events a second', 'perSecond'],
      ['events a CPU second of the supervisor', 'perCpuSecond'],
    ] as const) {
      const [ours = 0, theirs = 1] = peers.map((peer) => spread(rates[peer].map((rate) => rate[figure])).median);
      rows.push(
        `| ${load.counters} | ${what} | ${ours.toFixed(0)} | ${theirs.toFixed(0)} | ${(ours / theirs).toFixed(1)} |`,
      );
    }
  }
  const text = `Two programs write blocks of 4 KiB, each of which becomes one PROCESS_LOG event; a pool of listeners (C, one write an answer) does nothing but answer. No logs.

| listeners | figure | legato | Supervisor | times |
|---|---|---:|---:|---:|
${rows.join('\n')}
`;
  keep('events', 'bench:events', extent, 'Events to listeners', text);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
