import assert from 'node:assert/strict';
import { test } from 'node:test';

import { untilRunning } from '../support/namespace/handover.ts';
import { start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

/* Which processes of several are handed over, where some of them are down. */

const sleeps = 'command=/bin/sleep 1000\nhandover=overlap\nmin_ready=0\nstartsecs=0\n';
const programs = `[group:app]
programs=one,two
[program:one]
${sleeps}
[program:two]
${sleeps}
[program:broken]
command=/bin/false
startretries=0
[program:once]
command=/bin/true
startsecs=0
autorestart=false
[program:spare]
${sleeps}
autostart=false
[program:web]
${sleeps}`;

/** The first line of each report, without what differs from run to run. */
const told = (stdout: string): string[] =>
  [...stdout.matchAll(/^(\S+): (handed over|ERROR .*)/gm)].map(([, name, what]) => `${name}: ${what}`);

test('what is down on purpose is passed over by `all` and by its group; what has failed is told, and keeps no other from its turn', {
  skip: lacking('root', 'supervisor'),
}, async (t) => {
  const running = await start(t, { peer: 'legato', pid1: false, programs });
  for (const name of ['app:one', 'app:two', 'web']) await untilRunning(running, name);
  const isSettled = async (): Promise<boolean> => /FATAL[^]*EXITED/.test(await running.status());
  await until('the others to have ended', isSettled, running);
  const handOver = async (...names: readonly string[]): Promise<{ code: number | null; told: string[] }> => {
    const { code, stdout } = await running.legatoctl('handover', ...names);
    return { code, told: told(stdout) };
  };
  const failed = 'broken: ERROR (not running (FATAL): start it instead)';
  const [one, two, web] = ['app:one: handed over', 'app:two: handed over', 'web: handed over'];
  assert.deepEqual(await handOver('all'), { code: 1, told: [one, two, failed, web] });
  assert.deepEqual(await handOver('*'), {
    code: 1,
    told: [
      one,
      two,
      failed,
      'once: ERROR (not running (EXITED): start it instead)',
      'spare: ERROR (not running (STOPPED): start it instead)',
      web,
    ],
  });
  await running.ctl('stop', 'app:one');
  assert.deepEqual(await handOver('app:*'), { code: 0, told: [two] });
  await running.ctl('stop', 'app:two');
  assert.deepEqual(await handOver('app:*'), {
    code: 1,
    told: ['one', 'two'].map((name) => `app:${name}: ERROR (not running (STOPPED): start it instead)`),
  });
  for (const option of ['--abort', '--finish']) {
    const { code, stdout } = await running.legatoctl('handover', option, 'all');
    const words = option === '--abort' ? 'no handover in progress' : 'nothing drains';
    assert.deepEqual([code, stdout], [1, `all: ERROR (${words})\n`]);
  }
});
