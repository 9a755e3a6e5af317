import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { handover, untilRunning } from '../support/namespace/handover.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

/* What a report says, beside whether it went well. */

const missing = lacking('root', 'namespaces', 'supervisor');

test('a handover of what does not run says so, and shows nothing of what an earlier one wrote', {
  skip: missing,
}, async (t) => {
  const dir = scratch(t);
  writeFileSync(join(dir, 'good'), '');
  const programs = `[program:web]
command=/bin/sh -c "test -e ${dir}/good || { echo no good; exit 1; }; rm ${dir}/good; exec sleep 1000"
handover=overlap
startsecs=0
`;
  const running = await start(t, { peer: 'legato', dir, programs });
  await untilRunning(running, 'web');
  await until('it to have found what is good', () => !existsSync(join(dir, 'good')), running);
  const failed = await handover(running, 'web');
  assert.deepEqual([failed.code, failed.report.output], [1, ['no good']], JSON.stringify(failed.report));
  assert.equal((await running.ctl('stop', 'web')).code, 0);
  const refused = await handover(running, 'web');
  assert.equal(refused.code, 1);
  assert.deepEqual(
    [refused.report.reason, refused.report.stage, refused.report.output],
    ['not running (STOPPED): start it instead', '', []],
  );
  const { stdout } = await running.legatoctl('handover', 'web');
  assert.match(stdout, /^web: ERROR \(not running \(STOPPED\): start it instead\)\n/);
});

test('that a generation had to be killed to make room is a step, and a warning beside what went well', {
  skip: missing,
}, async (t) => {
  const programs = `[program:web]
command=/bin/sh -c "trap '' TERM; touch %(ENV_RUN_DIR)s/deaf; while :; do sleep 1000; done"
handover=replace
stopwaitsecs=1
startsecs=0
`;
  const running = await start(t, { peer: 'legato', programs });
  await until('it to be deaf', () => existsSync(join(running.dir, 'deaf')), running);
  const { code, stdout } = await running.legatoctl('handover', 'web');
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^web: handed over #1 → #2 .*; warning: #1 did not end in time and was killed\n/);
  assert.match(stdout, / #1 killed\n.* vacated \(terminated by SIGKILL\)\n/);
});

test('with --strategy the reason and the warnings are those of what was asked for', { skip: missing }, async (t) => {
  const programs = `[program:beat]
command=/bin/sleep 1000
handover=replace
startsecs=0
`;
  const running = await start(t, { peer: 'legato', programs });
  await untilRunning(running, 'beat');
  const plan = await running.legatoctl('handover', '--dry-run', '--strategy', 'overlap', 'beat');
  assert.match(plan.stdout, /^beat: overlap: as asked for by --strategy\n/);
  const { code, report } = await handover(running, 'beat', '--strategy', 'overlap');
  assert.equal(code, 0, JSON.stringify(report));
  assert.equal(report.steps[0]?.detail, 'overlap: as asked for by --strategy');
  assert.match(report.warnings.join('\n'), /two of it run for a moment/);
  assert.doesNotMatch(report.warnings.join('\n'), /not there for a moment/);
});
