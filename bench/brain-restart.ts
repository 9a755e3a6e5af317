/**
 * What the death of the brain costs, and what init costs: npm run bench:restart [-- --short].
 * Prints a page; a full run writes it to docs/results/brain-restart.md as well.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { cpus, loadavg, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { Client } from '../src/control/client.ts';
import { encodeCall } from '../src/control/xml-rpc-encode.ts';
import { environmentOf, processTable, type Row } from '../test/support/namespace/process-table.ts';
import { textOf } from '../test/support/namespace/text-of.ts';
import { until } from '../test/support/namespace/until.ts';
import { type Contestant, contestants } from './contestants.ts';
import { usageOf } from './footprint.ts';
import { type Spread, spread } from './measure.ts';
import { monotonic, Run, rest } from './run.ts';

const { values } = parseArgs({ options: { short: { type: 'boolean', default: false } } });
const kills = values.short ? 5 : 30;
const many = values.short ? 200 : 1000;
/** A brain that dies within its first second is started again after a pause. */
const age = 1500;

/** `used`: processor time of the new brain up to its answer. */
type Death = { readonly reborn: number; readonly answered: number; readonly used: number };

/** legato, and the directory it runs in. */
function legato(): { readonly contestant: Contestant; readonly directory: () => string } {
  const [known] = contestants;
  let at = '';
  if (known === undefined) throw new Error('legato is not among the contestants');
  const prepare: Contestant['prepare'] = (dir, service, count) => {
    at = dir;
    return known.prepare(dir, service, count);
  };
  return { contestant: { ...known, prepare }, directory: () => at };
}

const isBrain = (row: Row): boolean => row.args.some((word) => word.endsWith('legatod.cjs'));
const isInit = (row: Row): boolean => row.args.includes('--brain');

function ownOf(directory: string): { readonly brain: number; readonly init: number } {
  const rows = processTable().filter((row) => environmentOf(row.pid).includes(`BENCH_RECORD=${directory}/record\0`));
  return {
    brain: rows.find((row) => isBrain(row) && !isInit(row))?.pid ?? 0,
    init: rows.find(isInit)?.pid ?? 0,
  };
}

const isBrainText = (command: string): boolean => command.includes('legatod.cjs') && !command.includes('\0--brain\0');

/** One call on a connection of its own, without the patience of our client; false: refused, or cut. */
function isAnswered(socket: string): Promise<boolean> {
  const body = encodeCall('supervisor.getState', []);
  return new Promise((resolve) => {
    const connection = connect(socket, () =>
      connection.write(`POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
    );
    connection.once('data', (bytes) => {
      resolve(bytes.toString('latin1').startsWith('HTTP/1.1 200 '));
      connection.destroy();
    });
    connection.once('error', () => resolve(false));
    connection.once('close', () => resolve(false));
  });
}

/** kill -9 of the brain; the milliseconds until another one is there, and until its API has answered. */
async function death(directory: string, init: number, count: number): Promise<Death> {
  const { brain } = ownOf(directory);
  // Among the youngest children; a logger may be younger.
  const brainNow = (): number => {
    const children = readFileSync(`/proc/${init}/task/${init}/children`, 'utf8').trim().split(' ').slice(-4);
    return Number(children.find((pid) => isBrainText(textOf(`/proc/${pid}/cmdline`))) ?? brain);
  };
  const client = new Client({ serverurl: `unix://${directory}/s.sock`, username: null, password: null });
  const began = monotonic();
  process.kill(brain, 'SIGKILL');
  let reborn = 0;
  while (!(await isAnswered(`${directory}/s.sock`))) {
    if (reborn === 0 && brainNow() !== brain) reborn = monotonic() - began;
    await pause(1);
  }
  const answered = monotonic() - began;
  const used = usageOf([brainNow()]).cpu;
  const infos = await client.call('supervisor.getAllProcessInfo');
  const running = Array.isArray(infos) ? infos.filter((info) => JSON.stringify(info).includes('"RUNNING"')).length : 0;
  if (running !== count) throw new Error(`${running} of ${count} services are RUNNING after the death of the brain`);
  return { reborn, answered, used };
}

async function deaths(service: string, count: number, times: number): Promise<readonly Death[]> {
  const { contestant, directory } = legato();
  const run = new Run(contestant, service, count);
  try {
    await run.started(count);
    await rest(3000);
    const { init } = ownOf(directory());
    const all: Death[] = [];
    for (let time = 0; time < times; time++) {
      all.push(await death(directory(), init, count));
      await rest(age);
    }
    await run.end();
    return all;
  } finally {
    await run.clear();
  }
}

/** Private memory in KiB: what would be free if the process were not there. */
function privateOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return [...text.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)].reduce((sum, [, kib]) => sum + Number(kib), 0);
}

type Footprint = { readonly init: number; readonly shims: number; readonly afterDeath: number };

async function footprint(service: string, count: number): Promise<Footprint> {
  const { contestant, directory } = legato();
  const run = new Run(contestant, service, count);
  try {
    await until('all services', () => run.services.length >= count, { limit: 120_000, every: 50 });
    await rest(3000);
    const { init, brain } = ownOf(directory());
    const shims = run.own().filter((pid) => pid !== init && pid !== brain);
    if (shims.length !== count) throw new Error(`${shims.length} shims for ${count} services`);
    const before = { init: privateOf(init), shims: shims.reduce((sum, pid) => sum + privateOf(pid), 0) };
    await death(directory(), init, count);
    await rest(age);
    const afterDeath = privateOf(init);
    await run.end();
    return { ...before, afterDeath };
  } finally {
    await run.clear();
  }
}

function page(rows: readonly (readonly [number, readonly Death[]])[], memory: Footprint): string {
  const text = (times: readonly number[]): string => {
    const { median, min, max }: Spread = spread(times);
    return `**${median.toFixed(0)}** (${min.toFixed(0)}–${max.toFixed(0)})`;
  };
  const lines = rows.map(
    ([count, all]) =>
      `| ${count} | ${all.length} | ${text(all.map(({ reborn }) => reborn))} | ${text(all.map(({ answered }) => answered))} | ${text(all.map(({ used }) => used))} |`,
  );
  return `# The death of the brain, and the size of init

Written by \`npm run bench:restart\` (bench/brain-restart.ts). Do not edit.

${new Date().toISOString().slice(0, 10)} · Linux ${release()} · ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}) · Node ${process.versions.node}

From kill -9 of the brain, in ms: median (min–max). Load average of the machine at the end: ${loadavg()[0]?.toFixed(1)} (about 1 is the measurement's own).

| processes | kills | another brain is there | its API has answered | processor time of the new brain until then |
|---:|---:|---:|---:|---:|
${lines.join('\n')}

A client that asks every millisecond takes much of one of the two cores meanwhile; on a busy machine the times are those of the others, the processor time is not. After every kill all processes were RUNNING, with the processes they had.

Private memory with ${many} processes: init ${memory.init} KiB (${memory.afterDeath} KiB after a death of the brain), the shims ${(memory.shims / many).toFixed(1)} KiB each.
`;
}

const dir = mkdtempSync(join(tmpdir(), 'legato-bench-'));
try {
  const service = join(dir, 'service');
  execFileSync('cc', ['-O2', '-static', '-o', service, join(import.meta.dirname, 'service.c')]);
  const rows: (readonly [number, readonly Death[]])[] = [];
  for (const count of [1, 100]) rows.push([count, await deaths(service, count, kills)]);
  const text = page(rows, await footprint(service, many));
  console.log(text);
  if (!values.short) writeFileSync(join(import.meta.dirname, '../docs/results/brain-restart.md'), text);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
