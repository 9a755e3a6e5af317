import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';

import { brainOf, renewBrain } from '../support/namespace/brain-death.ts';
import { handover, untilRunning } from '../support/namespace/handover.ts';
import { start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const skip = lacking('root', 'supervisor');

test('clients of /logtail that go at once are not followed for ever', { skip }, async (t) => {
  const programs = '[program:quiet]\ncommand=/bin/sleep 1000\nstdout_logfile=%(ENV_RUN_DIR)s/quiet.log\nstartsecs=0\n';
  const running = await start(t, { peer: 'legato', pid1: false, loglevel: 'info', programs });
  await untilRunning(running, 'quiet');
  const open = (): number => readdirSync(`/proc/${brainOf(running)}/fd`).length;
  const before = open();
  for (let client = 0; client < 40; client += 1) {
    await new Promise<void>((resolve) => {
      const socket = connect(join(running.dir, 's.sock'));
      // With the request comes the end of it.
      socket.write('GET /logtail/quiet HTTP/1.1\r\nHost: x\r\n\r\n');
      socket.destroySoon();
      socket.once('close', () => resolve());
    });
  }
  await until('the last of them to be forgotten', () => open() <= before + 2, running);
});

test("a log with the generation's number in its name is told to clients of the next brain as well", {
  skip,
}, async (t) => {
  const programs = `[program:app]
command=/bin/sh -c 'echo here; exec sleep 1000'
stdout_logfile=%(ENV_RUN_DIR)s/app-%%(generation)s.log
handover=overlap
min_ready=0
startsecs=0
`.replaceAll('%%(', '%(');
  const running = await start(t, { peer: 'legato', pid1: false, loglevel: 'info', programs });
  await untilRunning(running, 'app');
  assert.equal((await handover(running, 'app')).code, 0, running.evidence());
  const tail = async (): Promise<string> => (await running.ctl('tail', 'app')).stdout;
  await until('its line', async () => /^here$/m.test(await tail()), running);
  await renewBrain(running);
  assert.match(await tail(), /^here$/m);
});
