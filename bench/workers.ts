import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

import { type QueueWork, type Setting, startQueueWork, type Tally } from '../test/support/namespace/queue-work.ts';
import { repository } from '../test/support/namespace/supervisor.ts';
import { until } from '../test/support/namespace/until.ts';
import { fewestInHand, idealPause, longestIn, type Span, spansOf } from './worker-pauses.ts';

/*
 * `npm run handovers:workers [-- TASKS HANDOVERS PROCESSES]`: a Celery worker is handed over again and again while it works; what became of each task,
 * and the longest time in which none was finished, go to docs/results/workers.md. As root, with Debian's celery and redis-server. About
 * twelve minutes. So many processes, that a pool which is never interrupted has a short pause as well (16: more than a second with these
 * tasks, 64: a quarter of one), and so many tasks that they last for all handovers.
 */
const [tasks = 4000, handovers = 20, processes = 64] = process.argv.slice(2).map(Number);
const [shortest, longest] = [0.05, 5];

const rows: readonly (readonly [name: string, Setting])[] = [
  ['Celery prefork', setting({})],
  ['the same, 5 s to load its program', setting({ SLOW_IMPORT: '5' })],
];

function setting(env: Readonly<Record<string, string>>): Setting {
  return {
    command: `/usr/bin/celery -A jobs worker -c ${processes}`,
    producer: ['/usr/bin/python3', 'produce.py'],
    env,
  };
}

type Result = {
  readonly tally: Tally;
  /** From the order to the answer, when the former generation was gone. */
  readonly took: readonly Span[];
  readonly left: string;
  readonly unacked: string;
};

const lines: string[] = [];
for (const [name, one] of rows) {
  const cleanups: (() => unknown)[] = [];
  const t = { after: (work: () => unknown) => void cleanups.push(work) };
  try {
    lines.push(line(name, await run(await startQueueWork(t, one))));
    console.log(lines.at(-1));
  } finally {
    for (const work of cleanups) await work();
  }
}
writeFileSync(join(repository, 'docs/results/workers.md'), page());

async function run(work: QueueWork): Promise<Result> {
  await work.produce(1, tasks, shortest, longest);
  const reports: Promise<Span>[] = [];
  const committed = (): number => work.running.log().match(/: committed #/g)?.length ?? 0;
  for (let round = 1; round <= handovers; round += 1) {
    const from = Date.now() / 1000;
    reports.push(work.handOver().then(() => ({ from, to: Date.now() / 1000 })));
    // Nobody waits for what drains: the next one begins when this one has committed.
    await Promise.race([
      until('its commit', () => committed() >= round, { limit: 120_000, every: 50 }),
      Promise.all(reports),
    ]);
    console.log(`handover ${round}: committed after ${(Date.now() / 1000 - from).toFixed(1)} s`);
  }
  const took = await Promise.all(reports);
  const tally = await work.finished(tasks, 900_000);
  const count = async (...words: string[]): Promise<string> => (await work.redis.ask(...words)).slice(1).trim();
  return { tally, took, left: await count('LLEN', 'celery'), unacked: await count('HLEN', 'unacked') };
}

function line(name: string, { tally, took, left, unacked }: Result): string {
  const { done, started, lost, doubles, workers, notes } = tally;
  const work = spansOf(notes.started, notes.done);
  const ends = work.map(({ to }) => to).sort((a, b) => a - b);
  // The last tasks of all end one after the other in a pool that has nothing else to do.
  const full = ends.slice(0, -processes);
  const within = longestIn(full, took);
  const slowest = Math.max(...took.map(({ from, to }) => to - from));
  const seconds = [within.inside, within.outside, idealPause(work, processes)].map((one) => `${one.toFixed(2)} s`);
  const cells = [name, started, done, lost.length, doubles.length, left, unacked, ...seconds];
  return `| ${[...cells, fewestInHand(work, processes), workers.length, `${slowest.toFixed(1)} s`].join(' | ')} |`;
}

function page(): string {
  const version = (name: string): string =>
    execFileSync('dpkg-query', ['-W', '-f=${Version}', name], { encoding: 'utf8' });
  const kernel = execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim();
  return `# Workers handed over

\`npm run handovers:workers\`, ${new Date().toISOString().slice(0, 10)}: ${tasks} numbered tasks of ${shortest} to ${longest} s, ${handovers} handovers while they are done, each begun when the one before has committed,
a pool of ${processes} processes. Celery ${version('celery')}, kombu ${version('python3-kombu')}, redis ${version('redis-server')}, Linux ${kernel}, ${cpus().length} CPUs.
Started and done are what the tasks themselves noted. A pause is a time in which no task ended: the longest that a handover was part of, the longest of the rest of the run, and for comparison
that of a perfect pool which is given the same tasks and never interrupted. In hand: the fewest tasks that were being done at one time, from when the pool was busy until the last task was begun.

| worker | started | done | lost | done twice | left in the queue | unacknowledged | pause in handovers | outside | perfect pool | fewest in hand | node names | slowest handover |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
${lines.join('\n')}
`;
}
