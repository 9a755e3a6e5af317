import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { freePort } from '../support/namespace/free-port.ts';
import { handover, treeOf, untilRunning } from '../support/namespace/handover.ts';
import { loadOn } from '../support/namespace/load.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, type Running, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'supervisor', 'python3');

/** A program `web` that follows the plan in DIR/plan. */
async function service(t: TestContext, keys: string, plan: string): Promise<{ running: Running; dir: string }> {
  const dir = scratch(t);
  writeFileSync(join(dir, 'plan'), plan);
  const head = `[program:web]\ncommand=/usr/bin/python3 ${fixtures}/follows-its-plan.py\nmin_ready=0\nstartsecs=0\nready=notify\n`;
  const programs = `${head}environment=PLAN="${dir}/plan"\n${keys.replaceAll('DIR', dir)}\n`;
  const running = await start(t, { peer: 'legato', dir, programs });
  // RUNNING it is at once; what it is to do for its start it has done when it is ready.
  await until('it to be ready', async () => /ready: /.test(await treeOf(running, 'web')), running);
  return { running, dir };
}

const nginx = (dir: string, port: number, extra: string): string => `daemon off;
pid ${dir}/nginx.pid;
error_log stderr;
worker_processes 1;
events { worker_connections 256; }
http {
  access_log off;
  server { listen 127.0.0.1:${port}; location / { return 200 "here"; } }
  ${extra}
}
`;

test('a broken configuration of nginx is found by its check under load: nothing is started, nothing fails', {
  skip: lacking('root', 'namespaces', 'supervisor', 'nginx'),
}, async (t) => {
  const [port, dir] = [await freePort(), scratch(t)];
  const file = join(dir, 'nginx.conf');
  writeFileSync(file, nginx(dir, port, ''));
  const programs = `[program:web]
command=/usr/sbin/nginx -c ${file}
listen=tcp://127.0.0.1:${port}
listen_mode=adopt
check_command=/usr/sbin/nginx -t -c ${file}
drain_signal=QUIT
min_ready=0.2
`;
  const running = await start(t, { peer: 'legato', dir, programs });
  await untilRunning(running, 'web');
  const load = loadOn(t, port, 4);
  await load.begun;
  const first = await handover(running, 'web');
  assert.equal(first.code, 0, JSON.stringify(first.report));
  assert.equal(first.report.steps[0]?.step, 'checked');
  assert.ok(first.report.steps.some(({ detail }) => detail === 'SIGQUIT to its main process'));
  const pid = (await running.ctl('pid', 'web')).stdout;

  writeFileSync(file, nginx(dir, port, 'no_such_directive on;'));
  const { code, report } = await handover(running, 'web');
  load.stop();
  const result = await load.result;
  assert.equal(code, 1);
  assert.deepEqual([report.stage, report.to], ['preflight', 0]);
  assert.match(report.reason, /^check_command .*: exit status 1$/);
  assert.ok(
    report.output.some((line) => line.includes('unknown directive "no_such_directive"')),
    report.output.join('\n'),
  );
  assert.equal((await running.ctl('pid', 'web')).stdout, pid, 'the old one serves on');
  assert.equal(result.failed, 0, JSON.stringify(result.samples));
  assert.ok(result.succeeded > 50, `${result.succeeded} requests`);
  assert.equal(running.log().match(/spawned: 'web'/g)?.length, 2, 'nothing was spawned for it');
});

test('a check is given the held sockets as the program is: HAProxy looks at the descriptor that it is to listen on', {
  skip: lacking('root', 'namespaces', 'supervisor', 'haproxy'),
}, async (t) => {
  const [port, dir] = [await freePort(), scratch(t)];
  const file = join(dir, 'haproxy.cfg');
  writeFileSync(
    file,
    `defaults
  mode http
  timeout client 10s
frontend web
  bind "fd@\${WEB_FD}"
  http-request return status 200 content-type text/plain string "1"
`,
  );
  const programs = `[program:web]
command=/usr/sbin/haproxy -db -f ${file}
environment=WEB_FD="%(listen_fd_web)s"
listen=tcp://127.0.0.1:${port}
listen_dialect=systemd
check_command=/bin/sh -c "echo $LISTEN_FDS of $LISTEN_FDNAMES at %(listen_fd_web)s; exec /usr/sbin/haproxy -c -f ${file}"
stopsignal=USR1
`;
  const running = await start(t, { peer: 'legato', dir, programs });
  await untilRunning(running, 'web');
  const { code, report } = await handover(running, 'web');
  assert.equal(code, 0, JSON.stringify(report));
  assert.equal(report.steps[0]?.step, 'checked');
  await until('the line in the log', () => /'web:web' check_command: 1 of web at 3$/m.test(running.log()), running);
});

test('a check that does not end is killed with all it has started, and the handover fails', {
  skip: missing,
}, async (t) => {
  const keys = `check_timeout=5\ncheck_command=/bin/sh -c "echo checking; sleep 1000 & sleep 1000"`;
  const { running } = await service(t, keys, 'say READY=1');
  const { code, report } = await handover(running, 'web');
  assert.equal(code, 1);
  assert.match(report.reason, /not done within 5 s$/);
  assert.deepEqual(report.output, ['checking']);
  assert.deepEqual(
    running.processes().filter(({ comm }) => comm === 'sleep'),
    [],
  );
});

const checks = (running: Running): number => running.processes().filter(({ comm }) => comm === 'sleep').length;

test('a handover that is given up during its check ends all of the check; of two the latest goes on', {
  skip: missing,
}, async (t) => {
  const keys = `check_command=/bin/sh -c "test -e DIR/good || { sleep 1000 & sleep 1000; }"`;
  const { running, dir } = await service(t, keys, 'say READY=1');
  const pid = (await running.ctl('pid', 'web')).stdout;
  const first = handover(running, 'web');
  await until('the check to run', () => checks(running) === 2, running);
  const aborted = await running.legatoctl('handover', '--abort', 'web');
  assert.equal(aborted.code, 0, aborted.stderr);
  assert.equal(checks(running), 0, 'when that is answered nothing of it is left');
  const given = await first;
  assert.deepEqual([given.code, given.report.stage, given.report.reason], [1, 'preflight', 'aborted']);

  const second = handover(running, 'web');
  await until('the check to run again', () => checks(running) === 2, running);
  const third = handover(running, 'web');
  const { report } = await second;
  assert.deepEqual([report.ok, report.stage, report.reason], [false, 'preflight', 'superseded']);
  await until('the check of the third', () => checks(running) === 2, running);
  assert.equal((await running.ctl('pid', 'web')).stdout, pid, 'nothing was spawned for any of them');
  writeFileSync(join(dir, 'good'), '');
  const fourth = await handover(running, 'web');
  assert.equal(fourth.code, 0, JSON.stringify(fourth.report));
  assert.equal((await third).report.reason, 'superseded');
  assert.equal((await running.legatoctl('handover', '--abort', 'web')).code, 1, 'there is nothing to give up');
});

test('what is doubtful is said before a handover and in its report', { skip: missing }, async (t) => {
  const dir = scratch(t);
  mkdirSync(join(dir, 'logs'));
  const programs = `[program:web]
command=/bin/sh -c "sleep 1000"
listen=unix://${dir}/web.sock
stdout_logfile=${dir}/logs/web.log
startsecs=0
[program:adopts]
command=/usr/bin/env -i sleep 1000
listen=unix://${dir}/adopts.sock
listen_mode=adopt
autostart=false
`;
  const running = await start(t, { peer: 'legato', dir, programs });
  await untilRunning(running, 'web');
  renameSync(join(dir, 'logs'), join(dir, 'away'));
  const warnings = [
    "LISTEN_PID is the pid of sh -c, which is not the program's: put exec before it, or leave it out",
    `its log ${dir}/logs/web.log cannot be written: ENOENT (${dir}/logs)`,
  ];
  const { stdout } = await running.legatoctl('handover', '--dry-run', 'web');
  for (const warning of warnings) assert.ok(stdout.includes(`  warning: ${warning}\n`), stdout);
  const adopting = await running.legatoctl('handover', '--dry-run', 'adopts');
  assert.match(adopting.stdout, /warning: env -i takes LD_PRELOAD away, and legato's library with it/);
  const { report } = await handover(running, 'web', '--timeout', '1');
  for (const warning of warnings) assert.ok(report.warnings.includes(warning), report.warnings.join('\n'));
});

test('a command that cannot be started any more fails before anything is touched', { skip: missing }, async (t) => {
  const dir = scratch(t);
  const script = join(dir, 'service');
  writeFileSync(script, '#!/bin/sh\nexec sleep 1000\n', { mode: 0o755 });
  const running = await start(t, { peer: 'legato', dir, programs: `[program:web]\ncommand=${script}\nstartsecs=0\n` });
  await untilRunning(running, 'web');
  writeFileSync(`${script}.new`, '');
  renameSync(`${script}.new`, script);
  const { report } = await handover(running, 'web');
  assert.deepEqual([report.ok, report.stage], [false, 'preflight']);
  assert.match(report.reason, /service/);
  assert.match((await running.legatoctl('handover', '--dry-run', 'web')).stdout, /warning: it would fail: /);
  assert.match((await running.ctl('status', 'web')).stdout, /RUNNING/);
});

test('the quiet step: its signal, then its command until that says idle, then the stop signal', {
  skip: missing,
}, async (t) => {
  const keys = `handover=overlap
quiet_signal=USR1
quiet_command=/bin/sh -c "echo $LEGATO_PROCESS $LEGATO_GENERATION $LEGATO_PID >> DIR/asked; test -e DIR/idle"
quiet_timeout=3600`;
  const { running, dir } = await service(t, keys, 'deaf SIGUSR1\nsay READY=1');
  const pid = (await running.ctl('pid', 'web')).stdout.trim();
  const handing = handover(running, 'web');
  await until('the command to have been asked', () => existsSync(join(dir, 'asked')), running);
  await until(
    'the tree to tell what is waited for',
    async () =>
      /quieting for 0:\d\d:\d\d, waits for its quiet_command, 0:\d\d:\d\d left/.test(await treeOf(running, 'web')),
    running,
  );
  writeFileSync(join(dir, 'idle'), '');
  const { code, report } = await handing;
  assert.equal(code, 0, JSON.stringify(report));
  assert.match(readFileSync(join(dir, 'asked'), 'utf8'), new RegExp(`^web:web 1 ${pid}\n`));
  const order = report.steps.filter(({ generation }) => generation === 1).map(({ step }) => step);
  assert.deepEqual(order, ['quiet', 'draining', 'drained', 'gone']);
});

test('drain_policy=ask keeps who does not end, says so, and ends it when that is asked for', {
  skip: missing,
}, async (t) => {
  const keys = 'handover=overlap\ndrain_timeout=0.3\ndrain_policy=ask';
  const { running } = await service(t, keys, 'deaf SIGTERM\nsay READY=1');
  const { code, report } = await handover(running, 'web');
  assert.equal(code, 0, JSON.stringify(report));
  assert.equal(report.steps.at(-1)?.step, 'overdue');
  assert.match(await treeOf(running, 'web'), /overdue for 0:\d\d:\d\d, waits for handover --finish, without a limit/);
  const finished = await running.legatoctl('handover', '--finish', 'web');
  assert.equal(finished.code, 0, finished.stderr);
  await until('the old one to be gone', async () => !(await treeOf(running, 'web')).includes('draining'), running);
  const again = await running.legatoctl('handover', '--finish', 'web');
  assert.equal(again.code, 1, again.stdout);
});

test('a handover whose former generation has ended before the commit is over with the commit', {
  skip: missing,
}, async (t) => {
  const dir = scratch(t);
  const ready = join(dir, 'ready');
  const programs = `[program:web]
command=/bin/sleep 1003
handover=overlap
ready=file:${ready}
ready_timeout=600
drain_timeout=3600
min_ready=0.1
startsecs=0
`;
  const running = await start(t, { peer: 'legato', dir, pid1: false, programs });
  await untilRunning(running, 'web');
  const { stdout: first } = await running.ctl('pid', 'web');
  const asked = handover(running, 'web');
  await until('the next one', () => /handover of 'web:web': spawned #2/.test(running.log()), running);
  process.kill(Number(first), 'SIGKILL');
  await until('its end to be heard of', () => /exited: web/.test(running.log()), running);
  writeFileSync(ready, '');
  const { code, report } = await asked;
  assert.equal(code, 0, JSON.stringify(report));
  assert.match(await running.status('web'), /RUNNING/);
});

test('stale files are removed before a start while nothing lives, and nothing else is', {
  skip: missing,
}, async (t) => {
  const keys = 'handover=replace\nstale_files=DIR/run/web*.pid,DIR/elsewhere/x.pid\n';
  const { running, dir } = await service(t, keys, 'say READY=1');
  mkdirSync(join(dir, 'run'));
  mkdirSync(join(dir, 'run', 'web-directory.pid'));
  for (const name of ['web.pid', 'web-2.pid', 'other.pid']) writeFileSync(join(dir, 'run', name), '1');
  symlinkSync('other.pid', join(dir, 'run', 'web-link.pid'));
  const { code, report } = await handover(running, 'web');
  assert.equal(code, 0, JSON.stringify(report));
  const left = ['web.pid', 'web-2.pid', 'other.pid', 'web-directory.pid', 'web-link.pid'].filter((name) =>
    existsSync(join(dir, 'run', name)),
  );
  assert.deepEqual(left, ['other.pid', 'web-directory.pid', 'web-link.pid']);
  await until(
    'the line in the log',
    () => /removed stale file .*\/run\/web-2.pid of 'web:web'/.test(running.log()),
    running,
  );
  await until(
    'the line in the log',
    () => /cannot remove stale file .*\/run\/web-link.pid of 'web:web': it is a symbolic link/.test(running.log()),
    running,
  );
});
