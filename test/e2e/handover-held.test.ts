import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { freePort } from '../support/namespace/free-port.ts';
import { handover, setMinReady, treeOf, untilRunning } from '../support/namespace/handover.ts';
import { loadUntilEnd, noneFailed } from '../support/namespace/load.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, type Running, repository, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { isLong, lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'supervisor', 'python3');

/** A service named web on a port, and the file whose presence breaks its next generations. */
async function serve(
  t: TestContext,
  program: (port: number) => string,
): Promise<{ running: Running; broken: string; url: string }> {
  const port = await freePort();
  const dir = scratch(t);
  const broken = join(dir, 'broken');
  const programs = `[program:web]
listen=tcp://127.0.0.1:${port}
min_ready=0.5
environment=BROKEN="${broken}"
${program(port)}
`;
  const running = await start(t, { peer: 'legato', dir, programs });
  await untilRunning(running, 'web');
  return { running, broken, url: `http://127.0.0.1:${port}/` };
}

const services: readonly (readonly [string, (port: number) => string])[] = [
  [
    'that inherits its socket',
    () => `command=/usr/bin/python3 ${fixtures}/serves-its-descriptor.py
ready=notify`,
  ],
  [
    'that binds its address and dies on TERM in the middle of an answer',
    (port) => `command=/usr/bin/python3 ${fixtures}/serves-an-address.py ${port}
listen_mode=adopt`,
  ],
  [
    'of a master and workers with threads (gunicorn)',
    (port) =>
      `command=/usr/bin/gunicorn -b 127.0.0.1:${port} -w 2 -k gthread --threads 4 -c ${fixtures}/gunicorn_conf.py gunicorn_conf:app
directory=${fixtures}
listen_mode=adopt
ready=log:/beginning/`,
  ],
];

for (const [name, program] of services)
  test(`a service ${name} is broken again and again while settling, and no request fails`, {
    skip: missing,
  }, async (t) => {
    const { running, broken, url } = await serve(t, program);
    const load = loadUntilEnd(t, { url, mode: 'close', concurrency: 8, timeoutMs: 60_000 });
    await load.begun;
    const first = await handover(running, 'web');
    assert.equal(first.code, 0, JSON.stringify(first.report));
    // It crashes a moment after it was ready, and on a slow machine it takes its time until that is seen.
    await setMinReady(running, 120);
    for (let round = 0; round < (isLong ? 10 : 4); round += 1) {
      writeFileSync(broken, 'crashes');
      const { code, report } = await handover(running, 'web');
      assert.equal(code, 1, JSON.stringify(report));
      // On a slow machine it may be gone before anybody has seen that it was ready.
      assert.match(
        `${report.stage}: ${report.reason}`,
        /^(settling|readying): exit status 5 (after|before) it was ready$/,
      );
    }
    rmSync(broken);
    await setMinReady(running, 0.5);
    const last = await handover(running, 'web');
    assert.equal(last.code, 0, JSON.stringify(last.report));
    const result = await noneFailed(load);
    // The one that was there, the two that were committed, and none of those that broke.
    assert.equal(Object.keys(result.generations).length, 3, JSON.stringify(result.generations));
  });

test('a master that does not notice that its workers have died: seen from outside, and undone before the commit', {
  skip: missing,
}, async (t) => {
  const port = await freePort();
  const running = await start(t, {
    peer: 'legato',
    // So that a process of it can be ended from here.
    pid1: false,
    programs: `[program:web]
command=/usr/bin/python3 ${fixtures}/outlives-its-workers.py ${port}
listen=tcp://127.0.0.1:${port}
listen_mode=adopt
stopasgroup=true
min_ready=300
ready_timeout=300`,
  });
  const load = loadUntilEnd(t, {
    url: `http://127.0.0.1:${port}/`,
    mode: 'close',
    concurrency: 4,
    timeoutMs: 60_000,
  });
  await load.begun;
  const given = handover(running, 'web');
  const patience = { limit: 120_000, evidence: running.evidence };
  await until('the next one to wait', () => /#2 waits for connections/.test(running.log()), patience);
  const [, main] = /spawned #2 \(pid (\d+)\)/.exec(running.log()) ?? [];
  const worker = running.processes().find(({ ppid }) => ppid === Number(main));
  assert.ok(worker, running.evidence());
  process.kill(worker.pid, 'SIGKILL');
  const { code, report } = await given;
  assert.equal(code, 1, JSON.stringify(report));
  assert.match(
    `${report.stage}: ${report.reason}`,
    /^settling: none of its processes waits for connections any more, after it was ready$/,
  );
  load.stop();
  const result = await load.result;
  assert.equal(result.failed, 0, JSON.stringify(result.samples));
  assert.equal(Object.keys(result.generations).length, 1, JSON.stringify(result.generations));
});

test('one that is busy when its time to settle is over is committed when it waits again, and not if it ends', {
  skip: missing,
}, async (t) => {
  const minReady = 3;
  const port = await freePort();
  const dir = scratch(t);
  // The fourth generation never waits.
  const running = await start(t, {
    peer: 'legato',
    dir,
    programs: `[program:web]
command=/bin/sh -c 'exec /usr/bin/python3 ${fixtures}/turns-busy.py ${port} $(case %(generation)s in 4) echo at-once;; esac)'
environment=BUSY="${dir}/busy.%(generation)s",BROKEN="${dir}/broken.%(generation)s"
listen=tcp://127.0.0.1:${port}
listen_mode=adopt
min_ready=${minReady}
ready_timeout=300`,
  });
  const patience = { limit: 120_000, evidence: running.evidence };
  /** Hands over to a generation that is busy from its readiness on, until its time to settle is long over. */
  const handOverBusy = async (generation: number, end: 'broken' | 'well'): ReturnType<typeof handover> => {
    const busy = join(dir, `busy.${generation}`);
    if (generation === 4) writeFileSync(busy, '');
    const given = handover(running, 'web');
    const waits = (): boolean => generation === 4 || running.log().includes(`#${generation} waits for connections`);
    await until('the next one to wait', waits, patience);
    writeFileSync(busy, '');
    await until('it to be busy', () => running.log().includes(`#${generation} does not wait`), patience);
    await setTimeout((minReady + 1) * 1000);
    assert.ok(!running.log().includes(`committed #${generation}`), running.log());
    if (end === 'broken') writeFileSync(join(dir, `broken.${generation}`), '');
    rmSync(busy);
    return given;
  };
  const lost = await handOverBusy(2, 'broken');
  assert.equal(lost.code, 1, JSON.stringify(lost.report));
  assert.equal(`${lost.report.stage}: ${lost.report.reason}`, 'settling: exit status 3 after it was ready');
  const won = await handOverBusy(3, 'well');
  assert.equal(won.code, 0, JSON.stringify(won.report));
  const neverWaited = await handOverBusy(4, 'broken');
  assert.equal(neverWaited.code, 1, JSON.stringify(neverWaited.report));
});

test('without listen_hold a next generation answers before its commit', { skip: missing }, async (t) => {
  const { running, url } = await serve(
    t,
    (port) => `command=/usr/bin/python3 ${fixtures}/serves-an-address.py ${port}
listen_mode=adopt
listen_hold=false
min_ready=600`,
  );
  const load = loadUntilEnd(t, { url, mode: 'close', concurrency: 4, timeoutMs: 60_000 });
  await load.begun;
  const given = handover(running, 'web');
  await until('both to answer', () => Promise.resolve(running.log().includes('ready #2')), running);
  await until(
    'the next one to have a connection',
    async () => /#2 \(next\).* [1-9]\d+ accepted/.test((await running.legatoctl('tree', 'web')).stdout),
    running,
  );
  await running.legatoctl('handover', '--abort', 'web');
  assert.equal((await given).code, 1);
  load.stop();
  assert.equal(Object.keys((await load.result).generations).length, 2);
});

test('kept connections are served by the quiet generation until its stop signal, and none is cut when that ends them well', {
  skip: missing,
}, async (t) => {
  const { running, url } = await serve(
    t,
    (port) => `command=${process.execPath} ${fixtures}/serves-kept-connections.ts ${port}
listen_mode=adopt
min_ready=2
quiet_timeout=1
drain_timeout=120`,
  );
  const load = loadUntilEnd(t, { url, mode: 'keep', concurrency: 4, timeoutMs: 60_000 });
  await load.begun;
  for (let round = 0; round < 2; round += 1) {
    const { code, report } = await handover(running, 'web');
    assert.equal(code, 0, JSON.stringify(report));
    const steps = report.steps.filter(({ generation }) => generation === report.from);
    assert.deepEqual(
      steps.map(({ step }) => step),
      ['quiet', 'waiting', 'draining', 'drained', 'gone'],
      JSON.stringify(steps),
    );
    assert.equal(steps[1]?.detail, 'for 4 open connections');
    assert.ok((steps[2]?.at ?? 0) - (steps[0]?.at ?? 0) >= 1000, 'the whole time, for clients keep their connections');
    assert.equal(steps[3]?.detail, 'exit status 0');
  }
  load.stop();
  const result = await load.result;
  assert.equal(result.failed, 0, JSON.stringify(result.samples));
  assert.equal(Object.keys(result.generations).length, 3, JSON.stringify(result.generations));
});

test('--dry-run says what the preload library will do, or why it cannot', { skip: missing }, async (t) => {
  const [one, two, three] = [await freePort(), await freePort(), await freePort()];
  const running = await start(t, {
    peer: 'legato',
    programs: `[program:reached]
command=/usr/bin/python3 ${fixtures}/serves-an-address.py ${one}
listen=127.0.0.1:${one}
listen_mode=adopt

[program:given]
command=/usr/bin/python3 ${fixtures}/serves-its-descriptor.py
listen=127.0.0.1:${two}
listen_hold=false
autostart=false

[program:static]
command=${repository}/bin/legato-init -- /bin/true
listen=127.0.0.1:${three}
autostart=false
`,
  });
  const said = await running.legatoctl('handover', '--dry-run', 'reached', 'given', 'static');
  assert.match(said.stdout, /\(adopt; preload for glibc: held until the commit, counted and quieted\)/);
  assert.match(said.stdout, /\(fds; preload for glibc: counted and quieted\)/);
  assert.match(said.stdout, /\(fds; no preload: static\)/);
});

test('a program that clears the variables is handed over as without the library', { skip: missing }, async (t) => {
  const { running, url } = await serve(
    t,
    () => `command=/bin/sh -c 'unset LD_PRELOAD LEGATO_ADOPT; export LISTEN_PID=$$; exec /usr/bin/python3 ${fixtures}/serves-its-descriptor.py'
ready=notify`,
  );
  const load = loadUntilEnd(t, { url, mode: 'close', concurrency: 4, timeoutMs: 60_000 });
  await load.begun;
  const { code, report } = await handover(running, 'web');
  assert.equal(code, 0, JSON.stringify(report));
  load.stop();
  assert.equal((await load.result).failed, 0);
});

test('one that has got rid of the library and is too busy to be seen waiting is not taken for one that has lost its workers', {
  skip: missing,
}, async (t) => {
  const [port, dir] = [await freePort(), scratch(t)];
  writeFileSync(join(dir, 'plan'), 'snatch');
  const running = await start(t, {
    peer: 'legato',
    dir,
    programs: `[program:web]
command=/usr/bin/env -u LD_PRELOAD -u LEGATO_ADOPT /usr/bin/python3 ${fixtures}/follows-its-plan.py
environment=PLAN="${dir}/plan"
listen=tcp://127.0.0.1:${port}
ready=listening
ready_timeout=300
min_ready=3
`,
  });
  const visit = (): void => {
    const client = connect({ host: '127.0.0.1', port });
    t.after(() => client.destroy());
  };
  const snatched = async (count: number): Promise<boolean> =>
    (await running.ctl('tail', 'web')).stdout.match(/^snatched$/gm)?.length === count;
  // Each generation takes one connection and keeps it: the second is the next one's, while that settles.
  await until('the first one to wait', async () => /ready: /.test(await treeOf(running, 'web')), running);
  visit();
  await until('it to have a connection', () => snatched(1), running);
  const given = handover(running, 'web');
  await until('the next one to be ready', () => /'web:web': ready #2/.test(running.log()), running);
  visit();
  await until('it to have the other', () => snatched(2), running);
  const { code, report } = await given;
  assert.equal(code, 0, JSON.stringify(report));
});
