import assert from 'node:assert/strict';
import { test } from 'node:test';

import { start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

test('what ends at once and is no failure is started five times a second at most', {
  skip: lacking('root', 'supervisor'),
}, async (t) => {
  const programs = '[program:brief]\ncommand=/bin/true\nstartsecs=0\nautorestart=true\n';
  const running = await start(t, { peer: 'legato', pid1: false, loglevel: 'info', programs });
  const starts = (): number[] =>
    [...running.log().matchAll(/^(\S+ \S+),(\d+) INFO spawned: 'brief'/gm)].map(
      ([, second = '', ms]) => Date.parse(`${second}Z`) + Number(ms),
    );
  await until('sixteen starts', () => starts().length >= 16, running);
  const [first = 0, ...others] = starts();
  // Five at once, and each one more a second after the fifth before it; a millisecond is lost where two clocks are rounded.
  for (const index of [5, 10, 15])
    assert.ok((others[index - 1] ?? 0) - first >= (index / 5) * 1000 - 50, `${starts().join(' ')}`);
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
  while (!tries.includes(0) && tries.length < 5) {
    const burst = starts() < 5 ? 5 : starts() + 5;
    await until('it to be held back', () => starts() >= burst, running);
    const before = starts();
    assert.equal((await running.ctl('stop', 'brief')).stdout, 'brief: stopped\n');
    // Its RUNNING comes later than what was held back would have.
    await running.ctl('start', 'after');
    tries.push(starts() - before);
    await running.ctl('stop', 'after');
    await running.ctl('start', 'brief');
  }
  assert.ok(tries.includes(0), `starts after the stop: ${tries.join(' ')}`);
});
