import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

import { environmentOf, processTable, type Row } from '../support/namespace/process-table.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { repository } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';

const example = join(repository, 'examples/first-light');

/** What `npm start` runs after the build, in a session of its own, as a terminal would start it. */
async function started(t: TestContext, shown = 'Ctrl-C stops it.') {
  const dir = scratch(t);
  const env = { ...process.env, TMPDIR: dir };
  const script = spawn('/bin/sh', [join(example, 'run.sh')], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [script.stdout, script.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ours = (): Row[] => processTable().filter((row) => environmentOf(row.pid).includes(`TMPDIR=${dir}\0`));
  t.after(() => {
    for (const row of ours()) process.kill(row.pid, 'SIGKILL');
  });
  await until('the example to be up', () => said.includes(shown), {
    limit: 120_000,
    evidence: () => said,
  });
  return { script, ours, dir, said: () => said };
}

for (const signal of ['SIGINT', 'SIGTERM'] satisfies NodeJS.Signals[]) {
  test(`npm start shows two programs, their tree and handovers that nobody notices, and ${signal} ends it with nothing left`, async (t) => {
    const before = readdirSync(example);
    const { script, ours, dir, said } = await started(t);
    assert.match(said(), /^ticker +RUNNING +pid \d+/m);
    assert.match(said(), /^web +RUNNING +pid \d+/m);
    assert.match(said(), /\d+.*sleep 5/, 'the tree shows what the ticker runs');
    assert.equal(said().match(/^web: handed over #\d+ → #\d+/gm)?.length, 3, said());
    assert.match(said(), /^web: ERROR \(handover failed: readying: exit status 1 before it was ready; #\d+ serves\)/m);
    const [, requests, failed, processes] =
      /^(\d+) requests, .*: (\d+) failed; (\d+) processes have answered\.$/m.exec(said()) ?? [];
    assert.deepEqual([Number(requests) > 100, failed, processes], [true, '0', '4'], said());
    const [, url = ''] = /curl (http:\S+)/.exec(said()) ?? [];
    assert.match(await (await fetch(url)).text(), /^GET \/: pid \d+/);
    // Ctrl-C reaches every process of the terminal's foreground group.
    process.kill(-(script.pid ?? 0), signal);
    assert.deepEqual(await once(script, 'exit'), [0, null], said());
    assert.deepEqual(ours(), []);
    assert.deepEqual(readdirSync(dir), []);
    assert.deepEqual(readdirSync(example), before);
  });
}

test('npm start that is interrupted in the middle of a handover leaves nothing either', async (t) => {
  const { script, ours, dir, said } = await started(t, '$ legatoctl handover web');
  process.kill(-(script.pid ?? 0), 'SIGINT');
  assert.deepEqual(await once(script, 'exit'), [0, null], said());
  assert.match(said(), /^Stopped; nothing is left\.$/m);
  assert.deepEqual(ours(), []);
  assert.deepEqual(readdirSync(dir), []);
});
