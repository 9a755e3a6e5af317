import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { HandoverReport } from '../../src/control/contract.ts';
import { handoverReport } from '../../src/control/handover-reply.ts';
import { listOf } from '../../src/control/replies.ts';
import type { Value } from '../../src/control/value.ts';
import { freePort } from '../support/namespace/free-port.ts';
import { loadOn, noneFailed } from '../support/namespace/load.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, type Running, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

/* What happens to a roll over several processes that is stopped, or overtaken, when it has come half of its way. */

const missing = lacking('root', 'namespaces', 'supervisor', 'python3');
const fleet = ['app:web_0', 'app:web_1', 'app:web_2'];

type Rolling = {
  readonly running: Running;
  readonly port: number;
  /** The roll, at a standstill: the first process has committed, the next generation of the second is never ready. */
  readonly roll: Promise<readonly HandoverReport[]>;
  readonly mend: () => void;
};

async function halfWay(t: TestContext): Promise<Rolling> {
  const [port, dir] = [await freePort(), scratch(t)];
  const programs = `[group:app]
programs=web
[program:web]
command=/usr/bin/python3 ${fixtures}/serves-its-descriptor.py
numprocs=3
process_name=web_%(process_num)d
listen=tcp://127.0.0.1:${port}
ready=notify
min_ready=0.5
ready_timeout=600
environment=BROKEN="${dir}/broken-%(process_num)d"
`;
  const running = await start(t, { peer: 'legato', dir, programs });
  const isUp = async (): Promise<boolean> => (await pids(running)).length === fleet.length;
  await until('all to be RUNNING', isUp, running);
  const broken = join(dir, 'broken-1');
  writeFileSync(broken, 'never');
  const roll = rolled(running);
  await until('the second to be begun', () => /'app:web_1': spawned #/.test(running.log()), running);
  return { running, port, roll, mend: () => rmSync(broken) };
}

async function rolled(running: Running): Promise<readonly HandoverReport[]> {
  const { stdout } = await running.legatoctl('handover', '--json', ...fleet);
  const read: unknown = JSON.parse(stdout);
  return listOf(read as Value, handoverReport);
}

async function pids(running: Running): Promise<string[]> {
  const { stdout } = await running.ctl('status');
  return [...stdout.matchAll(/ RUNNING +pid (\d+)/g)].map(([, pid = '']) => pid);
}

const told = (reports: readonly HandoverReport[]): string[] =>
  reports.map(({ name, ok, reason }) => `${name}: ${ok ? 'handed over' : reason}`);

test('--abort in the middle of a roll: the first keeps what it has, the others are as they were', {
  skip: missing,
}, async (t) => {
  const { running, port, roll, mend } = await halfWay(t);
  const load = loadOn(t, port);
  await load.begun;
  const before = await pids(running);
  const aborted = await running.legatoctl('handover', '--abort', 'app:*');
  assert.equal(aborted.code, 0, aborted.stderr);
  assert.deepEqual(told(await roll), [
    'app:web_0: handed over',
    'app:web_1: aborted',
    'app:web_2: not tried: app:web_1 failed',
  ]);
  assert.deepEqual(await pids(running), before);
  mend();
  assert.deepEqual(
    told(await rolled(running)),
    fleet.map((name) => `${name}: handed over`),
  );
  await noneFailed(load);
});

test('a roll that is asked for while another is half of its way takes its place, process by process', {
  skip: missing,
}, async (t) => {
  const { running, port, roll, mend } = await halfWay(t);
  const load = loadOn(t, port);
  await load.begun;
  const before = await pids(running);
  mend();
  const later = rolled(running);
  assert.deepEqual(told(await roll), [
    'app:web_0: handed over',
    'app:web_1: superseded',
    'app:web_2: not tried: app:web_1 failed',
  ]);
  assert.deepEqual(
    told(await later),
    fleet.map((name) => `${name}: handed over`),
  );
  const after = await pids(running);
  assert.equal(new Set([...before, ...after]).size, 2 * fleet.length, 'every one is another process');
  load.stop();
  const result = await load.result;
  assert.equal(result.failed, 0, JSON.stringify(result.samples));
  const services = running.processes().filter(({ args }) => args.some((word) => word.endsWith('descriptor.py')));
  assert.equal(services.length, fleet.length, 'nothing of the one that was overtaken is left');
});
