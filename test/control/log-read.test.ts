import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { readLog, tailLog } from '../../src/control/log-read.ts';
import { call } from '../../src/control/methods.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { FakeSupervisor } from './fake-supervisor.ts';

const most = 4 * 1024 * 1024;

test('of what is more than an answer holds a tail has the end, and says so', async (t) => {
  const path = join(scratch(t), 'a.log');
  const size = 2 * most;
  writeFileSync(path, `${'x'.repeat(size - 4)}end\n`);
  const [text, offset, overflow] = await tailLog(new FakeSupervisor(), path, 0, size + 10);
  assert.deepEqual([text.length, text.slice(-4), offset, overflow], [most, 'end\n', size, true]);
  assert.equal((await readLog(new FakeSupervisor(), path, -size, 0)).slice(-4), 'end\n');
});

test('a tail that asks for more than an answer holds has all of a short log, and nothing has been left out', async (t) => {
  const path = join(scratch(t), 'a.log');
  writeFileSync(path, 'one\ntwo\n');
  assert.deepEqual(await tailLog(new FakeSupervisor(), path, 0, 2 * most), ['one\ntwo\n', 8, false]);
  assert.deepEqual(await tailLog(new FakeSupervisor(), path, 4, 2 * most), ['one\ntwo\n', 8, false]);
});

test('the tail of a log that was moved away begins anew', async (t) => {
  const path = join(scratch(t), 'a.log');
  const supervisor = new FakeSupervisor().add('g:a', 'RUNNING');
  supervisor.logTo('g:a', 'stdout', path);
  writeFileSync(path, 'one\n');
  const tail = (): Promise<unknown> => call(supervisor, 'supervisor.tailProcessStdoutLog', ['g:a', 4, 100]);
  assert.deepEqual(await tail(), ['', 4, false]);
  rmSync(path);
  assert.deepEqual(await tail(), ['', 0, false]);
});
