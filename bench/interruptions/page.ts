import { cpus, release } from 'node:os';
import type { LoadResult } from '../../test/support/load/options.ts';
import { spread } from '../measure.ts';
import type { Plan, Toll } from './run.ts';

/** How a page speaks of its interruptions. */
export type Words = {
  readonly title: (count: number) => string;
  /** The script that has measured, and the program of it. */
  readonly script: string;
  readonly program: string;
  /** What happens "at a random instant within 1.2 s after something was begun". */
  readonly event: string;
};

/** One of docs/results/. */
export function page(words: Words, { rounds, seed, linesPerSecond, clients }: Plan, toll: Toll): string {
  const { interruptions, during, loads, tasks, lines, linesFor, differences, leaks, answeredAfter, complaints } = toll;
  const [fresh, kept] = loads;
  const answered = spread(answeredAfter);
  const list = (found: readonly string[]): string =>
    found.length === 0 ? '0' : `${found.length}: ${found.join('; ')}`;
  return `# ${words.title(interruptions)}

Written by \`npm run ${words.script}\` (${words.program}), seed ${seed}. Do not edit.

${new Date().toISOString().slice(0, 10)} · Linux ${release()} · ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}) · Node ${process.versions.node}

In ${rounds} rounds ${words.event}, at a random instant within 1.2 s after something was begun:
${[...during].map(([what, count]) => `${what} (${count})`).join(', ')}. Meanwhile two web services have ${clients} clients each that never rest, a Celery worker has tasks in flight, and a program is to write ${linesPerSecond} numbered lines of 100 bytes a second to a log that is rotated every 20 MB.

| | |
|---|---:|
| requests on fresh connections, to a service that is handed over meanwhile | ${fresh?.requests ?? 0} |
| … a second | ${perSecond(fresh)} |
| … failed | ${fresh?.failed ?? 0} |
| requests on kept connections | ${kept?.requests ?? 0} |
| … a second | ${perSecond(kept)} |
| … failed | ${kept?.failed ?? 0} |
| longest time without an answer, fresh · kept, ms | ${fresh?.longestPauseMs.toFixed(0)} · ${kept?.longestPauseMs.toFixed(0)} |
| tasks done | ${tasks.done} |
| … lost · done twice | ${tasks.lost.length} · ${tasks.doubles.length} |
| lines written | ${lines.written} |
| … MB a second | ${((lines.written * 100) / 1e3 / linesFor).toFixed(1)} |
| … lost · doubled or out of order · torn | ${lines.lost} · ${lines.doubled} · ${lines.torn} |
| states, pids and starts that were not as before, right after one | ${list(differences)} |
| processes and descriptors left over, defunct ones | ${list(leaks)} |
| lines of the log that must not be | ${list(complaints)} |
| from the beginning of one to the answer of the API, ms: median (min–max) | ${answered.median.toFixed(0)} (${answered.min.toFixed(0)}–${answered.max.toFixed(0)}) |
`;
}

function perSecond(load: LoadResult | undefined): string {
  return load === undefined ? '–' : ((load.requests * 1000) / load.elapsedMs).toFixed(0);
}
