import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { Client } from '../../src/control/client.ts';
import { listOf, processStatus, structOf } from '../../src/control/replies.ts';
import type { LoadResult } from '../../test/support/load/options.ts';
import { startLoad } from '../../test/support/load/run.ts';
import { freePort } from '../../test/support/namespace/free-port.ts';
import { untilRunning } from '../../test/support/namespace/handover.ts';
import { commands } from '../../test/support/namespace/process-table.ts';
import { startQueueWork, type Tally } from '../../test/support/namespace/queue-work.ts';
import { scratch } from '../../test/support/namespace/scratch.ts';
import type { Running } from '../../test/support/namespace/supervisor.ts';
import { until } from '../../test/support/namespace/until.ts';
import { type Lines, linesIn } from '../../test/support/numbered-lines.ts';
import { extra, programs } from './programs.ts';
import { random } from './random.ts';

export type Plan = {
  readonly rounds: number;
  readonly seed: number;
  /** For the worker, all sent before the first kill. */
  readonly tasks: number;
  /** Of 100 bytes. */
  readonly linesPerSecond: number;
  /** Clients of each of the two services. */
  readonly clients: number;
};

/**
 * Interrupts legato once or more often, and gives back how often; what it did not get done in the way it should is told to `amiss`.
 * When it returns, another brain is there or coming.
 */
export type Interruption = {
  readonly interrupt: (
    running: Running,
    next: () => number,
    round: number,
    amiss: (what: string) => void,
  ) => Promise<number>;
};

/** What the interruptions have cost. */
export type Toll = {
  readonly interruptions: number;
  /** What was under way: how often. */
  readonly during: ReadonlyMap<string, number>;
  readonly loads: readonly LoadResult[];
  readonly tasks: Tally;
  readonly lines: Lines;
  /** ms for which they were written. */
  readonly linesFor: number;
  /** What was not as it was before, right after an interruption: state, pid, start; interruptions that failed. */
  readonly differences: readonly string[];
  /** Processes and descriptors at the end that were not there at the beginning; the defunct. */
  readonly leaks: readonly string[];
  /** ms from the beginning of an interruption to the first answer of the API. */
  readonly answeredAfter: readonly number[];
  /** Lines of the main log that must not be. */
  readonly complaints: readonly string[];
};

type Doing = readonly [name: string, begin: (running: Running, round: number) => Promise<unknown>];

/** What is under way at an interruption. Nobody minds what becomes of the client. */
const doings: readonly Doing[] = [
  ['a handover', (running) => running.legatoctl('handover', 'web')],
  ['a handover', (running) => running.legatoctl('handover', 'web')],
  ['a restart', (running) => running.ctl('restart', 'slow')],
  ['a stop', (running) => running.ctl('stop', 'slow')],
  ['an update', (running, round) => update(running, round)],
  ['nothing', () => Promise.resolve()],
];

/** Neither state, process nor start of these may change. */
const steady = ['kept', 'lines', 'worker'];

const allowed: Readonly<Record<string, RegExp>> = {
  web: /^RUNNING$/,
  slow: /^(STOPPED|STOPPING|STARTING|RUNNING)$/,
  extra: /^(STOPPED|STOPPING|STARTING|RUNNING)$/,
  hopeless: /^(BACKOFF|STARTING)$/,
};

function update(running: Running, round: number): Promise<unknown> {
  const file = join(running.dir, 'c.conf');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/\[program:extra\][^[]*/, extra(round + 1)));
  return running.ctl('update');
}

/** Interrupts legato again and again, at instants that follow from the seed, while everything works, and counts what anybody has noticed. */
export async function interruptAgain(
  t: Parameters<typeof startQueueWork>[0],
  plan: Plan,
  { interrupt }: Interruption,
): Promise<Toll> {
  const dir = scratch(t);
  const ports = { web: await freePort(), kept: await freePort() };
  const work = await startQueueWork(t, {
    dir,
    command: '/usr/bin/celery -A jobs worker -c 2',
    producer: ['/usr/bin/python3', 'produce.py'],
    programs: programs(dir, ports, plan.linesPerSecond),
  });
  const { running } = work;
  for (const name of ['web', 'kept', 'slow', 'lines', 'extra']) await untilRunning(running, name);
  // RUNNING it is before it has loaded its program: its main process and the two of its pool.
  const hasPool = (): boolean => commands(running.processes(), '-A jobs worker').length === 3;
  await until('the worker to have its pool', hasPool, { limit: 120_000, evidence: running.evidence });
  // What a handover's generation has beyond a first one's is counted before.
  await running.legatoctl('handover', 'web');
  const before = inventory(running);
  await running.ctl('start', 'hopeless').catch(() => undefined);
  const client = new Client({
    serverurl: `unix://${dir}/s.sock`,
    username: null,
    password: null,
    isComingBack: () => true,
  });
  const facts = await factsOf(client);
  await work.produce(1, plan.tasks, 0.05, 1);
  const loads = [
    startLoad({ url: `http://127.0.0.1:${ports.web}/`, mode: 'close', concurrency: plan.clients, timeoutMs: 60_000 }),
    startLoad({ url: `http://127.0.0.1:${ports.kept}/`, mode: 'keep', concurrency: plan.clients, timeoutMs: 60_000 }),
  ];
  const next = random(plan.seed);
  const begun: Promise<unknown>[] = [];
  const during = new Map<string, number>();
  const differences: string[] = [];
  const answeredAfter: number[] = [];
  let interruptions = 0;
  for (let round = 0; round < plan.rounds; round += 1) {
    const doing = doings[Math.floor(next() * doings.length)];
    if (doing === undefined) continue;
    during.set(doing[0], (during.get(doing[0]) ?? 0) + 1);
    begun.push(doing[1](running, round));
    await pause(next() * 1200);
    const at = performance.now();
    const note = (what: string): void => void differences.push(`round ${round}, ${doing[0]}: ${what}`);
    interruptions += await interrupt(running, next, round, note);
    const now = await factsOf(client);
    answeredAfter.push(performance.now() - at);
    for (const difference of differencesOf(facts, now)) note(difference);
  }
  await Promise.all(begun);
  for (const load of loads) load.stop();
  const results = await Promise.all(loads.map(({ result }) => result));
  await running.ctl('stop', 'hopeless');
  await running.ctl('start', 'slow');
  await running.ctl('start', 'extra');
  const tasks = await work.finished(plan.tasks, 300_000);
  const leaks = await leaksOf(running, before);
  const { start = 0 } = (await factsOf(client)).get('lines') ?? {};
  await running.ctl('stop', 'lines');
  const linesFor = Date.now() - start * 1000;
  const complaints = running.log().match(/^.*(?:impossible|belongs to no process|cannot go on).*$/gm) ?? [];
  const lines = linesIn(join(dir, 'lines.log'));
  return {
    interruptions,
    during,
    loads: results,
    tasks,
    lines,
    linesFor,
    differences,
    leaks,
    answeredAfter,
    complaints,
  };
}

type Facts = ReadonlyMap<string, { readonly state: string; readonly pid: number; readonly start: number }>;

async function factsOf(client: Client): Promise<Facts> {
  const infos = listOf(await client.call('supervisor.getAllProcessInfo'), (value) => {
    const { name, statename, pid } = processStatus(value);
    return [name, { state: statename, pid, start: Number(structOf(value)['start']) }] as const;
  });
  return new Map(infos);
}

function differencesOf(before: Facts, now: Facts): string[] {
  const wrong: string[] = [];
  for (const [name, states] of Object.entries(allowed)) {
    const state = now.get(name)?.state ?? 'gone';
    // An update removes and adds.
    if (!states.test(state) && !(name === 'extra' && state === 'gone')) wrong.push(`${name} is ${state}`);
  }
  for (const name of steady) {
    const [then, one] = [before.get(name), now.get(name)];
    if (one?.state !== 'RUNNING' || one.pid !== then?.pid) wrong.push(`${name} is ${one?.state} as ${one?.pid}`);
    // Whole seconds of two clocks.
    else if (Math.abs(one.start - then.start) > 1) wrong.push(`${name} has run since ${one.start}, not ${then.start}`);
  }
  return wrong;
}

/** Of every command line how many processes, and the descriptors of init. */
function inventory(running: Running): ReadonlyMap<string, number> {
  const found = new Map<string, number>([['descriptors', readdirSync(`/proc/${running.pid}/fd`).length]]);
  for (const { pid, state, args } of running.processes()) {
    const line = args.join(' ');
    const part = pid === running.pid ? 'init' : line.includes('/legatod.cjs') ? 'brain' : null;
    // What a shell waits for comes and goes; a shim's title has the number of its generation.
    const what = state === 'Z' ? 'defunct' : (part ?? line.replace(/#\d+/, '#'));
    if (what !== 'sleep 0.1') found.set(what, (found.get(what) ?? 0) + 1);
  }
  return found;
}

async function leaksOf(running: Running, before: ReadonlyMap<string, number>): Promise<string[]> {
  const look = (): string[] =>
    [...inventory(running)].flatMap(([what, count]) =>
      count > (before.get(what) ?? 0) ? [`${what}: ${count}, not ${before.get(what) ?? 0}`] : [],
    );
  // A drain may still be on its way.
  await until('no more to be there than at the beginning', () => look().length === 0, { every: 100 }).catch(
    () => undefined,
  );
  return look();
}
