import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '../../src/control/client.ts';
import type { HandoverReport } from '../../src/control/contract.ts';
import { handoverReport } from '../../src/control/handover-reply.ts';
import { listOf, processStatus } from '../../src/control/replies.ts';
import type { LoadMode } from '../../test/support/load/options.ts';
import { startLoad } from '../../test/support/load/run.ts';
import { startWrk, type Tally } from '../../test/support/load/wrk.ts';
import { freePort } from '../../test/support/namespace/free-port.ts';
import { untilRunning } from '../../test/support/namespace/handover.ts';
import { type Row as ProcessRow, printed } from '../../test/support/namespace/process-table.ts';
import { scratch } from '../../test/support/namespace/scratch.ts';
import { type Running, start } from '../../test/support/namespace/supervisor.ts';
import { until } from '../../test/support/namespace/until.ts';
import type { Fault, Place, Row } from './row.ts';
import type { Ends } from './run.ts';

export type Terms = {
  readonly pid1: boolean;
  /** `wrk`: a connection a request as with `close`, by wrk. */
  readonly load: Extract<LoadMode, 'close' | 'keep'> | 'wrk';
  readonly handovers: number;
  readonly broken: number;
  readonly concurrency: number;
  /** Milliseconds that each client rests before its next request. */
  readonly pauseMs: number;
  /** Seconds of min_ready at least; where there are few handovers, a slow machine can be given the time it needs. */
  readonly minReady?: number;
};

/** What a row did under a load, and everything that was not as it should be. */
export type History = {
  readonly load: Tally;
  readonly handovers: number;
  readonly broken: number;
  /** Milliseconds from the evidence of readiness to the first word to the former generation, without min_ready. */
  readonly own: readonly number[];
  /** Milliseconds of a whole handover, until the former generation was gone. */
  readonly took: readonly number[];
  /** Milliseconds in which no generation was there (`replace`). */
  readonly pauses: readonly number[];
  readonly wrong: readonly string[];
};

/** Seconds; small, so that fifty handovers take a minute, and long enough for a release that dies to die in them. */
const shortMinReady = 0.5;
const readyTimeout = 60;

/** Seconds for a release that will never be ready, and for it to go. */
const neverReadyTimeout = 2;
const neverReadyStop = 3;

type Loading = { readonly stop: () => void; readonly begun: Promise<void>; readonly result: Promise<Tally> };

/** Runs one row: handovers one after the other, with broken deploys between them, under a load that never tries again. */
export async function live(t: Ends, row: Row, terms: Terms): Promise<History> {
  const place: Place = { dir: scratch(t), port: await freePort() };
  const wrong: string[] = [];
  row.deploy(place, { name: 'r0', fault: null });
  const running = await start(t, {
    peer: 'legato',
    dir: place.dir,
    pid1: terms.pid1,
    programs: section(row, place, terms),
  });
  await untilRunning(running, 'web');
  // A command for each of sixty handovers would cost the shared machine more than the handovers do.
  const client = new Client({ serverurl: `unix://${place.dir}/s.sock`, username: null, password: null });
  const url = `http://127.0.0.1:${place.port}/`;
  await until(`${row.service} to answer`, () => answers(url), { limit: 60_000, evidence: running.evidence });
  const before = {
    socket: socketOf(running, place.port),
    table: await settledTable(running, row.reloadsItself === true),
  };
  if (before.socket.length !== 1) wrong.push(`${before.socket.length} listener sockets before`);

  const load = loadOf(url, terms);
  await load.begun;
  const reports: HandoverReport[] = [];
  const plan = planOf(row, terms);
  let pid = await pidOf(client);
  for (const [index, fault] of plan.entries()) {
    row.deploy(place, { name: `r${index + 1}`, fault });
    const report = await handover(client, fault !== null && isNeverReady(row, fault) ? neverReadyTimeout : 0);
    const what = `${fault ?? 'a good release'}, r${index + 1}`;
    if (report === null || report.ok !== (fault === null)) {
      wrong.push(`${what}: ${report === null ? 'no report' : report.ok ? 'went live' : told(report)}`);
    }
    const now = await pidOf(client);
    if (fault !== null && now !== pid) wrong.push(`${what}: the current generation was touched`);
    pid = now;
    if (report !== null && fault === null) reports.push(report);
  }
  load.stop();
  const result = await load.result;
  const good = plan.flatMap((fault, index) => (fault === null ? [`r${index + 1}`] : []));
  const isNameless = row.isNameless === true || terms.load === 'wrk';
  const unseen = good.filter((name) => !isNameless && result.generations[name] === undefined);
  if (unseen.length > 0) wrong.push(`releases that never answered: ${unseen.join(', ')}`);
  const isOurs = row.reloadsItself !== true;
  if (isOurs && terms.load !== 'keep' && result.failed > 0)
    wrong.push(`${result.failed} failed requests: ${samples(result)}`);
  const socket = socketOf(running, place.port);
  if (isOurs && socket.join() !== before.socket.join())
    wrong.push(`another socket: ${before.socket.join()} → ${socket.join()}`);
  const left = await leftOver(running, before.table, row.reloadsItself === true);
  if (left !== '') wrong.push(`the process table is not as before: ${left}`);
  if (wrong.length > 0) keepEvidence(row, terms, running, wrong);
  return {
    load: result,
    handovers: good.length,
    broken: plan.length - good.length,
    own: reports.map((report) => ownOf(report, minReadyOf(row, terms))).filter((one) => one !== null),
    took: reports.map(({ steps }) => steps.at(-1)?.at ?? 0),
    pauses: reports.map(({ pause }) => pause).filter((pause) => pause > 0),
    wrong,
  };
}

function loadOf(url: string, { load: mode, concurrency, pauseMs }: Terms): Loading {
  if (mode === 'wrk') return startWrk(url, concurrency);
  return startLoad({ url, mode, concurrency, pauseMs, timeoutMs: 60_000 });
}

function minReadyOf(row: Row, { minReady = 0 }: Terms): number {
  return Math.max(row.minReady ?? shortMinReady, minReady);
}

function section(row: Row, place: Place, terms: Terms): string {
  const own = row.program(place);
  // A kept connection is never idle for long: its server is told to go nevertheless, and what it cuts is counted.
  const quiet = terms.load === 'keep' ? 1 : 20;
  const keys = {
    min_ready: minReadyOf(row, terms),
    ready_timeout: readyTimeout,
    stopwaitsecs: neverReadyStop,
    drain_timeout: terms.load === 'keep' ? 3 : 20,
    redirect_stderr: 'true',
    ...(own['listen'] === undefined ? {} : { quiet_timeout: quiet }),
    ...own,
  };
  return `[program:web]\n${Object.entries(keys)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')}`;
}

const isNeverReady = ({ outlives = [] }: Row, fault: Fault): boolean =>
  fault === 'never ready' || outlives.includes(fault);

/** The broken deploys spread evenly over the good ones, and each kind as often as the others. */
function planOf(row: Row, { handovers, broken }: Terms): (Fault | null)[] {
  const plan: (Fault | null)[] = [];
  const kinds = row.faults.length === 0 ? 0 : broken;
  let next = 0;
  for (let index = 1; index <= handovers; index += 1) {
    plan.push(null);
    for (; next < Math.floor((index * kinds) / handovers); next += 1) {
      plan.push(row.faults[next % row.faults.length] ?? null);
    }
  }
  // After the last broken one a good one, to see that it takes no harm.
  if (plan.at(-1) !== null) plan.push(null);
  return plan;
}

async function handover(client: Client, timeout: number): Promise<HandoverReport | null> {
  return listOf(await client.call('legato.handover', 'web', timeout, ''), handoverReport)[0] ?? null;
}

async function pidOf(client: Client): Promise<number> {
  return processStatus(await client.call('supervisor.getProcessInfo', 'web')).pid;
}

const told = ({ stage, reason, output }: HandoverReport): string =>
  `${stage}: ${reason} | ${output.slice(-3).join(' | ')}`;

/** null: the report has no such moments (`replace`). */
function ownOf({ steps }: HandoverReport, minReady: number): number | null {
  const ready = steps.find(({ step }) => step === 'ready');
  const end = steps.find(({ step }) => step === 'quiet' || step === 'draining');
  if (ready === undefined || end === undefined || end.at < ready.at) return null;
  return end.at - ready.at - minReady * 1000;
}

const samples = (result: Tally): string =>
  `${JSON.stringify(result.failures)} at ${result.samples
    .slice(0, 5)
    .map(({ atMs, phase, error }) => `${Math.round(atMs)} ms ${phase} ${error}`)
    .join(', ')}`;

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000), headers: { connection: 'close' } })).ok;
  } catch {
    return false;
  }
}

/** The inodes of the sockets that listen on the port, as the supervisor's network namespace has them. */
function socketOf(running: Running, port: number): string[] {
  const at = `:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`;
  return readFileSync(`/proc/${running.pid}/net/tcp`, 'utf8')
    .split('\n')
    .filter((line) => line.includes(at))
    .map((line) => line.trim().split(/\s+/)[9] ?? '');
}

/**
 * What runs, whatever its pids: the words of each process, sorted. The names of releases and generations are left out.
 * isByName: their names alone, for one that execs itself may have other words then.
 */
function tableOf(rows: readonly ProcessRow[], isByName: boolean): string[] {
  const own = rows.filter((row) => row.pid !== process.pid);
  return own
    .map((row) =>
      row.state === 'Z' ? `defunct ${row.comm}` : isByName ? row.comm : row.args.join(' ').replace(/#\d+/g, '#'),
    )
    .filter((line) => line !== '')
    .sort();
}

/** The table once it has been the same for half a second: servers fork their workers after they listen. */
async function settledTable(running: Running, isByName: boolean): Promise<string[]> {
  let last = '';
  let same = 0;
  return await until(
    'the process table to settle',
    () => {
      const table = tableOf(running.processes(), isByName);
      same = table.join('\n') === last ? same + 1 : 0;
      last = table.join('\n');
      return same >= 10 && table;
    },
    { every: 50 },
  );
}

/** Waits until the table is as it was; else how it differs. */
async function leftOver(running: Running, before: readonly string[], isByName: boolean): Promise<string> {
  const wanted = before.join('\n');
  try {
    await until('the same processes as before', () => tableOf(running.processes(), isByName).join('\n') === wanted, {
      limit: 30_000,
    });
    return '';
  } catch {
    const after = tableOf(running.processes(), isByName);
    const more = after.filter(
      (line, index) => after.indexOf(line) === index && count(after, line) > count(before, line),
    );
    const less = before.filter(
      (line, index) => before.indexOf(line) === index && count(before, line) > count(after, line),
    );
    return `more: ${more.join(' | ')}; less: ${less.join(' | ')}`;
  }
}

const count = (lines: readonly string[], line: string): number => lines.filter((one) => one === line).length;

/** The log of what went wrong, for whoever mends it: below build/. */
function keepEvidence(row: Row, { pid1, load }: Terms, running: Running, wrong: readonly string[]): void {
  const dir = join(import.meta.dirname, '../../build/handovers');
  mkdirSync(dir, { recursive: true });
  const file = join(dir, `${row.service}-${row.way}-${pid1 ? 'pid1' : 'plain'}-${load}.log`.replace(/[^\w.-]+/g, '_'));
  const output = readFileSync(join(running.dir, 'd.log'), 'utf8');
  writeFileSync(file, `${wrong.join('\n')}\n\n${printed(running.processes())}\n\n${output}\n${running.console()}`);
}
