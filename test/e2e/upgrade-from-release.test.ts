import assert from 'node:assert/strict';
import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { renewBrain } from '../support/namespace/brain-death.ts';
import { freePort } from '../support/namespace/free-port.ts';
import { handover, untilRunning } from '../support/namespace/handover.ts';
import { loadOn, noneFailed } from '../support/namespace/load.ts';
import { built, lastRelease } from '../support/namespace/release.ts';
import { fixtures, type Running, repository, start } from '../support/namespace/supervisor.ts';
import { linesIn } from '../support/numbered-lines.ts';
import { lacking } from '../support/requirements.ts';

/*
 * From the last release to what is checked out; before the first release, from the oldest commit. LEGATO_UPGRADE_FROM=COMMIT names another one.
 */

const release = lastRelease();
const names = ['web', 'lines', 'silent'];

async function pidsOf(running: Running): Promise<string[]> {
  return await Promise.all(names.map(async (name) => (await running.ctl('pid', name)).stdout));
}

if (release !== null)
  test(`what runs below legato ${release} does not notice that this one takes its place`, {
    skip: lacking('root', 'namespaces', 'supervisor', 'python3'),
  }, async (t) => {
    const root = built(t, release);
    const port = await freePort();
    const programs = `[program:web]
command=/usr/bin/python3 ${fixtures}/serves-an-address.py ${port}
listen=tcp://127.0.0.1:${port}
listen_mode=adopt
min_ready=0.5
[program:lines]
command=/usr/bin/python3 ${fixtures}/writes-numbered-lines.py 200
stdout_logfile=%(ENV_RUN_DIR)s/lines.log
stdout_logfile_maxbytes=50KB
stdout_logfile_backups=100
[program:silent]
command=/bin/sleep 1000
`;
    const running = await start(t, { peer: 'legato', root, loglevel: 'info', programs });
    for (const name of names) await untilRunning(running, name);
    const load = loadOn(t, port, 4);
    await load.begun;
    assert.equal((await handover(running, 'web')).code, 0, running.evidence());
    const pids = await pidsOf(running);

    const { code, stdout, stderr } = await running.legatoctl('upgrade', '--to', repository);
    assert.equal(code, 0, `${stdout}${stderr}${running.evidence()}`);
    assert.equal(readlinkSync(`/proc/${running.pid}/exe`), join(repository, 'bin/legato-init'));
    assert.deepEqual(await pidsOf(running), pids);

    // What it has taken over it can hand over, stop, start, and leave to the brain after it.
    assert.equal((await handover(running, 'web')).code, 0, running.evidence());
    await renewBrain(running);
    const after = await pidsOf(running);
    assert.deepEqual(after.slice(1), pids.slice(1));
    assert.equal((await handover(running, 'web')).code, 0, running.evidence());
    await noneFailed(load);
    assert.equal((await running.ctl('stop', 'lines')).stdout, 'lines: stopped\n');
    const { lost, doubled, torn, written } = linesIn(join(running.dir, 'lines.log'));
    assert.deepEqual([lost, doubled, torn], [0, 0, 0]);
    assert.ok(written > 0);
    await running.ctl('shutdown');
    assert.deepEqual(await running.ended, { code: 0, signal: null });
  });
else process.stderr.write('NOT TRIED: this clone has no former version to upgrade from\n');
