import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nobodyDefunct, roleOf, startApp } from '../support/namespace/app-test.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'supervisor', 'celery', 'invoke', 'redis');
const handovers = 2;
const tasksEach = 100;

test('a Celery worker of an unchanged file is handed over with tasks in flight: each is done exactly once', {
  skip: missing,
}, async (t) => {
  const app = await startApp(t, 'legato');
  const { running, redis } = app;
  const patience = { limit: 120_000, every: 50, evidence: running.evidence };
  await until('the worker to be ready', () => app.ready('worker') > 0, patience);
  const running3 = async (): Promise<boolean> =>
    /^app-test:worker +RUNNING/m.test(await running.status('app-test:worker'));
  await until('the worker to be RUNNING', running3, patience);

  const plan = await running.legatoctl('handover', 'app-test:worker', '--dry-run');
  assert.match(plan.stdout, /^app-test:worker: overlap: /);
  assert.match(plan.stdout, /both generations have the node name direct@%h/);

  for (let round = 0; round < handovers; round += 1) {
    const pid = (await running.ctl('pid', 'app-test:worker')).stdout;
    await app.produce('direct', round * tasksEach + 1, (round + 1) * tasksEach);
    const { code, stdout } = await running.legatoctl('handover', 'app-test:worker');
    assert.equal(code, 0, stdout);
    assert.notEqual((await running.ctl('pid', 'app-test:worker')).stdout, pid);
  }
  const numbers = async (): Promise<number[]> =>
    [...(await redis.ask('LRANGE', 'done', '0', '-1')).matchAll(/^\d+(?=\r$)/gm)].map((match) => Number(match[0]));
  const all = handovers * tasksEach;
  await until('every task to be done', async () => new Set(await numbers()).size >= all, patience);
  const done = (await numbers()).sort((a, b) => a - b);
  assert.deepEqual(
    done,
    Array.from({ length: all }, (_, index) => index + 1),
  );

  const rows = running.processes();
  assert.equal(
    rows.filter((row) => roleOf(row) === 'worker').length,
    3,
    'one tree of the worker is left: its main process and two of its pool',
  );
  await nobodyDefunct(running);
});
