import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, lchownSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { removePidfile, writePidfile } from '../../src/os/pidfile.ts';
import { lacking } from '../support/requirements.ts';
import { scratchDirectory } from './scratch.ts';

test('a pidfile is written over an old one, and removed', (context) => {
  const path = join(scratchDirectory(context), 'legatod.pid');
  assert.equal(writePidfile(path, 123456), true);
  assert.equal(writePidfile(path, 7), true);
  assert.equal(readFileSync(path, 'utf8'), '7\n');
  removePidfile(path, 7);
  removePidfile(path, 7);
  assert.equal(existsSync(path), false);
});

test('one that says so already is not written anew, for somebody may be reading it', (context) => {
  const path = join(scratchDirectory(context), 'legatod.pid');
  writePidfile(path, 7);
  utimesSync(path, 1, 1);
  assert.equal(writePidfile(path, 7), true);
  assert.equal(statSync(path).mtimeMs, 1000);
  assert.equal(writePidfile(path, 8), true);
  assert.equal(readFileSync(path, 'utf8'), '8\n');
});

test('one that cannot be written is told, not thrown', () => {
  assert.equal(writePidfile('/nonexistent/legatod.pid', 7), false);
});

test('what another daemon has written, and what is no file, is left where it is', (context) => {
  const dir = scratchDirectory(context);
  const [others, fifo] = [join(dir, 'others.pid'), join(dir, 'fifo')];
  writePidfile(others, 8);
  execFileSync('mkfifo', [fifo]);
  removePidfile(others, 7);
  removePidfile(fifo, 7);
  assert.equal(existsSync(others), true);
  assert.equal(statSync(fifo).isFIFO(), true);
});

test("a stranger's link in its place is not written through", { skip: lacking('root') }, (context) => {
  const directory = scratchDirectory(context);
  const [path, other] = [join(directory, 'legatod.pid'), join(directory, 'other')];
  writeFileSync(other, 'whole\n');
  symlinkSync(other, path);
  lchownSync(path, 65_534, 65_534);
  assert.equal(writePidfile(path, 7), false);
  assert.equal(readFileSync(other, 'utf8'), 'whole\n');
});
