import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';

import { command } from './command.ts';
import { freePort } from './free-port.ts';
import type { Row } from './process-table.ts';
import { type Redis, startRedis } from './redis.ts';
import { scratch } from './scratch.ts';
import { type Peer, type Running, repository, start } from './supervisor.ts';
import { type Patience, until } from './until.ts';

const home = join(repository, 'examples/app-test');

/** How many processes play each part. */
export type Census = Readonly<Record<string, number>>;

/** The example `examples/app-test` under a supervisor, with a redis of its own. */
export type App = {
  readonly running: Running;
  readonly redis: Redis;
  /** Sends the tasks numbered first…last to a queue. */
  produce(queue: 'direct' | 'behind-inv', first: number, last: number): Promise<void>;
  /** The life in which the web service is (1 after a start, one more after each HUP); undefined while it does not answer. */
  webLives(): Promise<number | undefined>;
  /** How often a Celery worker has said that it is ready. */
  ready(program: 'worker' | 'inv-worker'): number;
};

/** stopwaitsecs: of the worker behind inv, where it must not be cut off however slow the machine; as in the example unless said. */
export async function startApp(
  t: Pick<TestContext, 'after'>,
  peer: Peer,
  { pid1 = true, stopwaitsecs }: { readonly pid1?: boolean; readonly stopwaitsecs?: number } = {},
): Promise<App> {
  const dir = scratch(t);
  const redis = await startRedis(t, dir);
  const port = await freePort();
  const env = { REDIS_URL: redis.url, WEB_PORT: `${port}` };
  const config = stopwaitsecs === undefined ? join(home, 'supervisord.conf') : patientCopy(dir, stopwaitsecs);
  const running = await start(t, { peer, dir, env, pid1, config });
  return {
    running,
    redis,
    produce: async (queue, first, last) => {
      const sent = await command('/usr/bin/python3', ['producer.py', queue, `${first}`, `${last}`], {
        cwd: home,
        env: { ...env, PATH: '/usr/bin:/bin', PYTHONDONTWRITEBYTECODE: '1' },
      });
      if (sent.code !== 0) throw new Error(`the producer ended with ${sent.code}: ${sent.stderr}`);
    },
    webLives: async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
      const body: unknown = await answer?.json().catch(() => undefined);
      return typeof body === 'object' && body !== null && 'lives' in body ? Number(body.lives) : undefined;
    },
    ready: (program) => count(join(dir, `${program}.log`), / ready\.$/gm),
  };
}

function patientCopy(dir: string, stopwaitsecs: number): string {
  const path = join(dir, 'app-test.conf');
  const text = readFileSync(join(home, 'supervisord.conf'), 'utf8').replaceAll('%(here)s', home);
  const copy = text.replace('stopwaitsecs=4\n', `stopwaitsecs=${stopwaitsecs}\n`);
  if (copy === text) throw new Error('the example has another stopwaitsecs');
  writeFileSync(path, copy);
  return path;
}

/** The part a process plays. */
export function roleOf(row: Row): string {
  const line = row.args.join(' ');
  if (row.state === 'Z') return 'defunct';
  if (row.pid === 1 || row.args[0]?.endsWith('/legato-init')) return 'supervisor';
  if (/\/dist\/\S+\.c?js( |$)/.test(line)) return 'brain';
  if (line === 'legato: logger') return 'logger';
  if (line.startsWith('legato: ')) return 'shim';
  if (line.endsWith('/web.py')) return 'web';
  if (line.includes('resource_tracker')) return 'tracker';
  if (line.includes('/celery ')) return line.includes('behind-inv') ? 'behind-inv' : 'worker';
  if (line.endsWith('/inv worker')) return 'inv';
  return line === '' ? row.comm : line;
}

export function census(rows: readonly Row[]): Census {
  const counted: Record<string, number> = {};
  // legato has a logger as soon as there is output for a log.
  const roles = rows.map(roleOf).filter((role) => role !== 'logger');
  for (const role of roles.sort()) counted[role] = (counted[role] ?? 0) + 1;
  return counted;
}

/** What a finished command has promised is so at once; the shims of what has ended have their moment to go and to be reaped. */
export async function censusAtOnce(
  table: () => readonly Row[],
  wanted: Census,
  patience: Patience,
): Promise<{ readonly found: Census; readonly services: readonly Row[] }> {
  const rows = table();
  const settled = (): boolean => isDeepStrictEqual(passing(census(table()), true), passing(wanted, true));
  await until('the shims to be gone', settled, patience).catch(() => {});
  const found = { ...passing(census(rows), false), ...passing(census(table()), true) };
  return { found, services: rows.filter((row) => !passingRoles.includes(roleOf(row))) };
}

const passingRoles = ['shim', 'defunct'];

function passing(all: Census, wanted: boolean): Census {
  return Object.fromEntries(Object.entries(all).filter(([role]) => passingRoles.includes(role) === wanted));
}

/** table: of the running supervisor, unless some of the rows are not looked at. */
export async function assertCensus(running: Running, wanted: Census, table = running.processes): Promise<void> {
  const { found } = await censusAtOnce(table, wanted, running);
  assert.deepEqual(found, wanted, running.evidence());
}

/** Whoever has just ended has its moment to be reaped. */
export async function nobodyDefunct(running: Running): Promise<void> {
  await until('nobody to be defunct', () => running.processes().every(({ state }) => state !== 'Z'), running);
}

/** A supervisor's own processes with nothing to supervise, and with the three programs of the group up. */
export function expected(peer: Peer): { readonly alone: Census; readonly up: Census } {
  const own = peer === 'legato' ? { supervisor: 1, brain: 1 } : { supervisor: 1 };
  const shims = peer === 'legato' ? { shim: 3 } : {};
  return { alone: own, up: { ...own, ...shims, web: 1, tracker: 1, worker: 3, inv: 1, 'behind-inv': 3 } };
}

function count(file: string, pattern: RegExp): number {
  if (!existsSync(file)) return 0;
  return readFileSync(file, 'utf8').match(pattern)?.length ?? 0;
}
