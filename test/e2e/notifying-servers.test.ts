import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort } from '../support/namespace/free-port.ts';
import { handover, treeOf, untilRunning } from '../support/namespace/handover.ts';
import { loadOn, noneFailed } from '../support/namespace/load.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

test('gunicorn says READY=1 before it has loaded its application: min_ready finds out that it could not', {
  skip: lacking('root', 'namespaces', 'supervisor', 'gunicorn'),
}, async (t) => {
  const dir = scratch(t);
  const app = (text: string): void => writeFileSync(join(dir, 'app.py'), text);
  const good = 'def app(environ, start):\n  start("200 OK", [])\n  return [b"here"]\n';
  app(good);
  const programs = `[program:web]
command=/usr/bin/gunicorn --no-sendfile -b unix:${dir}/web-%(generation)s.sock app:app
directory=${dir}
environment=PYTHONDONTWRITEBYTECODE="1"
handover=overlap
ready=notify
min_ready=20
startsecs=0
`;
  const running = await start(t, { peer: 'legato', dir, programs });
  await untilRunning(running, 'web');
  await until('the first one to say so', async () => /ready: notify/.test(await treeOf(running, 'web')), {
    limit: 60_000,
    evidence: running.evidence,
  });
  const pid = (await running.ctl('pid', 'web')).stdout;
  app('import nothing_of_that_name\n');
  const { code, report } = await handover(running, 'web');
  assert.equal(code, 1, JSON.stringify(report));
  assert.deepEqual([report.stage, report.reason], ['settling', 'exit status 3 after it was ready']);
  assert.ok(report.steps.some(({ step, detail }) => step === 'ready' && detail === 'notify'));
  assert.ok(
    report.says.some(({ status }) => status === 'Gunicorn arbiter booted'),
    JSON.stringify(report.says),
  );
  assert.ok(
    report.output.some((line) => line.includes('nothing_of_that_name')),
    report.output.join('\n'),
  );
  assert.equal((await running.ctl('pid', 'web')).stdout, pid);
});

test('HAProxy in its master-worker mode says that it is ready, and drains on USR1: nothing fails', {
  skip: lacking('root', 'namespaces', 'supervisor', 'haproxy'),
}, async (t) => {
  const [port, dir] = [await freePort(), scratch(t)];
  const file = join(dir, 'haproxy.cfg');
  const text = `global
defaults
  mode http
  timeout client 10s
  timeout connect 10s
  timeout server 10s
frontend here
  bind 127.0.0.1:${port}
  http-request return status 200 content-type text/plain string "1"
`;
  writeFileSync(file, text);
  const programs = `[program:web]
command=/usr/sbin/haproxy -Ws -f ${file}
listen=tcp://127.0.0.1:${port}
listen_mode=adopt
ready=notify
check_command=/usr/sbin/haproxy -c -q -f ${file}
drain_signal=USR1
min_ready=0.2
startsecs=0
`;
  const running = await start(t, { peer: 'legato', dir, programs });
  await untilRunning(running, 'web');
  await until('the first one to say so', async () => /ready: notify/.test(await treeOf(running, 'web')), {
    limit: 60_000,
    evidence: running.evidence,
  });
  const load = loadOn(t, port, 4);
  await load.begun;
  for (let round = 0; round < 2; round += 1) {
    const { code, report } = await handover(running, 'web');
    assert.equal(code, 0, JSON.stringify(report));
    assert.match(report.steps.find(({ step }) => step === 'ready')?.detail ?? '', /^notify, adopt: /);
  }
  writeFileSync(file, text.replace('mode http', 'mode nothing'));
  const broken = await handover(running, 'web');
  assert.deepEqual([broken.code, broken.report.stage], [1, 'preflight']);
  await noneFailed(load);
});
