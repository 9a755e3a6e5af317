import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

import { command } from '../support/namespace/command.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, repository } from '../support/namespace/supervisor.ts';
import { textOf } from '../support/namespace/text-of.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const ours = join(repository, 'bin/pidproxy');
const programs: readonly (readonly [string, string, string | false])[] = [
  ["Supervisor's", '/usr/bin/pidproxy', lacking('supervisor')],
  ['ours', ours, false],
];

type Proxy = { readonly child: ChildProcess; readonly out: () => string; readonly ended: Promise<unknown[]> };

function run(t: TestContext, program: string, ...args: readonly string[]): Proxy {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (bytes) => (out += String(bytes)));
  const ended = once(child, 'exit');
  t.after(() => {
    for (const pid of child.exitCode === null ? childrenOf(child.pid ?? 0) : []) process.kill(pid, 'SIGKILL');
    child.kill('SIGKILL');
  });
  return { child, out: () => out, ended };
}

for (const [name, program, skip] of programs) {
  test(`${name} passes signals on to the process of the pidfile and ends with 0 after TERM`, { skip }, async (t) => {
    const dir = scratch(t);
    const [pidfile, notes] = [join(dir, 'pid'), join(dir, 'notes')];
    const proxy = run(t, program, pidfile, join(fixtures, 'keeps-a-pidfile.sh'), pidfile, notes);
    await until('the pidfile', () => existsSync(pidfile));
    for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) {
      proxy.child.kill(signal);
      await until(signal, () => textOf(notes).includes(signal.slice(3)), { evidence: () => textOf(notes) });
    }
    proxy.child.kill('SIGTERM');
    assert.deepEqual(await proxy.ended, [0, null]);
    await until('the daemon to be told', () => textOf(notes) === 'HUP\nUSR1\nUSR2\nTERM\n', {
      evidence: () => textOf(notes),
    });
  });

  test(`${name} says that there is no pidfile, and goes on`, { skip }, async (t) => {
    const pidfile = join(scratch(t), 'nothing');
    const proxy = run(t, program, pidfile, '/bin/sleep', '1000');
    // Both hear signals before they start the command.
    await until('the command', () => childrenOf(proxy.child.pid ?? 0).length > 0);
    proxy.child.kill('SIGUSR1');
    await until('the sentence', () => proxy.out().includes(`Can't read child pidfile ${pidfile}!\n`), {
      evidence: proxy.out,
    });
    assert.equal(proxy.child.exitCode, null);
  });

  test(`${name} shows its usage without a command and ends with 1`, { skip }, async () => {
    const { code, stdout } = await command(program, ['/tmp/x']);
    assert.equal(code, 1);
    assert.match(stdout, /Usage: .*pidproxy.* <pidfile name> <command> \[<cmdarg1> \.\.\.\]/);
  });
}

test('ours ends as soon as the command has ended, and not before the daemon it told to end', async (t) => {
  assert.equal((await command(ours, ['/tmp/x', '/bin/true'])).code, 0);
  const dir = scratch(t);
  const [pidfile, notes] = [join(dir, 'pid'), join(dir, 'notes')];
  const proxy = run(t, ours, pidfile, join(fixtures, 'keeps-a-pidfile.sh'), pidfile, notes);
  await until('the pidfile', () => existsSync(pidfile));
  const daemon = Number(textOf(pidfile));
  proxy.child.kill('SIGTERM');
  assert.deepEqual(await proxy.ended, [0, null]);
  assert.ok(!existsSync(`/proc/${daemon}/exe`) || stateOf(daemon) === 'Z', 'the daemon has ended');
});

function childrenOf(pid: number): number[] {
  return textOf(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

function stateOf(pid: number): string {
  return /\) (\S)/.exec(textOf(`/proc/${pid}/stat`))?.[1] ?? '';
}
