import assert from 'node:assert/strict';
import { chownSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { assertCensus, roleOf } from '../support/namespace/app-test.ts';
import { commands, type Row } from '../support/namespace/process-table.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'supervisor', 'setpriv', 'bubblewrap', 'python3');
const user = 1000;

/** An ordinary user without capabilities, a root that is read-only (and so cgroupfs); one directory can be written to. */
function sandbox(dir: string, pid1: boolean): string[] {
  const none = ['--clear-groups', '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs'];
  const room = ['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--bind', dir, dir, '--chdir', dir];
  const namespaces = ['--unshare-user', ...(pid1 ? ['--unshare-pid', '--as-pid-1'] : [])];
  const become = ['/usr/bin/setpriv', '--reuid', `${user}`, '--regid', `${user}`, ...none];
  return [...become, '/usr/bin/bwrap', ...namespaces, ...room, '--die-with-parent'];
}

for (const pid1 of [true, false]) {
  const place = pid1 ? 'as PID 1' : 'not as PID 1';
  test(`in a sandbox, ${place}: stop and shutdown leave nothing, without any privilege`, {
    skip: missing,
  }, async (t) => {
    const dir = scratch(t);
    chownSync(dir, user, user);
    const ready = join(dir, 'ready');
    const programs = `[program:storm]
command=/usr/bin/python3 ${fixtures}/double-forks-storm.py 6
environment=READY="${ready}"
stopwaitsecs=1
[program:idle]
command=/bin/sleep 1000
`;
    const running = await start(t, { peer: 'legato', dir, programs, pid1: false, wrap: (room) => sandbox(room, pid1) });
    const inside = (): Row[] => running.processes().filter((row) => row.comm !== 'bwrap');
    await until('the service', () => existsSync(ready), running);

    const init = inside().find((row) => roleOf(row) === 'supervisor');
    assert.ok(init !== undefined, running.evidence());
    const status = readFileSync(`/proc/${init.pid}/status`, 'utf8');
    assert.match(status, /^Uid:\t1000\t1000/m);
    assert.match(status, /^CapEff:\t0+$/m);
    assert.equal(/^NSpid:.*\t1$/m.test(status), pid1);
    assert.match(readFileSync(`/proc/${init.pid}/mountinfo`, 'utf8'), / \/ \/ ro,/);

    await until('six daemons', () => commands(inside(), 'double-forks-storm').length === 7, running);
    assert.equal((await running.ctl('stop', 'storm')).stdout, 'storm: stopped\n');
    await assertCensus(running, { supervisor: 1, brain: 1, shim: 1, '/bin/sleep 1000': 1 }, inside);
    await running.ctl('shutdown');
    assert.deepEqual(await running.ended, { code: 0, signal: null });
    assert.deepEqual(inside(), []);
  });
}
