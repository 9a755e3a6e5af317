import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { command } from './command.ts';
import { type Redis, startRedis } from './redis.ts';
import { scratch } from './scratch.ts';
import { slowRedis } from './slow-redis.ts';
import { fixtures, type Running, start } from './supervisor.ts';
import { textOf } from './text-of.ts';
import { until } from './until.ts';

/** Where the jobs are and what sends them. */
export const jobs: string = join(fixtures, 'queues');

/** Workers of one queue under a supervisor, and numbered jobs for them. */
export type QueueWork = {
  readonly running: Running;
  readonly redis: Redis;
  /** Sends the jobs numbered first…last; each takes between `shortest` and `longest` seconds. */
  produce(first: number, last: number, shortest: number, longest: number): Promise<void>;
  /** Hands the worker over and gives its report; throws when it fails. */
  handOver(): Promise<string>;
  /** Waits until as many different jobs are done, and gives the tally. */
  finished(total: number, limit: number): Promise<Tally>;
};

/** What became of the jobs, by number. */
export type Tally = {
  readonly done: number;
  readonly started: number;
  readonly lost: readonly number[];
  /** Done more than once. */
  readonly doubles: readonly number[];
  /** Who did them: a node name or a pid. */
  readonly workers: readonly string[];
  /** Seconds: the longest time in which no job was finished. */
  readonly longestPause: number;
  /** What the jobs noted, for who wants more: `NUMBER TIME …`, in seconds. */
  readonly notes: { readonly started: readonly string[]; readonly done: readonly string[] };
};

export type Setting = {
  /** The worker's command line. */
  readonly command: string;
  /** More keys of its section, one a line. */
  readonly keys?: string;
  /** Sections besides. */
  readonly programs?: string;
  readonly producer: readonly [file: string, ...args: string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds for which what redis hands to the worker is on its way; WORKER_REDIS_URL is where that is so. */
  readonly onItsWay?: number;
  readonly directory?: string;
  /** Instead of one of its own. */
  readonly dir?: string;
  readonly pid1?: boolean;
};

export async function startQueueWork(t: Pick<TestContext, 'after'>, setting: Setting): Promise<QueueWork> {
  const dir = setting.dir ?? scratch(t);
  const redis = await startRedis(t, dir);
  const directory = setting.directory ?? jobs;
  const slow = setting.onItsWay === undefined ? redis.url : await slowRedis(t, redis.url, setting.onItsWay);
  const env = { REDIS_URL: redis.url, WORKER_REDIS_URL: slow, PYTHONDONTWRITEBYTECODE: '1', ...setting.env };
  const worker = `[program:worker]
command=${setting.command}
directory=${directory}
redirect_stderr=true
stdout_logfile=${dir}/worker.log
${setting.keys ?? ''}
${setting.programs ?? ''}
`;
  const running = await start(t, { peer: 'legato', dir, env, programs: worker, pid1: setting.pid1 ?? true });
  const evidence = (): string => `${running.evidence()}\n${textOf(join(dir, 'worker.log')).slice(-8000)}`;
  const isUp = async (): Promise<boolean> => /RUNNING/.test(await running.status('worker'));
  await until('the worker to be RUNNING', isUp, { limit: 120_000, every: 50, evidence });
  return {
    running,
    redis,
    produce: async (...numbers) => {
      const [file, ...args] = setting.producer;
      const sent = await command(file, [...args, ...numbers.map(String)], {
        cwd: directory,
        env: { ...env, PATH: '/usr/bin:/bin' },
      });
      if (sent.code !== 0) throw new Error(`the producer ended with ${sent.code}: ${sent.stderr}`);
    },
    handOver: async () => {
      const { code, stdout, stderr } = await running.legatoctl('handover', 'worker');
      if (code !== 0) throw new Error(`the handover failed: ${stdout}${stderr}\n${evidence()}`);
      return stdout;
    },
    finished: async (total, limit) => {
      const look = async (): Promise<boolean> => numbersOf(await list(redis, 'done')).size >= total;
      // A job that is lost is for the tally to tell.
      await until('every job to be done', look, { limit, every: 200 }).catch(() => undefined);
      return tallyOf(total, await list(redis, 'started'), await list(redis, 'done'));
    },
  };
}

async function list(redis: Redis, key: string): Promise<string[]> {
  const answer = await redis.ask('LRANGE', key, '0', '-1');
  return answer.split('\r\n').filter((line) => line !== '' && !/^[*$]/.test(line));
}

const numberOf = (line: string): number => Number(line.split(' ')[0]);
const numbersOf = (lines: readonly string[]): ReadonlySet<number> => new Set(lines.map(numberOf));

function tallyOf(total: number, started: readonly string[], done: readonly string[]): Tally {
  const times = new Map<number, number>();
  for (const line of done) times.set(numberOf(line), (times.get(numberOf(line)) ?? 0) + 1);
  const at = done.map((line) => Number(line.split(' ')[1])).sort((a, b) => a - b);
  return {
    done: done.length,
    started: started.length,
    lost: Array.from({ length: total }, (_, index) => index + 1).filter((number) => !times.has(number)),
    doubles: [...times].filter(([, count]) => count > 1).map(([number]) => number),
    workers: [...new Set(done.map((line) => line.split(' ')[2] ?? ''))],
    longestPause: at.reduce((longest, time, index) => Math.max(longest, time - (at[index - 1] ?? time)), 0),
    notes: { started, done },
  };
}
