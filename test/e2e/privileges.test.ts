import assert from 'node:assert/strict';
import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { command, type Outcome } from '../support/namespace/command.ts';
import { daemonSections, rpcInterface } from '../support/namespace/daemon-sections.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { repository } from '../support/namespace/supervisor.ts';
import { lacking } from '../support/requirements.ts';

const skip = lacking('root', 'supervisor', 'setpriv');
const nobody = 65534;

/** Who starts the daemon, for setpriv; and the user that its configuration names. */
const cases = [
  { who: 'an ordinary user', user: 'root', words: ['--reuid', `${nobody}`, '--regid', `${nobody}`, '--clear-groups'] },
  {
    who: 'an ordinary user',
    user: 'daemon',
    words: ['--reuid', `${nobody}`, '--regid', `${nobody}`, '--clear-groups'],
  },
  { who: 'root without CAP_SETGID', user: 'nobody', words: ['--bounding-set=-setuid,-setgid', '--inh-caps=-all'] },
];

for (const { who, user, words } of cases) {
  for (const nodaemon of ['true', 'false']) {
    const place = nodaemon === 'true' ? 'in the foreground' : 'in the background';
    test(`${who} cannot start a daemon of user=${user} ${place}, and is told so in Supervisor's words`, {
      skip,
      timeout: 120_000,
    }, async (t) => {
      const dir = scratch(t);
      chownSync(dir, nobody, nobody);
      const file = join(dir, 'c.conf');
      writeFileSync(file, daemonSections(dir, { user, nodaemon }) + rpcInterface);
      const run = (daemon: string): Promise<Outcome> =>
        command('/usr/bin/setpriv', [...words, daemon, '-c', file], { cwd: dir, timeout: 30_000 });
      const daemon = join(repository, 'bin/legatod');
      const [ours, theirs] = [await run(daemon), await run('/usr/bin/supervisord')];
      assert.equal(ours.code, 2);
      assert.match(
        ours.stderr,
        /^Error: Can't drop privilege as nonroot user|^Error: Could not set groups of effective user/,
      );
      assert.deepEqual({ ...ours, stderr: ours.stderr.replace(daemon, '/usr/bin/supervisord') }, theirs);
    });
  }
}
