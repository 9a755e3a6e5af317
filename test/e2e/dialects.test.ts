import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { dialectServers } from '../support/namespace/dialect-servers.ts';
import { freePort } from '../support/namespace/free-port.ts';
import { untilRunning } from '../support/namespace/handover.ts';
import { heldInodes } from '../support/namespace/held-inodes.ts';
import { loadUntilEnd, noneFailed } from '../support/namespace/load.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { start } from '../support/namespace/supervisor.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'supervisor');

/** How often each is handed over; the full form of this test has more (`LEGATO_HANDOVERS=3`). */
const handovers = Number(process.env['LEGATO_HANDOVERS'] ?? 1);

/** Inodes of the sockets that listen on a port. */
function listening(pid: number, port: number): string[] {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`;
  return readFileSync(`/proc/${pid}/net/tcp`, 'utf8')
    .split('\n')
    .filter((line) => line.includes(local))
    .map((line) => line.trim().split(/\s+/)[9] ?? '');
}

for (const { name, needs, keys } of dialectServers) {
  const absent = existsSync(needs) ? false : `${needs} is not installed`;
  test(`${name}: no request is lost over a handover, and the socket stays the same`, {
    skip: missing === false ? absent : missing,
  }, async (t) => {
    const port = await freePort();
    const dir = scratch(t);
    const running = await start(t, {
      peer: 'legato',
      dir,
      programs: `[program:web]\n${keys(dir, port)}\nlisten=127.0.0.1:${port}\nmin_ready=2\nredirect_stderr=true\n`,
    });
    const evidence = (): string => `${running.evidence()}\n`;
    await untilRunning(running, 'web');
    const held = heldInodes(running.pid);
    assert.deepEqual(held, listening(running.pid, port), 'it has bound no other socket');
    const load = loadUntilEnd(t, {
      url: `http://127.0.0.1:${port}/`,
      mode: 'close',
      concurrency: 3,
      timeoutMs: 60_000,
    });
    await load.begun;
    for (let round = 0; round < handovers; round += 1) {
      const { code, stdout, stderr } = await running.legatoctl('handover', 'web');
      assert.equal(code, 0, `${stdout}${stderr}${evidence()}`);
    }
    const result = await noneFailed(load, evidence);
    assert.ok(Object.keys(result.generations).length > handovers, JSON.stringify(result.generations));
    assert.deepEqual(heldInodes(running.pid), held);
    assert.deepEqual(listening(running.pid, port), held);
  });
}
