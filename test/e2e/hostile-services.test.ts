import assert from 'node:assert/strict';
import { chownSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { call } from '../support/namespace/calls.ts';
import { untilRunning } from '../support/namespace/handover.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

/** What services may try whose user is not legato's. */

const skip = lacking('root', 'namespaces', 'supervisor', 'python3');
const nobody = 65_534;

test('a service that puts a link in the place of its log has root neither write nor show what it leads to', {
  skip,
}, async (t) => {
  const dir = scratch(t);
  const own = join(dir, 'own');
  const secret = join(dir, 'secret');
  mkdirSync(own);
  chownSync(own, nobody, nobody);
  writeFileSync(secret, 'secret\n', { mode: 0o600 });
  writeFileSync(join(dir, 'links.sh'), `ln -sf ${secret} ${own}/x.log; while echo 'evil::0:0:::'; do sleep 0.05; done`);
  const running = await start(t, {
    peer: 'legato',
    dir,
    loglevel: 'info',
    programs: `[program:links]
command=/bin/sh ${dir}/links.sh
user=nobody
stdout_logfile=${own}/x.log
stdout_logfile_maxbytes=200
stdout_logfile_backups=0
`,
  });
  const refused = /cannot write to \S+x\.log: a symbolic link of user 65534 leads to what is not that user's/;
  await until(
    'the link to be met',
    () => refused.test(running.log()) || readFileSync(secret, 'utf8') !== 'secret\n',
    running,
  );
  assert.equal(readFileSync(secret, 'utf8'), 'secret\n');
  assert.match(running.log(), refused);
  assert.deepEqual(await call(running, ['tailProcessStdoutLog', 'links', 0, 100]), [['', 0, false]]);
});

test('what a command line says begins no line of the main log, and does not speak to a terminal', {
  skip,
}, async (t) => {
  const dir = scratch(t);
  copyFileSync(join(fixtures, 'notes-term.py'), join(dir, 't.py'));
  writeFileSync(
    join(dir, 'wrapper.sh'),
    `/usr/bin/python3 ${dir}/t.py ${dir}/n "$(printf 'x\\n2026 \\033[31m')"\ntrue\n`,
  );
  const running = await start(t, {
    peer: 'legato',
    dir,
    loglevel: 'info',
    programs: `[program:wrapped]\ncommand=/bin/sh ${dir}/wrapper.sh\n`,
  });
  await until('the program to catch TERM', () => existsSync(join(dir, 'n')), running);
  await untilRunning(running, 'wrapped');
  assert.equal((await running.ctl('stop', 'wrapped')).stdout, 'wrapped: stopped\n');
  assert.match(
    running.log(),
    /SIGTERM for 'wrapped:wrapped' goes to pid \d+ \(\S+ \S+ \S+ x\?2026 \?\[31m\), below pid/,
  );
});

test('a tree of many processes with arguments of megabytes is told at once, and is no larger than others', {
  skip,
}, async (t) => {
  const dir = scratch(t);
  const running = await start(t, {
    peer: 'legato',
    dir,
    loglevel: 'info',
    programs: `[program:wordy]\ncommand=/usr/bin/python3 ${fixtures}/has-wordy-children.py 40 ${dir}/there\n`,
  });
  await until('its children', () => existsSync(join(dir, 'there')), running);
  const { stdout } = await running.legatoctl('tree', 'wordy');
  assert.equal(stdout.match(/ xxx/g)?.length, 40);
  assert.ok(stdout.length < 40 * 5000, `${stdout.length} characters`);
});
