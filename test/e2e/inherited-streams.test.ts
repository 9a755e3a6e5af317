import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { daemonSections } from '../support/namespace/daemon-sections.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { repository } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

for (const stream of ['stdout', 'stderr'] as const)
  test(`what goes to /dev/${stream} comes out of a pipe while the daemon runs, and all of it`, {
    skip: lacking('root'),
  }, async (t) => {
    const dir = scratch(t);
    const lines = 100_000;
    const program = `[program:web]
command=/bin/sh -c 'i=0; while [ $i -lt ${lines} ]; do echo line $i; i=$((i+1)); done; exec sleep 1000'
stdout_logfile=/dev/${stream}
stdout_logfile_maxbytes=0
`;
    const file = join(dir, 'c.conf');
    // The main log goes there as well unless it is silent, and may come in the middle of a line.
    writeFileSync(file, daemonSections(dir, { silent: 'true' }) + program);
    const daemon = spawn(join(repository, 'bin/legatod'), ['-n', '-c', file], { stdio: ['ignore', 'pipe', 'pipe'] });
    t.after(() => daemon.kill('SIGKILL'));
    let said = '';
    for (const name of ['stdout', 'stderr'] as const)
      daemon[name].setEncoding('utf8').on('data', (text: string) => {
        if (name === stream) said += text;
      });
    await until('the last line', () => said.includes(`line ${lines - 1}\n`), { evidence: () => said.slice(-500) });
    assert.equal(said.match(/^line \d+$/gm)?.length, lines);
    const ended = new Promise((resolve) => daemon.once('exit', resolve));
    daemon.kill('SIGTERM');
    assert.equal(await ended, 0);
  });
