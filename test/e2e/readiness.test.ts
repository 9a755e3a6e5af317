import assert from 'node:assert/strict';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { renewBrain } from '../support/namespace/brain-death.ts';
import { freePort, isFree } from '../support/namespace/free-port.ts';
import { handover, treeOf, untilRunning } from '../support/namespace/handover.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, type Running, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'supervisor', 'python3');

type Service = { readonly running: Running; readonly dir: string; readonly plan: (...lines: string[]) => void };

/** A program `web` that follows a plan, RUNNING with the first one. */
async function service(t: TestContext, keys: string, ...first: string[]): Promise<Service> {
  const dir = scratch(t);
  const plan = (...lines: string[]): void => writeFileSync(join(dir, 'plan'), lines.join('\n'));
  plan(...first);
  const head = `[program:web]\ncommand=/usr/bin/python3 ${fixtures}/follows-its-plan.py\nhandover=overlap\nmin_ready=0.1\nstartsecs=0\n`;
  const programs = `${head}environment=PLAN="${dir}/plan",GENERATION="%(generation)s",SLOT="%(generation_slot)s"\n${keys.replaceAll('DIR', dir)}\n`;
  const running = await start(t, { peer: 'legato', dir, programs });
  await untilRunning(running, 'web');
  return { running, dir, plan };
}

/** Until the first generation has shown that it is ready. */
async function untilReady({ running }: Service): Promise<void> {
  await until('the first generation to be ready', async () => /ready: /.test(await treeOf(running, 'web')), running);
}

// Side by side: most of their time is that of limits which must run out.
describe('readiness', { concurrency: 6 }, () => {
  for (const [kind, ready, answering, silent, reason, limit = 10] of [
    ['an http probe', 'http://127.0.0.1:PORT/up', 'serve PORT 204', 'serve PORT 503', /up: HTTP 503$/, 20],
    ['a tcp probe', 'tcp://localhost:PORT', 'listen PORT', 'print x', /ECONNREFUSED$/],
    [
      'a unix probe',
      'unix:DIR/own.sock',
      'unix DIR/own.sock',
      'print x',
      /own.sock: (ECONNREFUSED|.* none of its own)$/,
    ],
    ['a file', 'file:DIR/ready', 'touch DIR/ready', 'print x', /is older than the generation$/],
    ['a command', 'command:test -e DIR/up', 'touch DIR/up', 'print x', /command test -e .*: exit status 1$/],
  ] as const) {
    test(`${kind} says when a generation is ready, and why it is not`, { skip: missing }, async (t) => {
      const port = String(await freePort());
      const fill = (text: string, dir: string): string => text.replaceAll('PORT', port).replaceAll('DIR', dir);
      const one = await service(
        t,
        `handover=replace\nready_timeout=60\nready=${ready.replaceAll('PORT', port)}`,
        'print beginning',
      );
      one.plan(fill(answering, one.dir));
      const good = await handover(one.running, 'web');
      assert.equal(good.code, 0, JSON.stringify(good.report));
      assert.ok(good.report.steps.some(({ step, detail }) => step === 'ready' && detail !== ''));
      one.plan(fill(silent, one.dir));
      rmSync(join(one.dir, 'up'), { force: true });
      // Where the program must have come to a point to be refused there, that has the time of a slow machine.
      const bad = await handover(one.running, 'web', '--timeout', `${limit}`);
      assert.equal(bad.code, 1);
      assert.ok(bad.report.reason.startsWith(`not ready within ${limit} s: `), bad.report.reason);
      assert.match(bad.report.reason, reason);
    });
  }

  test('an answer of the generation beside it is no evidence', { skip: missing }, async (t) => {
    const port = await freePort();
    const one = await service(t, `ready_timeout=60\nready=tcp://127.0.0.1:${port}`, `listen ${port}`);
    await untilReady(one);
    one.plan('print nothing listens here');
    const { code, report } = await handover(one.running, 'web', '--timeout', '5');
    assert.equal(code, 1);
    assert.match(report.reason, /is answered by a process that is none of its own$/);
  });

  test('each generation is asked at an endpoint that bears its number', { skip: missing }, async (t) => {
    const one = await service(t, 'ready=unix:DIR/own-%(generation)s.sock', 'print beginning');
    one.plan(`unix ${one.dir}/own-$GENERATION.sock`);
    for (const generation of [2, 3]) {
      const { code, report } = await handover(one.running, 'web');
      assert.equal(code, 0, JSON.stringify(report));
      const ready = report.steps.find(({ step }) => step === 'ready');
      assert.match(ready?.detail ?? '', new RegExp(`/own-${generation}\\.sock: connected$`));
    }
  });

  test('generations that overlap have ports of their own, in turn, over the death of a brain too', {
    skip: missing,
  }, async (t) => {
    let tens = 0;
    // Both must be free, not one of them alone.
    do tens = Math.floor((await freePort()) / 10);
    while (!((await isFree(tens * 10)) && (await isFree(tens * 10 + 1))));
    const at = `${tens}%(generation_slot)s`;
    const one = await service(t, `ready=http://127.0.0.1:${at}/up`, 'print beginning');
    one.plan(`serve ${tens}$SLOT 204`);
    const used: string[] = [];
    for (const round of [1, 2, 3, 4]) {
      const { code, report } = await handover(one.running, 'web');
      assert.equal(code, 0, JSON.stringify(report));
      used.push(/:(\d+)\/up/.exec(report.steps.find(({ step }) => step === 'ready')?.detail ?? '')?.[1] ?? '');
      if (round === 1) await renewBrain(one.running);
    }
    assert.deepEqual(used, [`${tens}1`, `${tens}0`, `${tens}1`, `${tens}0`]);
  });

  test('a generation that says READY=1 and does not take its socket fails, and the report says where it listens instead', {
    skip: missing,
  }, async (t) => {
    const [port, other] = [await freePort(), await freePort()];
    const one = await service(
      t,
      `listen=tcp://127.0.0.1:${port}\nready=notify\nready_timeout=60`,
      'accept',
      'say READY=1',
    );
    await untilReady(one);
    one.plan(`listen ${other}`, 'say READY=1');
    const { code, report } = await handover(one.running, 'web', '--timeout', '20');
    assert.equal(code, 1);
    assert.equal(
      report.reason,
      `not ready within 20 s: it said so (notify), but none of its processes took tcp://127.0.0.1:${port}; it listens on tcp://127.0.0.1:${other}`,
    );
  });

  for (const [kind, address] of [
    ['tcp', 'tcp://127.0.0.1:PORT'],
    ['unix', 'unix://DIR/web.sock'],
  ] as const) {
    test(`a busy server that never waits for its ${kind} socket is ready when it has accepted a connection`, {
      skip: missing,
    }, async (t) => {
      const port = await freePort();
      // Blocking, it is without the preload library, which would tell of the connection before that is looked for.
      const keys = `listen=${address.replace('PORT', String(port))}\nlisten_blocking=true\nready=listening\nready_timeout=300`;
      const one = await service(t, keys, 'answer 1000');
      const visit = (): void => {
        const client = connect(kind === 'tcp' ? { host: '127.0.0.1', port } : { path: join(one.dir, 'web.sock') });
        t.after(() => client.destroy());
      };
      // Each generation takes one: the first client is the first one's, the second is left to the next.
      visit();
      await untilReady(one);
      assert.match(await treeOf(one.running, 'web'), /^ {6}ready: listening \(a connection\)$/m);
      const given = handover(one.running, 'web');
      await until('the next one to be spawned', () => /: spawned #2 /.test(one.running.log()), one.running);
      visit();
      const { code, report } = await given;
      assert.equal(code, 0, JSON.stringify(report));
      assert.equal(report.steps.find(({ step }) => step === 'ready')?.detail, 'listening (a connection)');
    });
  }

  test('what a generation says of itself is heard: status, time, errno, barrier, its main process; descriptors are refused', {
    skip: missing,
  }, async (t) => {
    const one = await service(t, 'ready=notify\nready_timeout=15', 'say STATUS=warming up', 'say READY=1');
    await untilReady(one);
    assert.match(await treeOf(one.running, 'web'), /^ {6}ready: notify\n {6}says: warming up$/m);
    one.plan(
      'say EXTEND_TIMEOUT_USEC=300000000',
      'wait 16',
      'barrier',
      'child',
      'say FDSTORE=1|FDNAME=x',
      'say RELOADING=1|MONOTONIC_USEC=5',
      'say STATUS=serving|ERRNO=2|READY=1',
      'say MAINPID=1',
      'say STOPPING=1',
    );
    const { code, report } = await handover(one.running, 'web');
    assert.equal(code, 0, JSON.stringify(report));
    assert.deepEqual(report.says, [
      { generation: 1, status: 'warming up' },
      { generation: 2, status: 'serving' },
    ]);
    const said = (text: string) => until(`'${text}' in the log`, () => one.running.log().includes(text), one.running);
    await said('says it is stopping');
    for (const text of [
      'says it has failed with errno 2',
      'wants a descriptor kept (FDSTORE)',
      'says it is reloading',
      'says it has reloaded',
      'says its main process is 1, which is none of its own',
    ])
      await said(text);
    assert.match(one.running.log(), /says its main process is \d+$/m);
    assert.match((await one.running.ctl('tail', 'web')).stdout, /the barrier is passed/);
  });

  test('whom a generation names as its main process gets its drain signal, and the one that was started a second later', {
    skip: missing,
  }, async (t) => {
    const one = await service(t, 'ready=notify', 'child', 'say READY=1');
    await untilReady(one);
    const pid = Number((await one.running.ctl('pid', 'web')).stdout);
    const child = Number(/says its main process is (\d+)/.exec(one.running.log())?.[1]);
    one.plan('say READY=1');
    const { code, report } = await handover(one.running, 'web');
    assert.equal(code, 0, JSON.stringify(report));
    assert.match(
      one.running.log(),
      new RegExp(`SIGTERM for 'web:web' goes to pid ${child} \\(sleep 1000\\), below pid ${pid} \\(`),
    );
    assert.ok(report.steps.some(({ step, generation }) => step === 'gone' && generation === 1));
  });

  test('a missed watchdog gets the process SIGABRT and a successor', { skip: missing }, async (t) => {
    const one = await service(t, 'watchdog=3', 'touch begun', 'every 0.1 15 WATCHDOG=1', 'print silent now');
    await until('it to have read its plan', () => existsSync(join(one.running.dir, 'begun')), one.running);
    const pid = (await one.running.ctl('pid', 'web')).stdout;
    one.plan('print successor');
    await until(
      'a successor',
      async () => {
        const now = (await one.running.ctl('pid', 'web')).stdout;
        return now !== pid && Number(now) > 0;
      },
      { limit: 60_000, evidence: one.running.evidence },
    );
    assert.match(one.running.log(), /killing 'web' \(\d+\) with SIGABRT: no WATCHDOG=1 for 3 s/);
    assert.match(one.running.log(), /exited: web \(terminated by SIGABRT.*; not expected\)/);
  });
});
