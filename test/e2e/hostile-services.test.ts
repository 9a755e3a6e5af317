import assert from 'node:assert/strict';
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { call } from '../support/namespace/calls.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

/** What services may try whose user is not legato's. */

const skip = lacking('root', 'namespaces', 'supervisor');
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
  writeFileSync(
    join(dir, 'links.sh'),
    `rm ${own}/x.log; ln -s ${secret} ${own}/x.log; while echo 'evil::0:0:::'; do sleep 0.05; done`,
  );
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
