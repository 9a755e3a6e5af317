import assert from 'node:assert/strict';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fastcgiLoad } from '../support/namespace/fastcgi.ts';
import { freePort, isFree } from '../support/namespace/free-port.ts';
import { untilRunning } from '../support/namespace/handover.ts';
import { heldInodes } from '../support/namespace/held-inodes.ts';
import { loadOn, noneFailed } from '../support/namespace/load.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'supervisor', 'python3');

const pool = (name: string, socket: string): string => `[fcgi-program:${name}]
command=/usr/bin/python3 ${fixtures}/answers-fastcgi.py
process_name=%(program_name)s_%(process_num)s
numprocs=2
socket=${socket}
`;

test('all members of an fcgi-program are restarted and handed over under load, and no request is lost', {
  skip: missing,
}, async (t) => {
  const dir = scratch(t);
  const path = join(dir, 'f.sock');
  const running = await start(t, {
    peer: 'legato',
    dir,
    programs: `${pool('app', `unix://${path}`)}socket_owner=nobody:nogroup\nsocket_mode=0770\nmin_ready=0.2\n`,
  });
  await until('both to run', async () => (await running.status()).match(/RUNNING/g)?.length === 2, running);
  const { mode, uid, gid } = statSync(path);
  assert.deepEqual([mode & 0o7777, uid, gid], [0o770, 65534, 65534]);
  const held = heldInodes(running.pid);
  assert.equal(held.length, 1);

  const load = fastcgiLoad(t, { path }, 4);
  await load.begun;
  const restart = await running.ctl('restart', 'app:*');
  assert.equal(restart.stdout.match(/: started/g)?.length, 2, restart.stdout);
  const handover = await running.legatoctl('handover', 'app:*');
  assert.equal(handover.code, 0, handover.stdout);
  load.stop();
  const { answers, failures } = await load.result;
  assert.deepEqual(failures, [], running.evidence());
  assert.ok(new Set(answers).size >= 4, 'more than one generation has answered');
  assert.deepEqual(heldInodes(running.pid), held, 'the same socket all along');

  await running.ctl('stop', 'app:*');
  assert.deepEqual(heldInodes(running.pid), held, 'it is held though nobody uses it');
});

test('an fcgi-program keeps its socket in a group', { skip: missing }, async (t) => {
  const port = await freePort();
  const running = await start(t, {
    peer: 'legato',
    programs: `[group:site]\nprograms=app\n${pool('app', `tcp://localhost:${port}`)}`,
  });
  await until('both to run', async () => (await running.status()).match(/RUNNING/g)?.length === 2, running);
  const load = fastcgiLoad(t, { host: '127.0.0.1', port }, 2);
  await load.begun;
  const restart = await running.ctl('restart', 'site:*');
  assert.equal(restart.stdout.match(/: started/g)?.length, 2, restart.stdout);
  load.stop();
  const { answers, failures } = await load.result;
  assert.deepEqual(failures, [], running.evidence());
  assert.ok(answers.length > 0 && answers.every((answer) => answer.startsWith('generation=')), String(answers[0]));
});

test('PHP-FPM takes its sockets from FPM_SOCKETS, and no request is lost over handovers', {
  skip: lacking('root', 'namespaces', 'supervisor', 'php-fpm'),
}, async (t) => {
  const [port, dir] = [await freePort(), scratch(t)];
  const script = join(dir, 'index.php');
  writeFileSync(script, '<?php echo "generation=", getenv("GENERATION");\n');
  writeFileSync(
    join(dir, 'fpm.conf'),
    `[global]
error_log = /dev/stderr
daemonize = no
; What SIGQUIT may take.
process_control_timeout = 60s
[web]
listen = 127.0.0.1:${port}
user = nobody
group = nogroup
pm = static
pm.max_children = 3
env[GENERATION] = $GENERATION
`,
  );
  chmodSync(dir, 0o755);
  const running = await start(t, {
    peer: 'legato',
    dir,
    programs: `[program:web]
command=/usr/sbin/php-fpm8.2 -F -y ${dir}/fpm.conf
environment=GENERATION="%(generation)s"
listen=tcp://127.0.0.1:${port}
listen_dialect=fpm
listen_blocking=true
stopsignal=QUIT
stopwaitsecs=60
min_ready=1
`,
  });
  await until('web to run', async () => (await running.status()).includes('RUNNING'), running);
  const held = heldInodes(running.pid);
  assert.equal(held.length, 1);
  const parameters = { REQUEST_METHOD: 'GET', SCRIPT_FILENAME: script, SCRIPT_NAME: '/index.php' };
  const load = fastcgiLoad(t, { host: '127.0.0.1', port }, 4, parameters);
  await load.begun;
  for (let round = 0; round < 2; round += 1) {
    const { code, stdout } = await running.legatoctl('handover', 'web');
    assert.equal(code, 0, `${stdout}${running.evidence()}`);
  }
  load.stop();
  const { answers, failures } = await load.result;
  assert.deepEqual(failures, [], running.evidence());
  assert.deepEqual([...new Set(answers)].sort(), ['generation=1', 'generation=2', 'generation=3']);
  assert.deepEqual(heldInodes(running.pid), held, 'the same socket all along');
});

test('behind nginx all members are restarted, handed over and changed by update, and no visitor sees it', {
  skip: lacking('root', 'namespaces', 'supervisor', 'python3', 'nginx'),
}, async (t) => {
  const dir = scratch(t);
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  writeFileSync(
    join(dir, 'nginx.conf'),
    `daemon off; user root; pid ${dir}/nginx.pid; error_log stderr; events {}
http {
  access_log off; keepalive_timeout 0;
  ${temporary.map((name) => `${name}_temp_path ${dir}/${name};`).join(' ')}
  server { listen 127.0.0.1:${port}; location / { fastcgi_pass unix:${dir}/f.sock; } }
}
`,
  );
  const running = await start(t, {
    peer: 'legato',
    dir,
    programs: `[program:nginx]
command=/usr/sbin/nginx -e stderr -c ${dir}/nginx.conf
stopsignal=QUIT
${pool('app', `unix://${dir}/f.sock`)}min_ready=0.2
`,
  });
  await untilRunning(running, 'nginx');
  await until('both to run', async () => (await running.status()).match(/RUNNING/g)?.length === 3, running);
  // RUNNING it is after a second, also where it has yet to bind its address.
  await until('nginx to listen', async () => !(await isFree(port)), running);
  const load = loadOn(t, port, 4);
  await load.begun;
  const restart = await running.ctl('restart', 'app:*');
  assert.equal(restart.stdout.match(/: started/g)?.length, 2, restart.stdout);
  const handover = await running.legatoctl('handover', 'app:*');
  assert.equal(handover.code, 0, handover.stdout);
  writeFileSync(
    join(dir, 'c.conf'),
    readFileSync(join(dir, 'c.conf'), 'utf8').replace('numprocs=2', 'numprocs=3\nenvironment=A=1'),
  );
  const update = await running.legatoctl('update');
  assert.equal(update.code, 0, update.stdout);
  await until('three to run', async () => (await running.status()).match(/RUNNING/g)?.length === 4, running);
  await noneFailed(load, running.evidence);
});
