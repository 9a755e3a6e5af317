import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { command } from '../support/namespace/command.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { repository } from '../support/namespace/supervisor.ts';
import { lacking } from '../support/requirements.ts';

const skip = lacking('supervisor', 'root');

/** Command lines that end before anything is started. DIR is a directory with `c.conf`, which is good. */
const lines = [
  '-x',
  '--foo',
  '--no',
  '--min=5',
  '-e',
  '-e foo',
  '--loglevel=foo',
  '--logle foo',
  '-n -n',
  '--nodaemo -n',
  '-n foo bar',
  '-y x',
  '-y 5TB',
  '-z x',
  '-a x',
  '--minprocs=x',
  '-m 9',
  '-m x',
  '-u nosuchuser',
  '-u 99999999999999',
  '-d /nowhere',
  '-q /nowhere',
  '-l /nowhere/x.log',
  '-j /nowhere/x.pid',
  '-c',
  '-c /nowhere.conf',
  '--nodaemon=1',
  '-v',
  '--version -x',
  '-n -s -k -t -i a -i b',
];

test('what is wrong with a command line is said as supervisord says it', { skip, timeout: 600_000 }, async (t) => {
  const dir = scratch(t);
  writeFileSync(join(dir, 'c.conf'), '[supervisord]\nuser=root\nnodaemon=true\n');
  const differing: string[] = [];
  for (const line of lines) {
    const words = line.split(' ');
    const own = words.includes('-c') ? words : ['-c', join(dir, 'c.conf'), ...words];
    const run = async (file: string): Promise<string> => {
      const { code, stdout, stderr } = await command(file, own, {
        cwd: dir,
        env: { PATH: '/usr/bin:/bin' },
        timeout: 120_000,
      });
      return `${code}\n${stdout}${stderr}`.replaceAll(file, 'DAEMON');
    };
    const [ours, theirs] = await Promise.all([run(join(repository, 'bin/legatod')), run('/usr/bin/supervisord')]);
    if (ours !== theirs) differing.push(`${line}\n  legatod: ${ours}\n  supervisord: ${theirs}`);
  }
  assert.deepEqual(differing, []);
});
