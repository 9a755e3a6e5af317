import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { command } from '../support/namespace/command.ts';
import { commands } from '../support/namespace/process-table.ts';
import { fixtures, type Running, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'nsenter', 'supervisor', 'python3');

/** As `docker exec` does: a process from outside, whose orphans land on the namespace's PID 1. */
async function enter(running: Running, ...words: readonly string[]): Promise<void> {
  const { code, stderr } = await command('/usr/bin/nsenter', ['-t', `${running.pid}`, '-p', '-m', '--', ...words], {
    cwd: running.dir,
  });
  assert.equal(code, 0, stderr);
}

test('orphans of processes that entered the namespace are reaped and do not end PID 1', {
  skip: missing,
}, async (t) => {
  const running = await start(t, { peer: 'legato', programs: '[program:idle]\ncommand=/bin/sleep 1000\n' });
  const orphans = (): number[] => running.processes().flatMap((row) => (row.args[1] === '1000.321' ? [row.pid] : []));
  await enter(running, '/bin/sh', `${fixtures}/leaves-orphans.sh`, '30', '/bin/sleep', '1000.321');
  const seen = await until('the orphans below PID 1', () => orphans().length === 30 && orphans());
  await enter(running, '/bin/kill', ...seen.map(String));
  await until('the orphans to be reaped', () => running.processes().every((row) => !seen.includes(row.pid)), {
    evidence: running.evidence,
  });
  await until('RUNNING', async () => /^idle +RUNNING/.test(await running.status()), running);
});

test('when the container ends, strangers get TERM and a grace, and the deaf ones SIGKILL', {
  skip: missing,
}, async (t) => {
  const running = await start(t, { peer: 'legato' });
  const notes = join(running.dir, 'notes');
  const noted = (): string => readFileSync(notes, { encoding: 'utf8', flag: 'a+' });
  await enter(
    running,
    '/bin/sh',
    `${fixtures}/leaves-orphans.sh`,
    '1',
    '/usr/bin/python3',
    `${fixtures}/notes-term.py`,
    notes,
    // Of the grace of two seconds a busy machine takes its part.
    '0.1',
  );
  await enter(
    running,
    '/bin/sh',
    `${fixtures}/leaves-orphans.sh`,
    '1',
    '/usr/bin/python3',
    `${fixtures}/ignores-term.py`,
  );
  await until('the first stranger', () => noted() === 'up\n');
  await until('the second stranger', () => {
    const [deaf] = commands(running.processes(), 'ignores-term.py');
    return deaf !== undefined && ignoresTerm(running, deaf.pid);
  });
  const began = performance.now();
  process.kill(running.pid, 'SIGTERM');
  assert.deepEqual(await running.ended, { code: 0, signal: null });
  assert.equal(noted(), 'up\nterm\ndone\n');
  assert.ok(performance.now() - began < 30_000, 'the grace is two seconds');
});

/** SigIgn of proc_pid_status(5): bit 14 is SIGTERM. */
function ignoresTerm(running: Running, pid: number): boolean {
  const status = readFileSync(`/proc/${running.pid}/root/proc/${pid}/status`, 'utf8');
  const [, mask = '0'] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  return (BigInt(`0x${mask}`) & (1n << 14n)) !== 0n;
}
