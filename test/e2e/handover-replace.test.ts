import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePort } from '../support/namespace/free-port.ts';
import { untilRunning } from '../support/namespace/handover.ts';
import { loadUntilEnd, noneFailed } from '../support/namespace/load.ts';
import { fixtures, start } from '../support/namespace/supervisor.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'supervisor', 'python3');

test('a singleton that dies on TERM in the middle of an answer is replaced without cutting one: it is quieted before it is stopped', {
  skip: missing,
}, async (t) => {
  const port = await freePort();
  const running = await start(t, {
    peer: 'legato',
    programs: `[program:web]
command=/usr/bin/python3 -u -m http.server --bind 127.0.0.1 ${port}
directory=${fixtures}
listen=tcp://127.0.0.1:${port}
listen_mode=adopt
handover=replace
min_ready=0.2
`,
  });
  await untilRunning(running, 'web');
  const load = loadUntilEnd(t, { url: `http://127.0.0.1:${port}/`, mode: 'close', concurrency: 8, timeoutMs: 60_000 });
  await load.begun;
  for (let round = 0; round < 3; round += 1) {
    const { code, stdout, stderr } = await running.legatoctl('handover', 'web');
    assert.equal(code, 0, `${stdout}${stderr}${running.evidence()}`);
    assert.match(stdout, /quiet \(for 5 s at most\)[^]*vacated[^]*committed \(gap of \d+ ms\)/);
  }
  await noneFailed(load);
});
