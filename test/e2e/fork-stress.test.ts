import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';

import { assertCensus, expected } from '../support/namespace/app-test.ts';
import { type Peer, type Running, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { type Zombies, ZombieWatch } from '../support/namespace/zombie-watch.ts';
import { isLong, lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'supervisor', 'stress-ng');

/** Seconds of load; LEGATO_LONG_TESTS=1 plays the long form. */
const seconds = isLong ? 10 : 3;

async function stressed(t: TestContext, peer: Peer): Promise<{ readonly running: Running; readonly zombies: Zombies }> {
  const stressors = ['daemon', 'zombie', 'fork', 'vfork', 'session'].map((name) => `--${name} 1`).join(' ');
  const programs = `[program:stress]
command=/usr/bin/stress-ng ${stressors} --zombie-max 50 --timeout ${seconds} --temp-path %(here)s
startsecs=0
autorestart=false
stdout_logfile=%(here)s/stress.log
redirect_stderr=true
`;
  const running = await start(t, { peer, programs });
  // Whoever reaps has the moment that a slow machine needs; Supervisor looks once in a second.
  const watch = new ZombieWatch(() => running.processes(), peer === 'legato' ? 1000 : 100);
  t.after(() => watch.end());
  // Each question has Supervisor pass its loop, and reap.
  const every = peer === 'legato' ? 100 : 1000;
  const patience = { limit: seconds * 1000 + 120_000, every, evidence: running.evidence };
  await until('the load to end', async () => /EXITED/.test(await running.status()), patience);
  return { running, zombies: await watch.end() };
}

test('under stress-ng no zombie outlives the moment, and the log sums up in one line', { skip: missing }, async (t) => {
  const { running, zombies } = await stressed(t, 'legato');
  assert.ok(zombies.looks > 3, `${zombies.looks} looks`);
  assert.equal(zombies.outlived, 0);
  await assertCensus(running, expected('legato').alone);
  const lines = running.log().match(/^.*reaped .*$/gm) ?? [];
  assert.equal(lines.length, 1, lines.join('\n'));
  assert.match(lines[0] ?? '', /reaped \d+ orphans of 'stress:stress'/);
});

test('the same watch sees the zombies that Supervisor is slow to reap', { skip: missing }, async (t) => {
  const { zombies } = await stressed(t, 'supervisor');
  assert.ok(zombies.outlived > 0 && zombies.atOnce > 10, JSON.stringify(zombies));
});
