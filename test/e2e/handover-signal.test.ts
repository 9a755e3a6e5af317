import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { HandoverReport } from '../../src/control/contract.ts';
import { handoverReport } from '../../src/control/handover-reply.ts';
import { listOf } from '../../src/control/replies.ts';
import type { Value } from '../../src/control/value.ts';
import { nobodyDefunct } from '../support/namespace/app-test.ts';
import { freePort } from '../support/namespace/free-port.ts';
import { setMinReady } from '../support/namespace/handover.ts';
import { loadOn, noneFailed } from '../support/namespace/load.ts';
import { startRedis } from '../support/namespace/redis.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, repository, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

/*
 * Programs that reload themselves on a signal: believed only where it was seen, refused where it would do harm or nothing.
 */

const missing = lacking('root', 'namespaces', 'supervisor', 'celery', 'redis', 'nginx', 'gunicorn', 'python3');
const patience = { limit: 60_000, every: 20 };

async function answers(port: number): Promise<string | undefined> {
  const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } }).catch(() => undefined);
  return answer?.ok === true ? await answer.text() : undefined;
}

function reports(text: string): readonly HandoverReport[] {
  const read: unknown = JSON.parse(text);
  return listOf(read as Value, handoverReport);
}

async function started(t: TestContext, programs: (dir: string, port: number) => string) {
  const dir = scratch(t);
  const port = await freePort();
  const running = await start(t, { peer: 'legato', dir, programs: programs(dir, port), env: { WEB_PORT: `${port}` } });
  return { dir, port, running, evidence: { ...patience, evidence: running.evidence } };
}

test('a web service that execs itself on HUP and leaves a defunct tracker: its fallback replaces it, and none is left', {
  skip: missing,
  timeout: 600_000,
}, async (t) => {
  const web = join(repository, 'examples/app-test/web.py');
  const { port, running, evidence } = await started(
    t,
    (_, address) => `[program:web]
command=/usr/bin/python3 ${web}
handover=signal:HUP
handover_fallback=overlap
reload_timeout=60
; In which its tracker has to see that it is alone, and to end.
min_ready=4
listen=tcp://127.0.0.1:${address}
listen_mode=adopt
`,
  );
  await until('the service to answer', () => answers(port), evidence);
  const plan = await running.legatoctl('handover', 'web', '--dry-run');
  assert.match(plan.stdout, /^web: signal: handover=signal:HUP is set\n {2}ready: pid \d+ \(.*web\.py\) must be seen/);
  for (let round = 1; round <= 2; round += 1) {
    const { code, stdout } = await running.legatoctl('handover', 'web');
    assert.equal(code, 0, `${stdout}\n${running.evidence()}`);
    assert.match(stdout, /proven \(pid \d+ has exec'ed itself\)/);
    assert.match(stdout, /failed \(settling: it has reloaded and left the defunct pid \d+ \[python3\]/);
    assert.match(stdout, /fallback \(overlap\)[^]*committed[^]*gone/);
    await nobodyDefunct(running);
    assert.match((await answers(port)) ?? '', /"lives": 1\b/, 'a new process serves');
  }
});

const nginx = (dir: string, port: number): string => `daemon off; master_process on; worker_processes 2;
error_log ${dir}/nginx-error.log; pid ${dir}/nginx.pid; events {}
http { access_log off; client_body_temp_path ${dir}/n; proxy_temp_path ${dir}/n; fastcgi_temp_path ${dir}/n; uwsgi_temp_path ${dir}/n;
scgi_temp_path ${dir}/n; server { listen 127.0.0.1:${port}; location / { return 200 "one"; } } }
`;

test('nginx reloads on HUP, proven by its new workers; with a broken configuration it fails and the old one serves on', {
  skip: missing,
  timeout: 600_000,
}, async (t) => {
  const { dir, port, running, evidence } = await started(t, (home, address) => {
    mkdirSync(join(home, 'n'));
    writeFileSync(join(home, 'nginx.conf'), nginx(home, address));
    return `[program:nginx]\ncommand=/usr/sbin/nginx -c ${home}/nginx.conf -p ${home}\nhandover=signal:HUP\nreload_timeout=60\n`;
  });
  await until('nginx to answer', () => answers(port), evidence);
  writeFileSync(join(dir, 'nginx.conf'), nginx(dir, port).replace('"one"', '"two"'));
  const good = await running.legatoctl('handover', '--json', 'nginx');
  assert.equal(good.code, 0, good.stdout);
  const [report] = reports(good.stdout);
  assert.ok(report);
  assert.deepEqual([report.ok, report.strategy, report.from, report.to], [true, 'signal', 1, 1]);
  assert.deepEqual(report.steps.map(({ step }) => step).slice(-3), ['signalled', 'proven', 'reloaded']);
  assert.match(
    report.steps.find(({ step }) => step === 'proven')?.detail ?? '',
    /2 new children of pid \d+ in the place of 2/,
  );
  assert.equal(await answers(port), 'two');

  writeFileSync(join(dir, 'nginx.conf'), 'this is no configuration');
  const bad = await running.legatoctl('handover', '--timeout', '3', 'nginx');
  assert.equal(bad.code, 1);
  assert.match(bad.stdout, /handover failed: proving: SIGHUP has had no effect within 3 s that could be seen/);
  assert.equal(await answers(port), 'two');
  assert.match((await running.ctl('status', 'nginx')).stdout, /RUNNING/);
});

const app = (text: string): string =>
  `print("loaded", flush=True)\ndef app(e, s):\n    s("200 OK", [])\n    return [b"${text}"]\n`;

test('gunicorn on HUP is observed: new workers; with a broken application it fails', {
  skip: missing,
  timeout: 600_000,
}, async (t) => {
  const { dir, port, running, evidence } = await started(t, (home, address) => {
    writeFileSync(join(home, 'app.py'), app('one'));
    return `[program:web]\ncommand=/usr/bin/gunicorn -w 2 -b 127.0.0.1:${address} app:app\ndirectory=${home}\nenvironment=PYTHONDONTWRITEBYTECODE="1"\nhandover=signal:HUP\nautorestart=false\nmin_ready=1\nreload_timeout=60\nstdout_logfile=${home}/web.out\n`;
  });
  // One that answers is not both: what of the other is only begun at the signal is none that was replaced.
  const loaded = (count: number): boolean =>
    existsSync(join(dir, 'web.out')) &&
    readFileSync(join(dir, 'web.out'), 'utf8').match(/^loaded$/gm)?.length === count;
  await until('both workers to have loaded', () => loaded(2), evidence);
  assert.equal(await answers(port), 'one');
  writeFileSync(join(dir, 'app.py'), app('two'));
  const good = await running.legatoctl('handover', 'web');
  assert.equal(good.code, 0, good.stdout);
  assert.match(good.stdout, /proven \(\d new children of pid \d+ in the place of 2\)/);
  assert.equal(await answers(port), 'two');
  // What the other has still to load must not be what is broken.
  await until('both new workers to have loaded', () => loaded(4), evidence);
  // It ends this one; on a slow machine that takes its time.
  await setMinReady(running, 120);
  writeFileSync(join(dir, 'app.py'), 'raise ImportError("broken")\n');
  const bad = await running.legatoctl('handover', 'web');
  assert.equal(bad.code, 1, bad.stdout);
  assert.match(
    bad.stdout,
    /handover failed: settling: (exit status 3 after the signal|what had come of it is gone again)/,
  );
});

test('refused: a signal that would end the process, and one that never arrives (su blocks HUP); below su Celery itself takes it', {
  skip: missing,
  timeout: 600_000,
}, async (t) => {
  const dir = scratch(t);
  const redis = await startRedis(t, dir);
  const running = await start(t, {
    peer: 'legato',
    dir,
    env: { REDIS_URL: redis.url, C_FORCE_ROOT: '1', PYTHONDONTWRITEBYTECODE: '1' },
    programs: `[program:sleeper]
command=/bin/sleep 1000
handover=signal:USR1
[program:worker]
command=su root -c "celery -A jobs worker -c 1 -f ${dir}/worker -Q q"
directory=${join(fixtures, 'wrapped')}
handover=signal:HUP
reload_timeout=120
[program:blocked]
command=su root -c "sleep 1000; true"
main=^su
handover=signal:HUP
`,
  });
  await until('the worker to be ready', async () => (await running.ctl('tail', 'worker')).stdout.includes('ready.'), {
    ...patience,
    evidence: running.evidence,
  });
  const dies = await running.legatoctl('handover', 'sleeper');
  assert.equal(dies.code, 1);
  assert.match(
    dies.stdout,
    /signalling: pid \d+ \(\/bin\/sleep 1000\) does not catch SIGUSR1: it would be terminated by it/,
  );
  const plan = await running.legatoctl('handover', 'blocked', '--dry-run');
  assert.match(plan.stdout, /warning: it would be refused: pid \d+ \(su .*\) blocks SIGHUP: it would have no effect/);
  const blocked = await running.legatoctl('handover', 'blocked');
  assert.equal(blocked.code, 1);
  assert.match(blocked.stdout, /signalling: pid \d+ \(su .*\) blocks SIGHUP: it would have no effect/);
  const before = (await running.ctl('pid', 'worker')).stdout;
  const reloaded = await running.legatoctl('handover', 'worker');
  assert.match(reloaded.stdout, /signalled \(SIGHUP to pid \d+ \(.*celery/);
  assert.match(reloaded.stdout, /proven \(pid \d+ has exec'ed itself\)/);
  assert.equal((await running.ctl('pid', 'worker')).stdout, before);
  assert.match((await running.ctl('status', 'sleeper')).stdout, /RUNNING/);
});

test('update gives a program with handover=signal its new command by a new process, and by its fallback without a failed request', {
  skip: missing,
  timeout: 600_000,
}, async (t) => {
  const { dir, port, running, evidence } = await started(t, (home, address) => {
    mkdirSync(join(home, 'n'));
    writeFileSync(join(home, 'nginx.conf'), nginx(home, address));
    return `[program:nginx]
command=/usr/sbin/nginx -c ${home}/nginx.conf -p ${home}
handover=signal:HUP
handover_fallback=overlap
listen=tcp://127.0.0.1:${address}
listen_mode=adopt
stopsignal=QUIT
reload_timeout=60
`;
  });
  await until('nginx to answer', () => answers(port), evidence);
  const load = loadOn(t, port, 4);
  await load.begun;
  const pid = async (): Promise<number> => Number((await running.ctl('pid', 'nginx')).stdout);
  const file = join(dir, 'c.conf');
  const rewrite = (from: string, to: string): void => writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));
  const first = await pid();
  rewrite('reload_timeout=60', 'reload_timeout=61');
  assert.equal((await running.legatoctl('update')).stdout, 'nginx: updated process group\n');
  assert.equal(await pid(), first, 'what is only about handovers needs no new process');

  rewrite(` -p ${dir}`, ` -p ${dir}/`);
  const updated = await running.legatoctl('update');
  assert.deepEqual([updated.code, updated.stdout], [0, 'nginx: updated process group\n'], running.log());
  const second = await pid();
  assert.notEqual(second, first, 'a signal brings no other command');
  assert.ok(
    running.processes().some(({ args }) => args.join(' ').includes(`-p ${dir}/`)),
    running.evidence(),
  );
  await until('the line in the log', () => /handover of 'nginx:nginx': committed #2/.test(running.log()), running);

  // What was not changed is signalled, as ever.
  const signalled = await running.legatoctl('handover', 'nginx');
  assert.match(signalled.stdout, /^nginx: handed over #2 → #2 \(signal/m, signalled.stdout);
  assert.equal(await pid(), second);
  await noneFailed(load);
  await until('the former one to be gone', () => !running.processes().some((row) => row.pid === first), evidence);
});
