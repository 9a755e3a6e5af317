import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { renewBrain } from '../support/namespace/brain-death.ts';
import { freePort } from '../support/namespace/free-port.ts';
import { handover, treeOf, untilRunning } from '../support/namespace/handover.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'nsenter', 'supervisor');

test("a Node program that says process.send('ready') is heard, and can go on sending to its end, over a brain's death too", {
  skip: missing,
}, async (t) => {
  const [port, dir] = [await freePort(), scratch(t)];
  const [silent, count] = [join(dir, 'silent'), join(dir, 'count')];
  const programs = `[program:web]
command=/bin/sh -c "exec ${process.execPath} ${fixtures}/sends-to-its-parent.ts"
environment=SILENT="${silent}",COUNT="${count}"
listen=tcp://127.0.0.1:${port}
ready=ipc
min_ready=0.1
startsecs=0
`;
  const running = await start(t, { peer: 'legato', dir, programs });
  await untilRunning(running, 'web');
  await until('the first one to say so', async () => /ready: ipc/.test(await treeOf(running, 'web')), running);
  const { code, report } = await handover(running, 'web');
  assert.equal(code, 0, JSON.stringify(report));
  assert.match(report.steps.find(({ step }) => step === 'ready')?.detail ?? '', /^ipc, listening/);

  const taken = (): number => Number(readFileSync(count, 'utf8'));
  const more = async (): Promise<void> => {
    const before = taken();
    await until('more messages to be taken', () => taken() > before + 20, running);
  };
  await more();
  await renewBrain(running);
  await more();

  writeFileSync(silent, '');
  const pid = (await running.ctl('pid', 'web')).stdout;
  const failed = await running.legatoctl('handover', '--timeout', '5', 'web');
  assert.match(failed.stdout, /not ready within 5 s: process\.send\('ready'\) did not come/);
  assert.equal((await running.ctl('pid', 'web')).stdout, pid);
  rmSync(silent);
  assert.equal((await handover(running, 'web')).code, 0, 'a new brain hears the next one as well');
  const { stdout } = await running.ctl('tail', 'web');
  assert.match(stdout, /mode taken out/);
  assert.doesNotMatch(stdout, /the parent is gone/);
  assert.doesNotMatch(running.log(), /were not taken/);
});
