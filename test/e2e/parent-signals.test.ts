import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, type Peer, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'supervisor', 'python3');

for (const peer of ['legato', 'supervisor'] satisfies Peer[]) {
  test(`a service that sends QUIT to its parent ends ${peer} in order`, { skip: missing }, async (t) => {
    const dir = scratch(t);
    const notes = join(dir, 'notes');
    const go = join(dir, 'go');
    const programs = `[program:listener]
command=/bin/sh ${fixtures}/quits-its-parent.sh
environment=GO="${go}"
[program:other]
command=/usr/bin/python3 ${fixtures}/notes-term.py ${notes}
`;
    const running = await start(t, { peer, dir, programs });
    await until('the other service', () => readFileSync(notes, { encoding: 'utf8', flag: 'a+' }) === 'up\n', running);
    writeFileSync(go, '');
    assert.deepEqual(await running.ended, { code: 0, signal: null });
    assert.equal(readFileSync(notes, 'utf8'), 'up\nterm\ndone\n', 'the other service was given its time');
  });
}
