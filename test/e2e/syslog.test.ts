import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { daemonSections, rpcInterface } from '../support/namespace/daemon-sections.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, type Peer, type Running, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const skip = lacking('root', 'namespaces', 'supervisor', 'python3');

/** A /dev of its own, whose `log` leads to DIR/log. */
function ownDev(dir: string): readonly string[] {
  const script = `
mkdir -p "$1/dev" && mount -t tmpfs none "$1/dev" || exit 1
for one in null zero random urandom tty; do : > "$1/dev/$one"; mount --bind "/dev/$one" "$1/dev/$one" || exit 1; done
ln -s /proc/self/fd "$1/dev/fd"; ln -s /proc/self/fd/1 "$1/dev/stdout"; ln -s "$1/log" "$1/dev/log"
mount --rbind "$1/dev" /dev || exit 1
shift; exec "$@"`;
  return ['/bin/sh', '-c', script, 'sh', dir];
}

async function listen(t: TestContext, dir: string): Promise<{ child: ChildProcess; heard: () => string[] }> {
  const [socket, file] = [join(dir, 'log'), join(dir, 'heard')];
  writeFileSync(file, '');
  const child = spawn('/usr/bin/python3', [join(fixtures, 'hears-syslog.py'), socket, file], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  await until('the listener', () => existsSync(socket));
  return { child, heard: () => readFileSync(file, 'utf8').split('\n').filter(Boolean) };
}

/** Time and pids are each one's own. */
function masked(line: string): string {
  return line
    .replace(/^(<\d+>)[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d /, '$1TIME ')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}/, 'STAMP')
    .replace(/pid \d+/, 'pid N');
}

const programs = `
[program:talk]
command=/bin/sh -c "echo one; echo zwei-ä; echo; echo three; echo wrong >&2; exec sleep 1000"
stdout_logfile=%(ENV_RUN_DIR)s/talk.out
stdout_syslog=true
stderr_syslog=true
startsecs=0
[program:old]
command=/bin/sh -c "echo deprecated; exec sleep 1000"
stdout_logfile=syslog
startsecs=0
`;

async function heardFrom(t: TestContext, peer: Peer): Promise<{ running: Running; lines: string[] }> {
  const dir = scratch(t);
  const { heard } = await listen(t, dir);
  const running = await start(t, { peer, dir, wrap: ownDev, programs });
  await until('all lines', () => heard().length >= 6, { evidence: () => heard().join('\n') + running.evidence() });
  return { running, lines: heard().map(masked).sort() };
}

test('program logs: what supervisord sends, legatod sends, and the file has it as well', { skip }, async (t) => {
  const ours = await heardFrom(t, 'legato');
  const theirs = await heardFrom(t, 'supervisor');
  assert.deepEqual(ours.lines, theirs.lines);
  assert.ok(ours.lines.includes('<14>TIME supervisord: talk zwei-ä'), ours.lines.join('\n'));
  assert.ok(ours.lines.includes('<14>TIME supervisord: old deprecated'));
  assert.equal(readFileSync(join(ours.running.dir, 'talk.out'), 'utf8'), 'one\nzwei-ä\n\nthree\n');
  assert.equal((await ours.running.ctl('tail', 'old')).stdout, (await theirs.running.ctl('tail', 'old')).stdout);
});

test('the main log: logfile=syslog', { skip }, async (t) => {
  const lines = async (peer: Peer): Promise<string[]> => {
    const dir = scratch(t);
    const { heard } = await listen(t, dir);
    const config = join(dir, 'c.conf');
    writeFileSync(
      config,
      `${daemonSections(dir, { silent: 'true', user: 'root', logfile: 'syslog' })}${rpcInterface}[program:a]
command=/bin/sleep 1000
startsecs=0
`,
    );
    const running = await start(t, { peer, dir, wrap: ownDev, config });
    const answer = await running.ctl('maintail');
    assert.equal(answer.stdout, 'supervisord: ERROR (no log file)\n');
    await running.ctl('shutdown');
    await running.ended;
    await until('the end', () => heard().some((line) => line.includes('stopped: a')));
    const kept = /Set uid|RPC interface|started with|spawned|success|stopped/;
    return heard()
      .map(masked)
      .filter((line) => kept.test(line));
  };
  const ours = await lines('legato');
  assert.deepEqual(ours, await lines('supervisor'));
  assert.match(ours.join('\n'), /<14>TIME supervisord: STAMP INFO spawned: 'a' with pid N/);
});

test('no /dev/log is one warning, and nothing is lost elsewhere; when it comes, lines go there', {
  skip,
}, async (t) => {
  const dir = scratch(t);
  const programs = `[program:talk]
command=/bin/sh -c "while read line; do echo $line; done"
stdout_logfile=%(ENV_RUN_DIR)s/talk.out
stdout_syslog=true
`;
  const running = await start(t, { peer: 'legato', dir, wrap: ownDev, programs });
  const say = (text: string): Promise<unknown> =>
    running.ctl('-s', `unix://${dir}/s.sock`, 'status').then(() => send(running, text));
  for (const word of ['one', 'two', 'three']) await say(word);
  const out = (): string => readFileSync(join(dir, 'talk.out'), 'utf8');
  await until('the file', () => out() === 'one\ntwo\nthree\n', { evidence: out });
  await until('the warning', () => running.log().includes('cannot write to /dev/log: ENOENT'));
  const { heard } = await listen(t, dir);
  await until('a line to arrive', async () => {
    await send(running, 'again');
    return heard().length > 0;
  });
  assert.match(heard()[0] ?? '', /^<14>.* supervisord: talk again$/);
  await until('the end of the trouble', () => /can write to \/dev\/log again; \d+ lines were lost/.test(running.log()));
  assert.equal(running.log().match(/cannot write to \/dev\/log/g)?.length, 1);
});

async function send(running: Running, text: string): Promise<void> {
  const { Client } = await import('../../src/control/client.ts');
  const client = new Client({ serverurl: `unix://${running.dir}/s.sock`, username: null, password: null });
  await client.call('supervisor.sendProcessStdin', 'talk', `${text}\n`);
}

test('a syslog daemon that hangs holds up who writes to it, for a while, and nobody else', {
  skip,
  timeout: 600_000,
}, async (t) => {
  const dir = scratch(t);
  const { child, heard } = await listen(t, dir);
  child.kill('SIGSTOP');
  const programs = `[program:chatty]
command=/bin/sh -c "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo line $i; done; echo done > ${dir}/done; exec sleep 1000"
stdout_logfile=%(ENV_RUN_DIR)s/chatty.out
stdout_syslog=true
startsecs=0
[program:other]
command=/bin/sh -c "echo here; exec sleep 1000"
stdout_logfile=%(ENV_RUN_DIR)s/other.out
autostart=false
startsecs=0
`;
  const running = await start(t, { peer: 'legato', dir, wrap: ownDev, programs });
  assert.equal((await running.ctl('start', 'other')).stdout, 'other: started\n');
  await until('the other log', () => readFileSync(join(dir, 'other.out'), 'utf8') === 'here\n');
  // After its patience it is dropped, and counted.
  await until('the loss to be told', () => running.log().includes('cannot write to /dev/log: nobody reads it'), {
    limit: 60_000,
  });
  await until('the program to go on', () => existsSync(join(dir, 'done')), { limit: 60_000 });
  await until('the file to be whole', () => readFileSync(join(dir, 'chatty.out'), 'utf8').endsWith('line 20000\n'));
  child.kill('SIGCONT');
  assert.equal((await running.ctl('restart', 'other')).code, 0);
  await until('what was taken before', () => heard().length > 0);
});
