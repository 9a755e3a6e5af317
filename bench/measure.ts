import type { Contestant } from './contestants.ts';
import { type Memory, memoryOf, usageOf } from './footprint.ts';
import { Run, rest } from './run.ts';

export type Spread = { readonly median: number; readonly min: number; readonly max: number };

/** All times in milliseconds. */
export type Figures = {
  /** From the execution of the supervisor to the start of its only service. */
  readonly first: Spread;
  /** … and to the start of the last of all. */
  readonly all: Spread;
  /** From kill -9 to the start of the successor. */
  readonly respawnAlone: Spread;
  readonly respawnAmong: Spread;
  readonly stop: { readonly services: number; readonly supervisor: number };
  /** While nothing happens: processor time and wake-ups a second. */
  readonly idle: { readonly cpu: number; readonly wakeups: number };
  readonly processes: number;
  readonly memory: Memory;
};

export type Extent = {
  readonly services: number;
  readonly starts: number;
  readonly kills: number;
  readonly idleSeconds: number;
};

/**
 * A service must have been up for longer than a second before it is killed: below that, Supervisor counts a failed start and
 * runit and s6 wait on purpose.
 */
const age = 1200;

/**
 * Long enough for every one to count as up, and for what follows a start to be done: a collection of garbage after two seconds, the last ping
 * of legato's init to its brain, which comes five seconds after that has last said something, and then no more.
 */
const settled = 8000;

export async function measure(contestant: Contestant, service: string, extent: Extent): Promise<Figures> {
  const first = await measureStarts(contestant, service, 1, extent.starts);
  const all = await measureStarts(contestant, service, extent.services, extent.starts);
  const respawnAlone = await measureAlone(contestant, service, extent.kills);
  return { first, all, respawnAlone, ...(await measureAmong(contestant, service, extent)) };
}

/** From the execution of the supervisor to the start of the last of `count` services. */
async function measureStarts(contestant: Contestant, service: string, count: number, rounds: number): Promise<Spread> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const run = new Run(contestant, service, count);
    try {
      const starts = await run.started(count);
      times.push(Math.max(...starts.map((start) => start.at)) - run.began);
      await rest(age);
      await run.end();
    } finally {
      await run.clear();
    }
  }
  return spread(times);
}

async function measureAlone(contestant: Contestant, service: string, kills: number): Promise<Spread> {
  const run = new Run(contestant, service, 1);
  try {
    await run.started(1);
    const times: number[] = [];
    for (let kill = 0; kill < kills; kill++) {
      await rest(age);
      const victim = run.services.at(-1);
      if (victim !== undefined) times.push(await run.respawn(victim));
    }
    await run.end();
    return spread(times);
  } finally {
    await run.clear();
  }
}

async function measureAmong(
  contestant: Contestant,
  service: string,
  { services, kills, idleSeconds }: Extent,
): Promise<Omit<Figures, 'first' | 'all' | 'respawnAlone'>> {
  const run = new Run(contestant, service, services);
  try {
    const starts = await run.started(services);
    await rest(settled);
    const own = run.own();
    const memory = memoryOf(own);
    const before = usageOf(own);
    await rest(idleSeconds * 1000);
    const after = usageOf(own);
    const idle = {
      cpu: (after.cpu - before.cpu) / idleSeconds,
      wakeups: (after.sleeps - before.sleeps) / idleSeconds,
    };
    const times: number[] = [];
    for (const victim of starts.slice(0, kills)) {
      times.push(await run.respawn(victim));
      await rest(50);
    }
    await rest(age);
    const stop = await run.end();
    return { respawnAmong: spread(times), stop, idle, processes: own.length, memory };
  } finally {
    await run.clear();
  }
}

export function spread(times: readonly number[]): Spread {
  const sorted = times.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
  return { median, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}
