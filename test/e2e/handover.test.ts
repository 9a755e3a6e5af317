import assert from 'node:assert/strict';
import { readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { nobodyDefunct } from '../support/namespace/app-test.ts';
import { freePort } from '../support/namespace/free-port.ts';
import { handover, setMinReady, untilRunning } from '../support/namespace/handover.ts';
import { loadOn, noneFailed } from '../support/namespace/load.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, type Running, start } from '../support/namespace/supervisor.ts';
import { isLong, lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'supervisor', 'python3');

function socketOf(running: Running, port: number): string[] {
  return readFileSync(`/proc/${running.pid}/net/tcp`, 'utf8')
    .split('\n')
    .filter((line) => line.includes(`:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`))
    .map((line) => line.trim().split(/\s+/)[9] ?? '');
}

test('a service on a held socket is handed over under load without one failed request, broken deploys included', {
  skip: missing,
}, async (t) => {
  const port = await freePort();
  const dir = scratch(t);
  const broken = join(dir, 'broken');
  const running = await start(t, {
    peer: 'legato',
    dir,
    programs: `[program:web]
command=/usr/bin/python3 ${fixtures}/serves-its-descriptor.py
listen=tcp://127.0.0.1:${port}
ready=notify
min_ready=0.5
environment=BROKEN="${broken}"
`,
  });
  await untilRunning(running, 'web');
  const before = socketOf(running, port);
  assert.equal(before.length, 1, 'one listener socket');

  const load = loadOn(t, port);

  await load.begun;
  const rounds = isLong ? 3 : 1;
  for (let round = 0; round < rounds; round += 1) {
    const { code, report } = await handover(running, 'web');
    assert.equal(code, 0, JSON.stringify(report));
    assert.equal(report.ok, true);
    assert.notEqual(report.to, report.from);
  }
  const current = Number((await running.ctl('pid', 'web')).stdout);
  const faults: [string, RegExp][] = [
    ['exit 3', /exit status 3/],
    ['exit 0', /exit status 0/],
    ['never', /ready/],
    ['dies', /exit status 4/],
  ];
  await setMinReady(running, 120);
  for (const [fault, reason] of faults) {
    writeFileSync(broken, fault);
    // Patience is for the good ones: a machine that is busy takes seconds to start Python.
    const { code, report } = await handover(running, 'web', '--timeout', fault === 'never' ? '10' : '60');
    assert.equal(code, 1, `${fault}: ${JSON.stringify(report)}`);
    assert.match(report.reason, reason, `${fault}: ${JSON.stringify(report)}`);
    assert.ok(
      report.output.some((line) => line.includes('beginning')),
      `${fault}: the failed one's output is in the report`,
    );
    assert.equal(Number((await running.ctl('pid', 'web')).stdout), current, `${fault}: the current one serves on`);
  }
  rmSync(broken);
  await setMinReady(running, 0.5);
  const last = await handover(running, 'web');
  assert.equal(last.code, 0, JSON.stringify(last.report));
  const result = await noneFailed(load);
  assert.ok(Object.keys(result.generations).length >= rounds + 2, JSON.stringify(result.generations));
  assert.deepEqual(socketOf(running, port), before, 'the same socket all along');

  await nobodyDefunct(running);
  const rows = running.processes();
  assert.equal(
    rows.filter((row) => row.args.some((word) => word.endsWith('serves-its-descriptor.py'))).length,
    1,
    'one service is left',
  );
  assert.ok(readlinkSync(`/proc/${running.pid}/exe`).length > 0);
});

test('a held socket makes a restart refuse nothing: connections wait', { skip: missing }, async (t) => {
  const port = await freePort();
  const running = await start(t, {
    peer: 'legato',
    programs: `[program:web]
command=/usr/bin/python3 ${fixtures}/serves-its-descriptor.py
listen=tcp://127.0.0.1:${port}
ready=notify
handover=replace
`,
  });
  await untilRunning(running, 'web');
  const load = loadOn(t, port);
  await load.begun;
  const restart = await running.ctl('restart', 'web');
  assert.equal(restart.stdout, 'web: stopped\nweb: started\n', running.evidence());
  const { code, report } = await handover(running, 'web');
  assert.equal(code, 0, JSON.stringify(report));
  await noneFailed(load);
});

test('a server that dies on TERM in the middle of an answer adopts the socket and is quieted first', {
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
min_ready=0.2
`,
  });
  await untilRunning(running, 'web');
  const load = loadOn(t, port);
  await load.begun;
  for (let round = 0; round < 3; round += 1) {
    const { code, report } = await handover(running, 'web');
    assert.equal(code, 0, JSON.stringify(report));
  }
  await noneFailed(load);
});
