import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { scratch } from '../support/namespace/scratch.ts';
import { fill, smallDisk, smallDiskOf } from '../support/namespace/small-disk.ts';
import { start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const skip = lacking('root', 'namespaces', 'supervisor');

type Shown = readonly { name: string; troubledLogs: readonly { lost: number; reason: string }[] }[];

test('a full disk costs what does not fit, is told once, shown by tree, and over when there is room', {
  skip,
}, async (t) => {
  const programs = `[program:full]
command=/bin/sh -c "i=0; while sleep 0.01; do i=$((i+1)); echo line $i; done"
stdout_logfile=%(ENV_RUN_DIR)s/small/full.log
startsecs=0
[program:other]
command=/bin/sleep 1000
autostart=false
startsecs=0
`;
  const wrap = (dir: string): readonly string[] => smallDisk(dir, 256);
  const running = await start(t, { peer: 'legato', loglevel: 'info', wrap, programs });
  const small = smallDiskOf(running);
  const size = (): number => statSync(join(small, 'full.log'), { throwIfNoEntry: false })?.size ?? 0;
  await until('a line', () => size() > 0);
  const filler = fill(small);
  await until('the trouble', () => /cannot write to .*full\.log: ENOSPC/.test(running.log()));
  const shown = async (): Promise<Shown[number]['troubledLogs'][number] | undefined> =>
    (JSON.parse((await running.legatoctl('tree', '--json', 'full')).stdout) as Shown)[0]?.troubledLogs[0];
  assert.equal((await shown())?.reason, 'ENOSPC');
  assert.match(
    (await running.legatoctl('tree', 'full')).stdout,
    /stdout log .*cannot be written to \(ENOSPC\), \d+ bytes/,
  );
  // Nothing else is held up.
  assert.equal((await running.ctl('start', 'other')).stdout, 'other: started\n');
  rmSync(filler);
  await until('the end of it', () => /can write to .*full\.log again; [1-9]\d* bytes were lost/.test(running.log()));
  const before = size();
  await until('more of the log', () => size() > before);
  assert.equal(running.log().match(/cannot write to .*full\.log/g)?.length, 1);
  const after = await shown();
  assert.equal(after?.reason, '');
  assert.ok((after?.lost ?? 0) > 0);
});

test('a FIFO as log: without a reader its lines are lost and told, a reader that sleeps holds up its writer only', {
  skip,
}, async (t) => {
  const dir = scratch(t);
  for (const name of ['nobody', 'slow']) execFileSync('/usr/bin/mkfifo', [join(dir, name)]);
  const reader = openSync(join(dir, 'slow'), constants.O_RDONLY | constants.O_NONBLOCK);
  t.after(() => closeSync(reader));
  const programs = `[program:nobody]
command=/bin/sh -c "echo lost; exec sleep 1000"
stdout_logfile=%(ENV_RUN_DIR)s/nobody
stdout_logfile_maxbytes=0
startsecs=0
[program:slow]
command=/bin/sh -c "i=100000; while [ $i -lt 160000 ]; do i=$((i+1)); echo $i; done; exec sleep 1000"
stdout_logfile=%(ENV_RUN_DIR)s/slow
stdout_logfile_maxbytes=0
startsecs=0
`;
  const running = await start(t, { peer: 'legato', loglevel: 'info', dir, programs });
  await until('the trouble', () => /cannot write to .*nobody: ENXIO/.test(running.log()));
  assert.match((await running.ctl('status', 'nobody', 'slow')).stdout, /nobody +RUNNING.*\nslow +RUNNING/);
  const chunk = Buffer.alloc(65_536);
  let heard = '';
  await until(
    'every line, in order',
    () => {
      try {
        heard += chunk.toString('latin1', 0, readSync(reader, chunk));
      } catch {
        // Nothing yet.
      }
      return heard.length >= 60_000 * 7;
    },
    { limit: 60_000, every: 2, evidence: () => `${heard.length} bytes` },
  );
  const lines = heard.trimEnd().split('\n').map(Number);
  assert.ok(lines.every((line, index) => line === 100_001 + index));
});

test('a directory that vanished is told at the reopening, and written to when it is there again', {
  skip,
}, async (t) => {
  const programs = `[program:talk]
command=/bin/sh -c "while sleep 0.05; do echo on; done"
stdout_logfile=%(ENV_RUN_DIR)s/gone/talk.log
startsecs=0
`;
  const dir = scratch(t);
  execFileSync('/bin/mkdir', [join(dir, 'gone')]);
  const running = await start(t, { peer: 'legato', loglevel: 'info', dir, programs });
  const log = join(dir, 'gone', 'talk.log');
  const size = (): number => statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  await until('a line', () => size() > 0);
  rmSync(join(dir, 'gone'), { recursive: true });
  process.kill(running.pid, 'SIGUSR2');
  await until('the trouble', () => /cannot write to .*talk\.log: ENOENT/.test(running.log()));
  execFileSync('/bin/mkdir', [join(dir, 'gone')]);
  await until('lines again', () => size() > 0, { limit: 60_000 });
  // The line in the main log comes after the turn that wrote to the log.
  await until(
    'the news of it',
    () => /can write to .*talk\.log again; [1-9]\d* bytes were lost/.test(running.log()),
    running,
  );
});
