import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { commands } from '../support/namespace/process-table.ts';
import { jobs, type Setting, startQueueWork } from '../support/namespace/queue-work.ts';
import { repository } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

/** The BullMQ worker with its packages, which are fetched once; null: this machine reaches no registry. */
function bullmq(): string | null {
  const home = join(repository, 'build/bullmq');
  if (existsSync(join(home, 'node_modules/bullmq'))) return home;
  mkdirSync(home, { recursive: true });
  cpSync(join(jobs, 'bullmq'), home, { recursive: true });
  try {
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: home,
      timeout: 600_000,
      stdio: 'ignore',
    });
    return home;
  } catch {
    return null;
  }
}

/** The jobs, in seconds the shortest and the longest of them, and how often their worker is handed over meanwhile. */
type Jobs = { readonly total: number; readonly shortest: number; readonly longest: number; readonly handovers: number };

async function isHandedOver(
  { total, shortest, longest, handovers }: Jobs,
  t: Parameters<typeof startQueueWork>[0],
  setting: Setting,
  main: string,
): Promise<void> {
  const work = await startQueueWork(t, setting);
  const { running } = work;
  const plan = await running.legatoctl('handover', 'worker', '--dry-run');
  assert.match(plan.stdout, /^worker: overlap: /);
  // Some before each handover and after the last: whatever a machine takes for one, each generation has its own.
  const share = Math.ceil(total / (handovers + 1));
  const produce = (round: number): Promise<void> =>
    work.produce(round * share + 1, Math.min(total, (round + 1) * share), shortest, longest);
  for (let round = 0; round < handovers; round += 1) {
    await produce(round);
    const report = await work.handOver();
    assert.doesNotMatch(report, /killed|overdue/, report);
  }
  await produce(handovers);
  const { done, started, lost, doubles, workers } = await work.finished(total, 300_000);
  assert.deepEqual({ done, started, lost, doubles }, { done: total, started: total, lost: [], doubles: [] });
  assert.ok(workers.length >= 3, `several generations did them: ${workers.join(' ')}`);
  assert.doesNotMatch(running.log(), /SIGKILL/);
  // The last job's own process, which RQ forks with the worker's command line, ends after the job is done.
  const isAlone = (): boolean => {
    const rows = running.processes();
    return commands(rows, main).length === 1 && rows.every((row) => row.state !== 'Z');
  };
  await until('one worker to be left, and nobody defunct', isAlone, running);
}

const short = { total: 120, shortest: 0.05, longest: 0.5, handovers: 5 };

describe('a queue worker is handed over with jobs in flight: each is done exactly once, nobody is killed', () => {
  test('RQ', { skip: lacking('root', 'namespaces', 'supervisor', 'rq', 'redis') }, async (t) => {
    await isHandedOver(
      { ...short, total: 60 },
      t,
      {
        command: "/bin/sh -c 'exec /usr/bin/rq worker --url %(ENV_REDIS_URL)s'",
        producer: ['/usr/bin/python3', 'rq_produce.py'],
      },
      '/usr/bin/rq worker',
    );
  });

  test('RQ while the jobs that redis hands over are on their way: at TERM it would have given up, and lost them', {
    skip: lacking('root', 'namespaces', 'supervisor', 'rq', 'redis'),
  }, async (t) => {
    await isHandedOver(
      { total: 60, shortest: 0, longest: 0.05, handovers: 5 },
      t,
      {
        command: '/usr/bin/rq worker --url %(ENV_WORKER_REDIS_URL)s',
        producer: ['/usr/bin/python3', 'rq_produce.py'],
        onItsWay: 300,
      },
      '/usr/bin/rq worker',
    );
  });

  test('Sidekiq', { skip: lacking('root', 'namespaces', 'supervisor', 'sidekiq', 'redis') }, async (t) => {
    await isHandedOver(
      short,
      t,
      { command: '/usr/bin/sidekiq -r ./sidekiq_jobs.rb -c 2', producer: ['/usr/bin/ruby', 'sidekiq_produce.rb'] },
      'sidekiq 6',
    );
  });

  test('Sidekiq with jobs longer than its -t, which a TERM would give back to the queue', {
    skip: lacking('root', 'namespaces', 'supervisor', 'sidekiq', 'redis'),
  }, async (t) => {
    await isHandedOver(
      { total: 10, shortest: 6, longest: 9, handovers: 2 },
      t,
      { command: '/usr/bin/sidekiq -r ./sidekiq_jobs.rb -c 2 -t 1', producer: ['/usr/bin/ruby', 'sidekiq_produce.rb'] },
      'sidekiq 6',
    );
  });

  test('BullMQ', { skip: lacking('root', 'namespaces', 'supervisor', 'redis') }, async (t) => {
    const home = bullmq();
    if (home === null) return t.skip('npm cannot fetch bullmq here');
    await isHandedOver(
      short,
      t,
      {
        command: `${process.execPath} worker.js`,
        keys: 'queue=bullmq\nready=log:/takes jobs/',
        producer: [process.execPath, 'produce.js'],
        directory: home,
      },
      'worker.js',
    );
  });
});
