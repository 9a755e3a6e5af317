import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brainOf, untilReborn } from '../support/namespace/brain-death.ts';
import { untilRunning } from '../support/namespace/handover.ts';
import { start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'supervisor', 'python3');

/** The one limit that is to run out. Should another brain be too slow for it, too, the limit is doubled until one is not. */
const watchdog = '[supervisord]\nwatchdog=3\n';
const steady = '[program:steady]\ncommand=/bin/sleep 1000\n';

test('a brain that is stopped is killed when its time is over, and another one goes on', {
  skip: missing,
}, async (t) => {
  const running = await start(t, { peer: 'legato', programs: watchdog + steady });
  await untilRunning(running, 'steady');
  const pid = (await running.ctl('pid', 'steady')).stdout;
  const brain = brainOf(running);
  process.kill(brain, 'SIGSTOP');
  await until('another brain', () => ![0, brain].includes(brainOf(running)), { limit: 60_000, ...running });
  assert.match(await untilReborn(running), /steady +RUNNING/);
  assert.equal((await running.ctl('pid', 'steady')).stdout, pid);
  await until(
    'the line in the log',
    () => /the brain before this one did not answer any more and was killed/.test(running.log()),
    running,
  );
  await until(
    'the line in the log',
    () => /its last words: it had not answered for \d+ ms: state T \(stopped\)/.test(running.log()),
    running,
  );
});

test('a brain that spins is killed, and its stack is in the log', { skip: missing }, async (t) => {
  // An expression that needs more than 2^60 steps to see that it does not match.
  const running = await start(t, {
    peer: 'legato',
    programs: `${watchdog}${steady}[program:cruel]
command=/bin/sh -c 'echo ${'a'.repeat(60)}b; exec sleep 1000'
autostart=false
startsecs=0
ready=log:/^(a+)+$/
ready_timeout=600
`,
  });
  await untilRunning(running, 'steady');
  const pid = (await running.ctl('pid', 'steady')).stdout;
  const brain = brainOf(running);
  const asked = running.ctl('start', 'cruel');
  await until('another brain', () => ![0, brain].includes(brainOf(running)), { limit: 60_000, ...running });
  assert.match(await untilReborn(running), /steady +RUNNING/);
  await asked;
  assert.equal((await running.ctl('pid', 'steady')).stdout, pid);
  for (const line of [
    /its last words: it had not answered for \d+ ms: state R \(running\)/,
    /its last words: +at .*:\d+:\d+/,
  ])
    await until(`${line} in the log`, () => line.test(running.log()), running);
});
