import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readStat } from '../../src/os/proc-stat.ts';
import { brainOf } from '../support/namespace/brain-death.ts';
import { handover, untilRunning } from '../support/namespace/handover.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'supervisor', 'python3');

/** In bytes; the brain writes nothing else so long but the order for a start. */
const long = 50_000;

for (const [ready, how] of [
  ['notify', 'notify'],
  ['fd:7', '7'],
  ['log:/serves/', 'log'],
] as const)
  test(`a next generation that is ready (${ready}) before the brain has heard of its start is ready`, {
    skip: missing,
  }, async (t) => {
    const dir = scratch(t);
    const said = join(dir, 'said');
    const running = await start(t, {
      peer: 'legato',
      pid1: false,
      dir,
      programs: `[program:worker]
command=/usr/bin/python3 ${fixtures}/ready-at-once.py ${how} ${said}
handover=overlap
ready=${ready}
environment=LONG="${'x'.repeat(long)}"
ready_timeout=300
min_ready=0.1
`,
    });
    await untilRunning(running, 'worker');
    rmSync(said);
    const brain = brainOf(running);
    // init begins with it when the brain has asked, and the brain hears of it when all has been said.
    process.kill(running.pid, 'SIGSTOP');
    const written = writtenBy(brain);
    const asked = handover(running, 'worker');
    await until('the brain to ask for the start', () => writtenBy(brain) > written + long, running);
    process.kill(brain, 'SIGSTOP');
    process.kill(running.pid, 'SIGCONT');
    await until('it to say that it is ready', () => existsSync(said), running);
    await until('init to have passed it on', () => readStat(running.pid)?.state === 'S', running);
    process.kill(brain, 'SIGCONT');
    const { code, report } = await asked;
    assert.equal(code, 0, `${JSON.stringify(report)}${readFileSync(join(dir, 'd.log'), 'utf8')}`);
  });

/** Bytes that a process has written (proc_pid_io(5)). */
function writtenBy(pid: number): number {
  return Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
}
