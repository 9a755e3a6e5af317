import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { nobodyDefunct } from '../support/namespace/app-test.ts';
import { commands, environmentOf } from '../support/namespace/process-table.ts';
import { startQueueWork } from '../support/namespace/queue-work.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { textOf } from '../support/namespace/text-of.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'supervisor', 'celery', 'redis');
const handovers = 3;
const total = 200;

test('a Celery worker with default settings is handed over with tasks of every length in flight: each is done exactly once', {
  skip: missing,
}, async (t) => {
  // What a file in the wild says for a quick stop must not cut a drain.
  const keys = 'stopasgroup=true\nstopsignal=QUIT\nstopwaitsecs=1';
  const work = await startQueueWork(t, {
    command: '/usr/bin/celery -A jobs worker -c 4',
    keys,
    producer: ['/usr/bin/python3', 'produce.py'],
  });
  const { running, redis } = work;
  await work.produce(1, total, 0.05, 1);
  for (let round = 0; round < handovers; round += 1) {
    const report = await work.handOver();
    assert.match(report, /ready \(notify\)/, 'it says itself when it takes work');
    assert.match(report, /quiet.*\n.*draining \(SIGTERM to its main process\)/, report);
    assert.doesNotMatch(report, /killed|overdue/, report);
  }
  const { done, started, lost, doubles, workers } = await work.finished(total, 300_000);
  assert.deepEqual({ done, started, lost, doubles }, { done: total, started: total, lost: [], doubles: [] });
  assert.equal(await redis.ask('HLEN', 'unacked'), ':0\r\n');
  assert.ok(workers.length >= 2 && workers.every((name) => /^celery(-g\d+)?@/.test(name)), workers.join(' '));
  assert.doesNotMatch(running.log(), /SIGKILL/);
  const left = commands(running.processes(), 'celery -A jobs');
  assert.equal(left.length, 5, 'one tree: its main process and four of its pool');
  await nobodyDefunct(running);
});

test('a handover that is asked for while the worker still loads its program waits for it: it would go without its hook', {
  skip: missing,
}, async (t) => {
  const dir = scratch(t);
  const go = join(dir, 'go');
  const work = await startQueueWork(t, {
    dir,
    command: '/usr/bin/celery -A jobs worker -c 2',
    keys: 'startsecs=0\nready_timeout=120',
    producer: ['/usr/bin/python3', 'produce.py'],
    env: { LOADS_WHEN: go },
  });
  const { running } = work;
  assert.doesNotMatch(running.log(), /'worker:worker' is ready/, 'it is RUNNING and not ready');
  const asked = work.handOver();
  await until(
    'it to be waited for',
    () => running.log().includes("'worker:worker': waits for #1 to be ready"),
    running,
  );
  assert.doesNotMatch(running.log(), /handover of 'worker:worker': spawned #2/);
  writeFileSync(go, '');
  await asked;
  await until(
    'the line in the log',
    () => /'worker:worker' is ready \(notify\)[^]*handover of 'worker:worker': spawned #2/.test(running.log()),
    running,
  );
});

test('two quick handovers cut no task of the next worker that is not wanted any more, and do not wait for it', {
  skip: missing,
}, async (t) => {
  const total = 12;
  const work = await startQueueWork(t, {
    command: '/usr/bin/celery -A jobs worker -c 1 --prefetch-multiplier 1',
    keys: 'stopwaitsecs=1\nmin_ready=20',
    producer: ['/usr/bin/python3', 'produce.py'],
  });
  const { running, redis } = work;
  await work.produce(1, total, 4, 5);
  const first = running.legatoctl('handover', 'worker');
  const inHand = async (): Promise<number> =>
    Number((await redis.ask('LLEN', 'started')).slice(1)) - Number((await redis.ask('LLEN', 'done')).slice(1));
  await until('the next worker to have a task in hand', async () => (await inHand()) >= 2, {
    limit: 60_000,
    evidence: running.evidence,
  });
  await work.handOver();
  const { code, stdout } = await first;
  assert.equal(code, 1);
  assert.match(stdout, /settling: superseded/);
  await until('the line in the log', () => /worker:worker': draining #2[^]*committed #3/.test(running.log()), running);
  const { done, started, lost, doubles } = await work.finished(total, 300_000);
  assert.deepEqual({ done, started, lost, doubles }, { done: total, started: total, lost: [], doubles: [] });
  assert.doesNotMatch(running.log(), /SIGKILL/);
});

test('a Celery worker that is handed over while it reloads (HUP) goes when its tasks are done, and does not come back', {
  skip: missing,
}, async (t) => {
  const dir = scratch(t);
  const go = join(dir, 'go');
  const work = await startQueueWork(t, {
    dir,
    command: '/usr/bin/celery -A jobs worker -c 2 -l INFO',
    producer: ['/usr/bin/python3', 'produce.py'],
    // Until the former one has been told to go, however long the next one takes to be ready: without a task it would come back before that.
    env: { ENDS_WHEN: go },
  });
  const { running, redis } = work;
  await work.produce(1, 2, 0, 0);
  const begun = async (): Promise<boolean> => (await redis.ask('LLEN', 'started')) === ':2\r\n';
  await until('both tasks to begin', begun, running);
  assert.equal((await running.ctl('signal', 'HUP', 'worker')).stdout, 'worker: signalled\n');
  const asked = work.handOver();
  await until('the former one to be told', () => /'worker:worker': draining #1/.test(running.log()), {
    ...running,
    limit: 120_000,
  });
  writeFileSync(go, '');
  await until('the former one to go', () => running.log().includes("'worker:worker': drained #1"), running);
  assert.match(await asked, /#1 drained \(exit status 0\)/);
  const { done, lost, doubles } = await work.finished(2, 60_000);
  assert.deepEqual({ done, lost, doubles }, { done: 2, lost: [], doubles: [] });
  assert.equal(textOf(join(dir, 'worker.log')).match(/celery@\S+ ready\./g)?.length, 1);
  assert.equal(
    commands(running.processes(), 'celery -A jobs').length,
    3,
    'one tree: its main process and two of its pool',
  );
});

test('a Celery worker that reloads (HUP) again and again does each task exactly once, and drains as ever after it', {
  skip: missing,
}, async (t) => {
  const dir = scratch(t);
  const work = await startQueueWork(t, {
    dir,
    command: '/usr/bin/celery -A jobs worker -c 4 -l INFO',
    producer: ['/usr/bin/python3', 'produce.py'],
  });
  const { running, redis } = work;
  const readies = (): number => textOf(join(dir, 'worker.log')).match(/celery@\S+ ready\./g)?.length ?? 0;
  await until('the worker to be ready', () => readies() === 1, running);
  await work.produce(1, total, 0.05, 1);
  for (let round = 1; round <= handovers; round += 1) {
    await running.ctl('signal', 'HUP', 'worker');
    await until('the worker to be there again', () => readies() === 1 + round, running);
  }
  const [main] = commands(running.processes(), 'celery -A jobs');
  const environment = environmentOf(main?.pid ?? 0, `/proc/${running.pid}/root/proc`);
  assert.match(environment, /\0?PYTHONPATH=[^\0]*hooks\/python/, 'it has its hook again');
  assert.doesNotMatch(await work.handOver(), /killed|overdue/);
  const { done, started, lost, doubles } = await work.finished(total, 300_000);
  assert.deepEqual({ done, started, lost, doubles }, { done: total, started: total, lost: [], doubles: [] });
  assert.equal(await redis.ask('HLEN', 'unacked'), ':0\r\n');
});

test('Celery beat and a worker with -B are replaced, and never run twice', { skip: missing }, async (t) => {
  const beat = `[program:beat]
command=/usr/bin/celery -A ticks beat --pidfile=%(ENV_RUN_DIR)s/beat.pid -s %(ENV_RUN_DIR)s/beat
stale_files=%(ENV_RUN_DIR)s/beat.pid
directory=%(ENV_QUEUES)s
redirect_stderr=true
[program:both]
command=/usr/bin/celery -A ticks worker -B -c 1 -s %(ENV_RUN_DIR)s/both
directory=%(ENV_QUEUES)s
environment=TICKS="both"
redirect_stderr=true
`;
  const { jobs } = await import('../support/namespace/queue-work.ts');
  const { DoublesWatch } = await import('../support/namespace/doubles.ts');
  const dir = scratch(t);
  // One that was killed leaves a pidfile, and its pid is another's: PID 1 lives in every container. With it beat ends at once.
  writeFileSync(join(dir, 'beat.pid'), '1\n');
  const work = await startQueueWork(t, {
    dir,
    command: '/usr/bin/celery -A ticks worker -c 1 -l INFO',
    producer: ['/usr/bin/python3', 'produce.py'],
    programs: beat,
    env: { QUEUES: jobs },
  });
  const { running } = work;
  const partOf = (line: string): string | undefined =>
    / beat /.test(line) ? 'beat' : / worker -B /.test(line) ? 'both' : undefined;
  const watch = new DoublesWatch(
    () => running.processes(),
    (row) => (row.state === 'Z' ? undefined : partOf(row.args.join(' '))),
  );
  t.after(() => watch.end());
  await until(
    'the line in the log',
    () => /removed stale file .*beat\.pid of 'beat:beat'/.test(running.log()),
    running,
  );
  for (const [name, queue] of [
    ['beat', 'ticks'],
    ['both', 'both'],
  ] as const) {
    const key = `${queue}.done`;
    const plan = await running.legatoctl('handover', name, '--dry-run');
    assert.match(plan.stdout, new RegExp(`^${name}: replace: .*Celery beat.*never run twice`));
    const ticks = async (): Promise<number> => Number((await work.redis.ask('LLEN', key)).slice(1));
    const more = async (than: number): Promise<true> =>
      until(`${name} to tick`, async () => (await ticks()) > than, {
        limit: 60_000,
        every: 50,
        evidence: running.evidence,
      });
    await more(0);
    // What was sent before anybody took it has no part in it.
    await until('what had waited to be done', async () => (await work.redis.ask('LLEN', queue)) === ':0\r\n', running);
    const [from, before] = [performance.now(), await ticks()];
    for (let round = 0; round < 3; round += 1) {
      const { code, stdout } = await running.legatoctl('handover', name);
      assert.equal(code, 0, `${stdout}\n${running.evidence()}`);
      assert.match(stdout, /without a generation/);
      await more(await ticks());
    }
    const seconds = (performance.now() - from) / 1000;
    const ticked = (await ticks()) - before;
    // One is on its way at the beginning; two schedulers at once would send two a second.
    assert.ok(ticked <= seconds + 2, `${ticked} ticks in ${seconds.toFixed(1)} s`);
    assert.ok(ticked >= 3, `${ticked} ticks`);
  }
  const { looks, doubles } = await watch.end();
  assert.ok(looks > 200, `${looks} looks`);
  assert.deepEqual(doubles, []);
  assert.doesNotMatch(running.log(), /SIGKILL/);
});
