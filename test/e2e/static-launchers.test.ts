import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { nobodyDefunct } from '../support/namespace/app-test.ts';
import { editConfiguration } from '../support/namespace/edit-configuration.ts';
import { freePort } from '../support/namespace/free-port.ts';
import { treeOf, untilRunning } from '../support/namespace/handover.ts';
import { loadOn, noneFailed } from '../support/namespace/load.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, start } from '../support/namespace/supervisor.ts';
import { lacking } from '../support/requirements.ts';

test('a server behind static launchers adopts its socket; a static program behind them is refused, and told', {
  skip: lacking('root', 'namespaces', 'supervisor', 'python3'),
}, async (t) => {
  const [dir, port, other] = [scratch(t), await freePort(), await freePort()];
  const gosu = join(dir, 'gosu');
  const tini = join(dir, 'tini-static');
  execFileSync('cc', ['-static', '-o', gosu, join(fixtures, 'static-launcher.c')]);
  copyFileSync(gosu, tini);
  const program = (name: string, place: number, command: string): string =>
    `[program:${name}]\ncommand=${command}\nlisten=127.0.0.1:${place}\nlisten_mode=adopt\nmin_ready=0\n`;
  const server = `/usr/bin/python3 -m http.server ${port} --bind 127.0.0.1`;
  const programs = program('web', port, `${tini} -g -- ${gosu} nobody ${server}`);
  const running = await start(t, { peer: 'legato', dir, programs });
  await untilRunning(running, 'web');
  assert.match(await treeOf(running, 'web'), /ready: adopt: listen\(\)/);
  const load = loadOn(t, port);
  await load.begun;
  for (let time = 1; time <= 3; time++) {
    const { code, stdout } = await running.legatoctl('handover', 'web');
    assert.deepEqual([code, stdout.startsWith('web: handed over ')], [0, true], stdout);
  }
  await noneFailed(load);
  await nobodyDefunct(running);

  editConfiguration(running, (text) => text + program('static', other, `${tini} -- ${gosu}`));
  const refused = await running.legatoctl('reread');
  assert.match(refused.stdout, /'static': cannot adopt the sockets of .*tini-static: static/);
});
