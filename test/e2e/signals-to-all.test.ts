import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { brainOf, untilReborn } from '../support/namespace/brain-death.ts';
import { command } from '../support/namespace/command.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, type Running, start } from '../support/namespace/supervisor.ts';
import { textOf } from '../support/namespace/text-of.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const skip = lacking('root', 'namespaces', 'nsenter', 'supervisor', 'python3');

type Witnessed = { readonly running: Running; readonly notes: string };

/** A service that writes down its starts and ends, and is up. */
async function witnessed(t: TestContext): Promise<Witnessed> {
  const dir = scratch(t);
  const notes = join(dir, 'notes');
  const programs = `[program:noting]\ncommand=/usr/bin/python3 ${fixtures}/notes-term.py ${notes}\nautorestart=true\n`;
  const running = await start(t, { peer: 'legato', dir, programs });
  await until('the service', () => textOf(notes) === 'up\n', running);
  return { running, notes };
}

/** As systemd does it with KillMode=control-group: everybody at once. By pids of the namespace, so from inside; PID 1, which kill(2) leaves out there, first. */
async function tellAll({ pid }: Running): Promise<void> {
  process.kill(pid, 'SIGTERM');
  await command('/usr/bin/nsenter', ['-t', `${pid}`, '-p', '-m', '--', '/bin/kill', '-TERM', '--', '-1']);
}

test('TERM to every process at once ends legatod in order, and nothing is started again', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const { running, notes } = await witnessed(t);
  await tellAll(running);
  assert.deepEqual(await running.ended, { code: 0, signal: null });
  // It hears TERM from the one who tells all, and as a stop; and has the time it needs.
  assert.match(readFileSync(notes, 'utf8'), /^up\n(term\n)+done\n$/);
  assert.doesNotMatch(running.log(), /the brain has been started again/);
});

test('a TERM that was told to a brain which died before it acted is told to the next one', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const { running, notes } = await witnessed(t);
  const brain = brainOf(running);
  process.kill(brain, 'SIGSTOP');
  process.kill(running.pid, 'SIGTERM');
  await until('init to have read it', () => !/^S[hi][dg]Pnd:\s+0*[1-9a-f]/m.test(statusOf(running.pid)), running);
  process.kill(brain, 'SIGKILL');
  assert.deepEqual(await running.ended, { code: 0, signal: null });
  assert.equal(readFileSync(notes, 'utf8'), 'up\nterm\ndone\n');
});

test('TERM, HUP, QUIT, USR1 and USR2 sent to the brain itself change nothing; INT is followed by another brain', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const { running, notes } = await witnessed(t);
  const brain = brainOf(running);
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const) process.kill(brain, signal);
  assert.match(await running.status(), /^noting (STARTING|RUNNING) /);
  assert.equal(brainOf(running), brain);
  process.kill(brain, 'SIGINT');
  await until('another brain', () => ![0, brain].includes(brainOf(running)), running);
  assert.match(await untilReborn(running), /^noting +(STARTING|RUNNING) /);
  assert.equal(readFileSync(notes, 'utf8'), 'up\n');
});

function statusOf(pid: number): string {
  return readFileSync(`/proc/${pid}/status`, 'utf8');
}
