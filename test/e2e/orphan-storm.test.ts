import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

import { assertCensus, expected } from '../support/namespace/app-test.ts';
import { commands } from '../support/namespace/process-table.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, type Peer, type Running, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const storm = 'double-forks-storm.py';
const daemons = 200;
const stopwaitsecs = 2;

async function storming(t: TestContext, peer: Peer): Promise<Running> {
  const dir = scratch(t);
  const ready = join(dir, 'ready');
  const programs = `[program:storm]
command=/usr/bin/python3 ${fixtures}/${storm} ${daemons}
environment=READY="${ready}"
stopwaitsecs=${stopwaitsecs}
`;
  const running = await start(t, { peer, dir, programs });
  await until('the storm to be up', () => existsSync(ready), { limit: 60_000, evidence: running.evidence });
  await until('every daemon', () => commands(running.processes(), storm).length === daemons + 1);
  return running;
}

const missing = lacking('root', 'namespaces', 'supervisor', 'python3');

test('stop ends two hundred daemons, half of them deaf to TERM, soon after stopwaitsecs', {
  skip: missing,
}, async (t) => {
  const running = await storming(t, 'legato');
  const began = performance.now();
  const { stdout } = await running.ctl('stop', 'storm');
  const took = performance.now() - began;
  assert.equal(stdout, 'storm: stopped\n');
  await assertCensus(running, expected('legato').alone);
  assert.ok(took < (stopwaitsecs + 30) * 1000, `${Math.round(took)} ms`);
});

test('Supervisor says stopped and leaves them all', { skip: missing }, async (t) => {
  const running = await storming(t, 'supervisor');
  const { stdout } = await running.ctl('stop', 'storm');
  assert.equal(stdout, 'storm: stopped\n');
  assert.equal(commands(running.processes(), storm).length, daemons);
});
