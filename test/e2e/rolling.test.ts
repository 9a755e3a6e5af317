import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { nobodyDefunct } from '../support/namespace/app-test.ts';
import { freePort } from '../support/namespace/free-port.ts';
import { loadOn } from '../support/namespace/load.ts';
import { fixtures, type Running, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { isLong, lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'supervisor', 'python3');
const service = `/usr/bin/python3 ${fixtures}/serves-its-descriptor.py`;

/** Four processes on one held socket, and a bystander in the same group. */
function sections(port: number, keys: { command?: string; numprocs?: number; more?: string } = {}): string {
  const { command = service, numprocs = 4, more = '' } = keys;
  return `[group:app]
programs=web,idle
[program:web]
command=${command}
numprocs=${numprocs}
process_name=web_%(process_num)02d
listen=tcp://127.0.0.1:${port}
ready=notify
min_ready=1
ready_timeout=60
stdout_logfile=%(here)s/web-%(process_num)s-%(generation)s.log
environment=GENERATION="%(generation)s"
${more}
[program:idle]
command=/bin/sleep 1000
`;
}

const fleet = ['web_00', 'web_01', 'web_02', 'web_03'];

async function app(t: TestContext): Promise<{ running: Running; port: number; rewrite: (text: string) => void }> {
  const port = await freePort();
  const running = await start(t, { peer: 'legato', programs: sections(port) });
  const file = join(running.dir, 'c.conf');
  const head = readFileSync(file, 'utf8').split('[group:app]')[0] ?? '';
  await until(
    'all to be RUNNING',
    async () => ((await running.status()).match(/RUNNING/g) ?? []).length === 5,
    running,
  );
  return { running, port, rewrite: (text) => writeFileSync(file, head + text) };
}

/** Pids by name. */
async function pids(running: Running): Promise<Map<string, string>> {
  const { stdout } = await running.ctl('status');
  return new Map(
    [...stdout.matchAll(/^app:(\S+) +RUNNING +pid (\d+)/gm)].map(([, name = '', pid = '']) => [name, pid]),
  );
}

test('four processes on one held socket are rolled under load without one failed request', {
  skip: missing,
}, async (t) => {
  const { running, port } = await app(t);
  const before = await pids(running);
  const traffic = loadOn(t, port);
  await traffic.begun;
  for (let round = 0; round < (isLong ? 3 : 1); round += 1) {
    const { code, stdout } = await running.legatoctl(
      'handover',
      'app:web_00',
      'app:web_01',
      'app:web_02',
      'app:web_03',
    );
    assert.equal(code, 0, stdout);
    const order = [...stdout.matchAll(/^app:(\S+): handed over/gm)].map(([, name]) => name);
    assert.deepEqual(order, fleet);
  }
  traffic.stop();
  const result = await traffic.result;
  assert.equal(result.failed, 0, JSON.stringify(result.samples));
  assert.ok(result.succeeded > 50, `${result.succeeded} requests`);
  const after = await pids(running);
  for (const name of fleet) assert.notEqual(after.get(name), before.get(name), name);
  assert.equal(after.get('idle'), before.get('idle'));
  await nobodyDefunct(running);
  assert.equal(
    running.processes().filter((row) => row.args.some((word) => word.endsWith('serves-its-descriptor.py'))).length,
    4,
  );
});

test('update hands a changed program over under load, touches nobody else, and leaves everybody alone when the new command is broken', {
  skip: missing,
}, async (t) => {
  const { running, port, rewrite } = await app(t);
  const before = await pids(running);
  const traffic = loadOn(t, port);
  await traffic.begun;

  rewrite(sections(port, { command: `${service} --release 2` }));
  const changed = await running.legatoctl('update');
  assert.deepEqual(changed, { code: 0, stdout: 'app: updated process group\n', stderr: '' });
  const second = await pids(running);
  for (const name of fleet) assert.notEqual(second.get(name), before.get(name), name);
  assert.equal(second.get('idle'), before.get('idle'), 'who did not change is not touched');

  rewrite(sections(port, { command: '/bin/sh -c "echo no such module; exit 3"' }));
  const broken = await running.legatoctl('update');
  assert.equal(broken.code, 1);
  assert.match(broken.stdout, /^app: updated process group\napp:web_00: ERROR \(handover failed: /);
  assert.match(broken.stdout, /exit status 3 before it was ready; #\d+ serves with its former configuration\)/);
  assert.match(broken.stdout, /^ {2}\| no such module$/m);
  for (const name of fleet.slice(1)) {
    assert.match(broken.stdout, new RegExp(`^app:${name}: ERROR .*not tried: app:web_00 failed`, 'm'));
  }
  assert.deepEqual(await pids(running), second, 'the old ones serve on');
  assert.equal((await running.legatoctl('reread')).stdout, 'app: changed\n', 'a later update tries again');

  rewrite(sections(port, { more: 'startsecs=soon' }));
  const wrong = await running.legatoctl('update');
  assert.notEqual(wrong.code, 0);
  assert.match(wrong.stdout + wrong.stderr, /c\.conf:\d+/, 'which line of which file');
  const reload = await running.legatoctl('reload');
  assert.match(reload.stdout + reload.stderr, /c\.conf:\d+/);
  assert.deepEqual(await pids(running), second);

  rewrite(sections(port, { command: `${service} --release 3` }));
  const mended = await running.legatoctl('update');
  assert.deepEqual(mended, { code: 0, stdout: 'app: updated process group\n', stderr: '' }, running.log());
  traffic.stop();
  const result = await traffic.result;
  assert.equal(result.failed, 0, JSON.stringify(result.samples));
  assert.ok(result.succeeded > 50, `${result.succeeded} requests`);

  const args = running.processes().filter((row) => row.args.some((word) => word.endsWith('descriptor.py')));
  assert.deepEqual(
    args.map((row) => row.args.slice(-2).join(' ')),
    fleet.map(() => '--release 3'),
  );
  const logs = await running.ctl('tail', 'app:web_00');
  assert.equal(logs.code, 0, 'the log that is shown is that of the current generation');
});

test('a change of numprocs starts and stops what differs, and a change that needs no new process replaces nobody', {
  skip: missing,
}, async (t) => {
  const { running, port, rewrite } = await app(t);
  const before = await pids(running);

  rewrite(sections(port, { numprocs: 6 }));
  assert.deepEqual((await running.legatoctl('update')).stdout, 'app: updated process group\n');
  await until('six of them', async () => (await pids(running)).size === 7, running);
  const six = await pids(running);
  for (const [name, pid] of before) assert.equal(six.get(name), pid, name);

  rewrite(sections(port, { numprocs: 2, more: 'autorestart=false\nstopwaitsecs=33\nstdout_logfile_backups=3' }));
  assert.deepEqual((await running.legatoctl('update')).stdout, 'app: updated process group\n');
  const two = await pids(running);
  assert.deepEqual([...two.keys()].sort(), ['idle', 'web_00', 'web_01']);
  for (const [name, pid] of two) assert.equal(pid, before.get(name), name);
  assert.equal((await running.legatoctl('reread')).stdout, 'No config updates to processes\n');
  assert.doesNotMatch((await running.ctl('status')).stdout, /web_02/);

  // Debian's client has its own way: stop, remove, add.
  rewrite(sections(port, { numprocs: 2, command: `${service} --release 2` }));
  const theirs = await running.ctl('update');
  assert.equal(theirs.stdout, 'app: stopped\napp: updated process group\n');
  await until('both again', async () => (await pids(running)).size === 3, running);

  rewrite(sections(port, { numprocs: 2, command: `${service} --release 3` }));
  const former = await pids(running);
  const reloaded = await running.ctl('reload');
  assert.match(reloaded.stdout, /Restarted supervisord/);
  await until(
    'both to be replaced',
    async () => {
      const now = await pids(running);
      return now.size === 3 && ['web_00', 'web_01'].every((name) => now.get(name) !== former.get(name));
    },
    running,
  );
  assert.equal((await pids(running)).get('idle'), former.get('idle'));
});
