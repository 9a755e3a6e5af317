import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { Client } from '../../src/control/client.ts';
import { type Running, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

/** Asked without a client's start, which takes a busy machine longer than the second that is looked at here. */
async function ask({ dir }: Running, method: string, name: string): Promise<unknown> {
  const client = new Client({ serverurl: `unix://${join(dir, 's.sock')}`, username: null, password: null });
  return await client.call(`supervisor.${method}`, name);
}

test('what ends at once and is no failure is started five times a second at most', {
  skip: lacking('root', 'supervisor'),
}, async (t) => {
  const programs = '[program:brief]\ncommand=/bin/true\nstartsecs=0\nautorestart=true\nautostart=false\n';
  const running = await start(t, { peer: 'legato', pid1: false, loglevel: 'info', programs });
  const starts = (): number[] =>
    [...running.log().matchAll(/^(\S+ \S+),(\d+) INFO spawned: 'brief'/gm)].map(
      ([, second = '', ms]) => Date.parse(`${second}Z`) + Number(ms),
    );
  // The log tells of a start when it has been heard of, and of the first one perhaps later than of the others: they are counted from before it.
  const asked = localNow();
  await ask(running, 'startProcess', 'brief');
  await until('sixteen starts', () => starts().length >= 16, running);
  // Five at once, and each one more a second after the fifth before it; a millisecond is lost where two clocks are rounded.
  for (const index of [5, 10, 15])
    assert.ok((starts()[index] ?? 0) - asked >= (index / 5) * 1000 - 50, `${asked}: ${starts().join(' ')}`);
  assert.equal((await running.ctl('stop', 'brief')).stdout, 'brief: stopped\n');
});

test('one that is held back when it is stopped is not executed any more', {
  skip: lacking('root', 'supervisor'),
}, async (t) => {
  const programs = `[program:brief]
command=/bin/true
startsecs=0
autorestart=true
[program:after]
command=/bin/sleep 1000
autostart=false
`;
  const running = await start(t, { peer: 'legato', pid1: false, loglevel: 'info', programs });
  const starts = (): number => running.log().match(/spawned: 'brief'/g)?.length ?? 0;
  // On a machine that stands still for a second a start comes before the stop does: then it is tried again.
  const tries: number[] = [];
  while (!tries.includes(0) && tries.length < 20) {
    const burst = starts() < 5 ? 5 : starts() + 5;
    await until('it to be held back', () => starts() >= burst, running);
    const before = starts();
    assert.equal(await ask(running, 'stopProcess', 'brief'), true);
    // Its RUNNING comes later than what was held back would have.
    await running.ctl('start', 'after');
    tries.push(starts() - before);
    await running.ctl('stop', 'after');
    await running.ctl('start', 'brief');
  }
  assert.ok(tries.includes(0), `starts after the stop: ${tries.join(' ')}`);
});

/** As the log has it: what the clocks of this place show, in milliseconds. */
function localNow(): number {
  const now = new Date();
  return now.getTime() - now.getTimezoneOffset() * 60_000;
}
