import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFileSync, existsSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { roleOf } from '../support/namespace/app-test.ts';
import { command } from '../support/namespace/command.ts';
import { freePort } from '../support/namespace/free-port.ts';
import { heldInodes } from '../support/namespace/held-inodes.ts';
import { loadUntilEnd } from '../support/namespace/load.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, type Running, repository, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'nsenter', 'supervisor', 'python3');

const sleeper = (name: string, keys: string): string => `[program:${name}]
command=/bin/sleep 1000
startsecs=0
${keys}
`;

const status = async (running: Running, name: string): Promise<string> =>
  (await running.ctl('status', name)).stdout.trim();

const untilStatus = (running: Running, name: string, text: string): Promise<true | string> =>
  until(`${name} to be ${text}`, async () => (await status(running, name)).includes(text), running);

test('sockets of every kind are held from add to remove, over stop, start, restart and the death of the brain', {
  skip: missing,
}, async (t) => {
  const dir = scratch(t);
  const [a, b, c] = [await freePort(), await freePort(), await freePort()];
  const listen = `tcp://127.0.0.1:${a},six=[::1]:${a},only=tcp6://[::]:${b},udp=udp://localhost:${c},udp6://[::1]:${c},file=unix://${dir}/x.sock,log=unix-dgram://${dir}/log,abstract=unix://@legato-${a}`;
  const running = await start(t, {
    peer: 'legato',
    dir,
    programs: `${sleeper('every', `listen=${listen}\nlisten_owner=nobody:nogroup\nlisten_chmod=0660`)}${sleeper('other', '')}`,
  });
  await untilStatus(running, 'every', 'RUNNING');
  const held = heldInodes(running.pid);
  assert.equal(held.length, 8, running.evidence());
  for (const file of ['x.sock', 'log']) {
    const { mode, uid, gid } = statSync(join(dir, file));
    assert.deepEqual([mode & 0o7777, uid, gid], [0o660, 65534, 65534], file);
  }
  const service = async (): Promise<string> => `/proc/${Number((await running.ctl('pid', 'every')).stdout)}`;
  const seen = (what: string): void => assert.deepEqual(heldInodes(running.pid), held, what);
  const environment = readFileSync(`/proc/${running.pid}/root${await service()}/environ`, 'utf8').split('\0');
  assert.ok(environment.includes('LISTEN_FDS=8'), environment.join('\n'));
  assert.ok(
    environment.includes('LISTEN_FDNAMES=every:six:only:udp:every-5:file:log:abstract'),
    environment.join('\n'),
  );
  await running.ctl('stop', 'every');
  seen('stopped');
  await running.ctl('start', 'every');
  await running.ctl('restart', 'every');
  seen('restarted');
  const brain = running.processes().find((row) => roleOf(row) === 'brain');
  assert.ok(brain, running.evidence());
  await command('/usr/bin/nsenter', ['-t', `${running.pid}`, '-p', '-m', '--', '/bin/kill', '-9', `${brain.pid}`]);
  await until(
    'another brain',
    () => running.processes().some((row) => roleOf(row) === 'brain' && row.pid !== brain.pid),
    running,
  );
  await until('a new brain to answer', async () => (await status(running, 'every')).includes('RUNNING'), running);
  seen('another brain');
  await running.ctl('stop', 'every');
  // What is no longer in the file is closed at once.
  writeFileSync(join(dir, 'c.conf'), readFileSync(join(dir, 'c.conf'), 'utf8').replace(/\[program:every\][^[]*/, ''));
  await running.ctl('reread');
  await running.ctl('remove', 'every');
  await until('the sockets to be closed', () => heldInodes(running.pid).length === 0, running);
  assert.ok(!existsSync(join(dir, 'x.sock')), 'the file is gone');
});

test('an address that somebody else has fails the spawn and says who; the next start takes it when it is free', {
  skip: missing,
}, async (t) => {
  const port = await freePort();
  const stranger = createServer().listen(port, '127.0.0.1');
  await once(stranger, 'listening');
  t.after(() => stranger.close());
  const running = await start(t, {
    peer: 'legato',
    pid1: false,
    programs: sleeper('web', `listen=127.0.0.1:${port}\nstartretries=0`) + sleeper('other', ''),
  });
  await untilStatus(running, 'web', 'FATAL');
  const sentence = `cannot listen on tcp://127.0.0.1:${port}: bind: EADDRINUSE (`;
  assert.match(await status(running, 'web'), new RegExp(`EADDRINUSE \\(.*, pid ${process.pid}, has it\\)`));
  assert.ok(running.log().includes(`spawnerr: ${sentence}`), running.log());
  assert.match(await status(running, 'other'), /RUNNING/);
  assert.match((await running.ctl('start', 'web')).stdout, /spawn error/);
  stranger.close();
  await once(stranger, 'close');
  assert.equal((await running.ctl('start', 'web')).stdout, 'web: started\n');
  assert.equal(heldInodes(running.pid).length, 1);
});

test('a stale socket file is replaced; one that is in use, and a file of another kind, are left alone', {
  skip: missing,
}, async (t) => {
  const dir = scratch(t);
  const used = createServer().listen(join(dir, 'used'));
  await once(used, 'listening');
  t.after(() => used.close());
  writeFileSync(join(dir, 'file'), 'precious');
  await command('/usr/bin/python3', ['-c', `import socket; socket.socket(socket.AF_UNIX).bind('${dir}/stale')`]);
  const running = await start(t, {
    peer: 'legato',
    dir,
    pid1: false,
    programs: ['used', 'file', 'stale']
      .map((name) => sleeper(name, `listen=unix://${dir}/${name}\nstartretries=0`))
      .join(''),
  });
  await untilStatus(running, 'used', 'FATAL');
  await untilStatus(running, 'file', 'FATAL');
  await untilStatus(running, 'stale', 'RUNNING');
  assert.match(await status(running, 'used'), new RegExp(`stale: EADDRINUSE \\(.*, pid ${process.pid}, has it\\)`));
  assert.match(await status(running, 'file'), /stale: ENOTSOCK \(there is a file of that name, which is no socket\)/);
  assert.equal(readFileSync(join(dir, 'file'), 'utf8'), 'precious');
});

test('what cannot be listened on says why', { skip: missing }, async (t) => {
  const port = await freePort();
  const running = await start(t, {
    peer: 'legato',
    programs: `${sleeper('interface', `listen=[fe80::1%%nosuch]:${port}\nstartretries=0`)}${sleeper('address', `listen=198.51.100.1:${port}\nstartretries=0`)}[fcgi-program:name]
command=/bin/sleep 1000
socket=tcp://nosuch.invalid:${port}
startretries=0
`,
  });
  for (const [name, reason] of [
    ['interface', `tcp://[fe80::1%nosuch]:${port}: address: ENODEV (there is no such interface)`],
    ['address', `tcp://198.51.100.1:${port}: bind: EADDRNOTAVAIL (no interface of this machine has that address)`],
    ['name', `tcp://nosuch.invalid:${port}: address: EINVAL (it is no IP address, and /etc/hosts does not know it)`],
  ] as const) {
    await untilStatus(running, name, 'FATAL');
    assert.ok((await status(running, name)).includes(`cannot listen on ${reason}`), await status(running, name));
  }
});

test('a wrong listen is refused with its line, and what runs is untouched', { skip: missing }, async (t) => {
  const port = await freePort();
  const running = await start(t, { peer: 'legato', programs: sleeper('web', `listen=127.0.0.1:${port}`) });
  await untilStatus(running, 'web', 'RUNNING');
  const before = { held: heldInodes(running.pid), pid: (await running.ctl('pid', 'web')).stdout };
  const file = join(running.dir, 'c.conf');
  const good = readFileSync(file, 'utf8');
  const line = good.split('\n').length;
  for (const [keys, reason] of [
    [
      `[program:b]\ncommand=x\nlisten=127.0.0.1:${port}\n`,
      /line|is taken by \[program:web\]; programs share one by \[socket:x\]/,
    ],
    [
      '[program:b]\ncommand=x\nlisten=unix:///nowhere/x\n',
      /The directory named as part of the path \/nowhere\/x does not exist/,
    ],
    [`[program:b]\ncommand=x\nlisten=unix:///tmp/${'x'.repeat(103)}\n`, /can have 107 bytes/],
    ['[program:b]\ncommand=x\nlisten=:0\n', /0 is below lower bound \(1\)/],
    ['[program:b]\ncommand=x\nlisten=[fe80::1]:80\n', /a link-local address needs its interface/],
    ['[program:b]\ncommand=x\nlisten=socket:c\n', /there is no \[socket:c\]/],
    ['[program:b]\n[socket:c]\naddress=:80\n', /does not specify a command/],
    ['[program:b]\ncommand=x\n[socket:c]\n', /\[socket:c\] has no address/],
  ] as const) {
    writeFileSync(file, good + keys);
    const { stdout } = await running.ctl('reread');
    assert.match(stdout, reason);
    assert.match(stdout, new RegExp(`c.conf:${line + 2}|c.conf:${line}`), 'file and line');
  }
  assert.deepEqual({ held: heldInodes(running.pid), pid: (await running.ctl('pid', 'web')).stdout }, before);
});

test('a program that cannot adopt is refused by --check and reread; at its start it fails alone', {
  skip: missing,
}, async (t) => {
  const port = await freePort();
  const init = join(repository, 'bin/legato-init');
  const adopting = `[program:static]
command=${init} -- /bin/sleep 1000
listen=127.0.0.1:${port}
listen_mode=adopt
startretries=0
`;
  const running = await start(t, { peer: 'legato', programs: adopting + sleeper('other', '') });
  await untilStatus(running, 'other', 'RUNNING');
  await untilStatus(running, 'static', 'FATAL');
  const sentence = `cannot adopt the sockets of ${init}: static`;
  assert.ok((await status(running, 'static')).includes(sentence));
  assert.ok((await running.ctl('reread')).stdout.includes(sentence));
  const check = await command(join(repository, 'bin/legatod'), ['--check', '-c', join(running.dir, 'c.conf')]);
  assert.equal(check.code, 2);
  assert.ok(check.stderr.includes(`'static': ${sentence}`), check.stderr);
  assert.match(await status(running, 'other'), /RUNNING/);
});

test('to a program that cannot adopt, listen= is advised only if it takes open sockets itself', {
  skip: missing,
}, async (t) => {
  const programs = `[program:static]\ncommand=${join(repository, 'bin/legato-init')} -- /bin/sleep 1000\n`;
  const running = await start(t, { peer: 'legato', programs: programs + sleeper('other', '') });
  const advice = async (name: string): Promise<string> =>
    (await running.legatoctl('handover', '--dry-run', name)).stdout.match(
      /with listen= connections would wait.*$/m,
    )?.[0] ?? '';
  assert.equal(await advice('other'), 'with listen= connections would wait');
  assert.equal(
    await advice('static'),
    'with listen= connections would wait, if it takes sockets that are open already (listen_mode=adopt cannot reach it: static)',
  );
});

test('programs that share a socket accept on one inode, until the last of them is removed', {
  skip: missing,
}, async (t) => {
  const port = await freePort();
  const shared = `[socket:web]\naddress=127.0.0.1:${port}\n`;
  const one = (name: string): string =>
    `[program:${name}]\ncommand=/usr/bin/python3 ${fixtures}/serves-its-descriptor.py\nlisten=socket:web\nready=notify\n`;
  const running = await start(t, { peer: 'legato', programs: shared + one('blue') + one('green') });
  await untilStatus(running, 'blue', 'RUNNING');
  await untilStatus(running, 'green', 'RUNNING');
  const [inode, ...more] = heldInodes(running.pid);
  assert.equal(more.length, 0);
  for (const name of ['blue', 'green']) {
    const pid = Number((await running.ctl('pid', name)).stdout);
    assert.equal(readlinkSync(`/proc/${running.pid}/root/proc/${pid}/fd/3`), `socket:[${inode}]`, name);
  }
  const load = loadUntilEnd(t, { url: `http://127.0.0.1:${port}/`, mode: 'close', concurrency: 4, timeoutMs: 60_000 });
  await load.begun;
  await running.ctl('stop', 'blue');
  writeFileSync(
    join(running.dir, 'c.conf'),
    readFileSync(join(running.dir, 'c.conf'), 'utf8').replace(one('blue'), ''),
  );
  await running.ctl('reread');
  assert.match((await running.ctl('remove', 'blue')).stdout, /blue: removed/);
  assert.deepEqual(heldInodes(running.pid), [inode], 'green uses it still');
  load.stop();
  const result = await load.result;
  assert.equal(result.failed, 0, JSON.stringify(result.samples));
  assert.ok(result.succeeded > 0);
  // What the file still declares may come back at once (`update` does so); what does not is closed after a moment.
  await running.ctl('stop', 'green');
  assert.match((await running.ctl('remove', 'green')).stdout, /green: removed/);
  await until('the socket to be closed', () => heldInodes(running.pid).length === 0, running);
});

test('an update that keeps the address of a program refuses nothing', { skip: missing }, async (t) => {
  const port = await freePort();
  const running = await start(t, {
    peer: 'legato',
    programs: `[program:web]
command=/usr/bin/python3 ${fixtures}/serves-its-descriptor.py
listen=127.0.0.1:${port}
ready=notify
`,
  });
  await untilStatus(running, 'web', 'RUNNING');
  const before = heldInodes(running.pid);
  const load = loadUntilEnd(t, { url: `http://127.0.0.1:${port}/`, mode: 'close', concurrency: 4, timeoutMs: 60_000 });
  await load.begun;
  const file = join(running.dir, 'c.conf');
  appendFileSync(file, 'environment=A="1"\n');
  assert.match((await running.ctl('update')).stdout, /web: (updated process group|stopped)/);
  await untilStatus(running, 'web', 'RUNNING');
  // Another name for the same program.
  writeFileSync(file, readFileSync(file, 'utf8').replace('[program:web]', '[program:site]'));
  assert.match((await running.ctl('update')).stdout, /site: added process group/);
  await untilStatus(running, 'site', 'RUNNING');
  load.stop();
  const result = await load.result;
  assert.equal(result.failed, 0, JSON.stringify(result.samples));
  assert.deepEqual(heldInodes(running.pid), before);
});

test('a changed address: the new one is bound, and the old one is closed', { skip: missing }, async (t) => {
  const [first, second] = [await freePort(), await freePort()];
  const running = await start(t, { peer: 'legato', programs: sleeper('web', `listen=127.0.0.1:${first}`) });
  await untilStatus(running, 'web', 'RUNNING');
  const before = heldInodes(running.pid);
  const file = join(running.dir, 'c.conf');
  writeFileSync(file, readFileSync(file, 'utf8').replace(String(first), String(second)));
  await running.ctl('update');
  await untilStatus(running, 'web', 'RUNNING');
  await until('the old one to be closed', () => heldInodes(running.pid).length === 1, running);
  assert.notDeepEqual(heldInodes(running.pid), before);
});

test('a listener that a service has shut down for everybody listens again with its next start', {
  skip: missing,
}, async (t) => {
  const dir = scratch(t);
  const port = await freePort();
  const urls = [`tcp://127.0.0.1:${port}`, `unix://${dir}/x.sock`];
  const running = await start(t, {
    peer: 'legato',
    dir,
    programs: `[program:shuts]
command=/usr/bin/python3 ${fixtures}/shuts-its-listeners-down.py ${dir}/mark
listen=${urls.join(',')}
listen_blocking=true
autorestart=true
startsecs=0
`,
  });
  await until('the second life', () => (running.log().match(/spawned: 'shuts'/g)?.length ?? 0) > 1, running);
  for (const at of [{ host: '127.0.0.1', port }, { path: join(dir, 'x.sock') }]) {
    const client = connect(at);
    const [answer] = (await once(client, 'data')) as [Buffer];
    assert.equal(answer.toString(), 'here');
    client.destroy();
  }
  for (const url of urls)
    assert.ok(
      running.log().includes(`WARN ${url} was shut down by a process that had it: it listens again`),
      running.evidence(),
    );
});
