import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { removePidfile, writePidfile } from '../../src/os/pidfile.ts';
import { scratchDirectory } from './scratch.ts';

test('a pidfile is written over an old one, and removed', (context) => {
  const path = join(scratchDirectory(context), 'legatod.pid');
  assert.equal(writePidfile(path, 123456), true);
  assert.equal(writePidfile(path, 7), true);
  assert.equal(readFileSync(path, 'utf8'), '7\n');
  removePidfile(path);
  removePidfile(path);
  assert.equal(existsSync(path), false);
});

test('one that cannot be written is told, not thrown', () => {
  assert.equal(writePidfile('/nonexistent/legatod.pid', 7), false);
});
