import { cpus, release } from 'node:os';
import type { LoadResult } from '../load/options.ts';
import { spread } from '../measure.ts';
import type { Plan, Toll } from './run.ts';

/** docs/results/brain-kills.md */
export function page({ rounds, seed, linesPerSecond, clients }: Plan, toll: Toll): string {
  const { kills, during, loads, tasks, lines, differences, leaks, answeredAfter, complaints } = toll;
  const [fresh, kept] = loads;
  const answered = spread(answeredAfter);
  const list = (found: readonly string[]): string =>
    found.length === 0 ? '0' : `${found.length}: ${found.join('; ')}`;
  return `# The brain killed ${kills} times

Written by \`npm run brain-kills\` (bench/brain-kills.ts), seed ${seed}. Do not edit.

${new Date().toISOString().slice(0, 10)} · Linux ${release()} · ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}) · Node ${process.versions.node}

In ${rounds} rounds the brain gets SIGKILL at a random instant within 1.2 s after something was begun, in one of five rounds a second time while it comes up:
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
| … MB a second | ${((lines.written * 100) / 1e6 / ((fresh?.elapsedMs ?? 0) / 1000)).toFixed(1)} |
| … lost · doubled or out of order · torn | ${lines.lost} · ${lines.doubled} · ${lines.torn} |
| states, pids and starts that were not as before, right after a kill | ${list(differences)} |
| processes and descriptors left over, defunct ones | ${list(leaks)} |
| lines of the log that must not be | ${list(complaints)} |
| from the first kill of a round to the answer of the API, ms: median (min–max) | ${answered.median.toFixed(0)} (${answered.min.toFixed(0)}–${answered.max.toFixed(0)}) |
`;
}

function perSecond(load: LoadResult | undefined): string {
  return load === undefined ? '–' : ((load.requests * 1000) / load.elapsedMs).toFixed(0);
}
