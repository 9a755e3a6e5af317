import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { Client } from '../../src/control/client.ts';
import { listOf, type ProcessStatus, processStatus } from '../../src/control/replies.ts';
import { treeNode } from '../../src/control/tree-reply.ts';
import { brainOf, killBrain } from '../../test/support/namespace/brain-death.ts';
import { familyOf, type Row } from '../../test/support/namespace/process-table.ts';
import { scratch } from '../../test/support/namespace/scratch.ts';
import { fill, smallDisk, smallDiskOf } from '../../test/support/namespace/small-disk.ts';
import { type Running, start } from '../../test/support/namespace/supervisor.ts';
import { until } from '../../test/support/namespace/until.ts';
import { random } from '../interruptions/random.ts';
import { programs } from './programs.ts';

export type Plan = { readonly seconds: number; readonly seed: number };

/** KiB of private memory, at one time. */
export type Memory = { readonly init: number; readonly brain: number };

export type Soaked = {
  readonly actions: ReadonlyMap<string, number>;
  /** How often legato and /proc were compared, and what was not the same. */
  readonly comparisons: number;
  readonly differences: readonly string[];
  /** One for each comparison. */
  readonly memory: readonly Memory[];
};

type Soak = { readonly running: Running; readonly client: Client; readonly next: () => number; version: number };
type Action = readonly [name: string, act: (soak: Soak) => Promise<unknown>];

const names = ['steady:steady0', 'steady:steady1', 'crashes', 'slow', 'family', 'obstinate', 'chatty', 'pair'] as const;

const some = ({ next }: Soak): string => names[Math.floor(next() * names.length)] ?? 'slow';

/** What may happen to a legato; whether it may at that moment is for legato to say. */
const actions: readonly Action[] = [
  ['start', (soak) => soak.client.call('supervisor.startProcess', some(soak), soak.next() < 0.5)],
  ['stop', (soak) => soak.client.call('supervisor.stopProcess', some(soak), soak.next() < 0.5)],
  ['signal', (soak) => soak.client.call('supervisor.signalProcess', some(soak), soak.next() < 0.5 ? 'TERM' : 'HUP')],
  ['start all', ({ client }) => client.call('supervisor.startAllProcesses', false)],
  ['handover', ({ running }) => running.legatoctl('handover', 'pair', '--timeout', '20')],
  ['update', (soak) => update(soak)],
  ['kill of a main process', (soak) => kill(soak, mains)],
  ['kill of any process', (soak) => kill(soak, services)],
  ['kill of a shim', (soak) => kill(soak, shims)],
  ['full disk', async ({ running }) => void fill(smallDiskOf(running))],
  ['room again', async ({ running }) => makeRoom(running)],
  ['kill of the brain', ({ running }) => killBrain(running)],
];

function update(soak: Soak): Promise<unknown> {
  soak.version += 1;
  const file = join(soak.running.dir, 'c.conf');
  const head = readFileSync(file, 'utf8').split('[supervisord]\nloglevel=info')[0] ?? '';
  writeFileSync(file, head + programs(soak.version));
  return soak.running.ctl('update');
}

async function kill({ running, next }: Soak, of: (running: Running) => readonly Row[]): Promise<void> {
  const rows = of(running);
  const victim = rows[Math.floor(next() * rows.length)];
  if (victim !== undefined) process.kill(victim.pid, 'SIGKILL');
}

const makeRoom = (running: Running): void => rmSync(join(smallDiskOf(running), 'filler'), { force: true });

const shims = (running: Running): Row[] => living(running).filter(isShim);
const services = (running: Running): Row[] => living(running).filter((row) => !isOwn(running, row));
/** Right below a shim. */
function mains(running: Running): Row[] {
  const above = new Set(shims(running).map(({ pid }) => pid));
  return services(running).filter(({ ppid }) => above.has(ppid));
}

const isShim = ({ args }: Row): boolean => /^legato: \S+ #\d+/.test(args.join(' '));
const isOwn = (running: Running, row: Row): boolean =>
  isShim(row) ||
  row.pid === running.pid ||
  row.comm.startsWith('legato') ||
  row.args.some((arg) => arg.endsWith('legatod.cjs'));
/** Below init, and nobody else's. */
function family(running: Running): Row[] {
  const rows = running.processes();
  const below = familyOf(rows, [running.pid]);
  return rows.filter(({ pid }) => below.has(pid));
}
const living = (running: Running): Row[] => family(running).filter(({ state }) => state !== 'Z');

/** What is not as legato says. Every process of a service is known by its command line. */
function compare(running: Running, infos: readonly ProcessStatus[]): string[] {
  const rows = family(running);
  const pids = new Set(rows.map(({ pid }) => pid));
  const wrong = rows.flatMap(({ pid, state, comm }) => (state === 'Z' ? [`${pid} (${comm}) is defunct`] : []));
  const up = new Set<number>();
  for (const { name, statename, pid } of infos) {
    if ((statename === 'RUNNING') !== (pid !== 0)) wrong.push(`${name} is ${statename} as ${pid}`);
    if (pid === 0) continue;
    up.add(pid);
    if (!pids.has(pid)) wrong.push(`${name} is ${statename} as ${pid}, which is not there`);
  }
  const hasFamily = infos.some(({ name, pid }) => name === 'family' && pid !== 0);
  for (const row of rows.filter((one) => !isOwn(running, one))) {
    const command = row.args.join(' ');
    const isMember = command === 'sleep 0.1' || (hasFamily && /^sleep 10000[234]$/.test(command));
    if (!up.has(row.pid) && !isMember) wrong.push(`${row.pid} (${command}) is nobody's`);
  }
  const count = rows.filter(isShim).length;
  if (count > up.size) wrong.push(`${count} shims for ${up.size} processes`);
  return wrong;
}

/** Logs that cannot be written to, though there is room; of who has ended nobody tries. */
async function troubles(client: Client): Promise<string[]> {
  const nodes = listOf(await client.call('legato.tree'), treeNode);
  const running = nodes.filter(({ state }) => state === 'RUNNING');
  return running.flatMap(({ name, troubledLogs }) =>
    troubledLogs.flatMap(({ path, reason }) => (reason === '' ? [] : `${path} of ${name} stays troubled: ${reason}`)),
  );
}

const told = async (client: Client): Promise<ProcessStatus[]> =>
  listOf(await client.call('supervisor.getAllProcessInfo'), processStatus);

/** Nothing is on its way: all that is there is what legato says. Returns what is still different after a generous time. */
async function settle({ running, client }: Soak): Promise<string[]> {
  makeRoom(running);
  for (const name of ['crashes', 'hopeless']) await client.call('supervisor.stopProcess', name).catch(() => undefined);
  let wrong: string[] = [];
  const agrees = async (): Promise<boolean> => {
    const infos = await told(client);
    wrong = infos
      .filter(({ statename }) => /STARTING|STOPPING|BACKOFF/.test(statename))
      .map(({ name, statename }) => `${name} stays ${statename}`);
    if (wrong.length === 0) wrong = compare(running, infos);
    if (wrong.length === 0) wrong = await troubles(client);
    return wrong.length === 0;
  };
  await until('legato and /proc to agree', agrees, { every: 100, limit: 90_000 }).catch(() => undefined);
  return wrong;
}

function privateOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return [...text.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)].reduce((sum, [, kib]) => sum + Number(kib), 0);
}

/** Does to a legato whatever may happen to one, at random, and compares again and again what it says with what is there. */
export async function soak(t: Parameters<typeof start>[0], { seconds, seed }: Plan): Promise<Soaked> {
  const dir = scratch(t);
  const wrap = (): readonly string[] => smallDisk(dir, 1024);
  const running = await start(t, { peer: 'legato', dir, pid1: false, wrap, programs: programs(0) });
  const client = new Client({
    serverurl: `unix://${dir}/s.sock`,
    username: null,
    password: null,
    isComingBack: () => true,
  });
  const state: Soak = { running, client, next: random(seed), version: 0 };
  const counts = new Map<string, number>();
  const differences: string[] = [];
  const memory: Memory[] = [];
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    const begun: Promise<unknown>[] = [];
    for (let count = 0; count < 12; count += 1) {
      const action = actions[Math.floor(state.next() * actions.length)];
      if (action === undefined) continue;
      counts.set(action[0], (counts.get(action[0]) ?? 0) + 1);
      // What is refused, or cut off by a death of the brain, is an answer as well.
      begun.push(action[1](state).catch(() => undefined));
      await pause(state.next() * 250);
    }
    await Promise.all(begun);
    for (const difference of await settle(state)) differences.push(`comparison ${memory.length + 1}: ${difference}`);
    memory.push({ init: privateOf(running.pid), brain: privateOf(brainOf(running)) });
    await client.call('supervisor.startAllProcesses', false).catch(() => undefined);
  }
  const complaints = running.log().match(/^.*(?:impossible|belongs to no process|cannot go on).*$/gm) ?? [];
  return { actions: counts, comparisons: memory.length, differences: [...differences, ...complaints], memory };
}
