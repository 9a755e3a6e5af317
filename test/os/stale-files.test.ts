import assert from 'node:assert/strict';
import { chownSync, existsSync, lchownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { removeStaleFiles } from '../../src/os/stale-files.ts';
import { scratch } from '../support/namespace/scratch.ts';

test('files and sockets that match are removed, whatever else is there stays', async (t) => {
  const dir = scratch(t);
  for (const name of ['a.pid', 'a1.pid', 'b.pid', '.a.pid', 'a+pid']) writeFileSync(join(dir, name), '');
  mkdirSync(join(dir, 'a-directory.pid'));
  const server = createServer().listen(join(dir, 'a.sock'));
  t.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const found = removeStaleFiles([`${dir}/a*.pid`, `${dir}/a.soc?`, `${dir}/none.pid`, '/nowhere/at/all']);
  assert.deepEqual(
    found.toSorted((a, b) => a.path.localeCompare(b.path)),
    [
      { path: `${dir}/a-directory.pid`, trouble: 'it is a directory' },
      { path: `${dir}/a.pid`, trouble: null },
      { path: `${dir}/a.sock`, trouble: null },
      { path: `${dir}/a1.pid`, trouble: null },
    ].toSorted((a, b) => a.path.localeCompare(b.path)),
  );
  assert.deepEqual(
    ['b.pid', '.a.pid', 'a+pid', 'a.pid', 'a1.pid', 'a.sock'].map((name) => existsSync(join(dir, name))),
    [true, true, true, false, false, false],
  );
});

test('[0-9]+ is a number and nothing else', (t) => {
  const dir = scratch(t);
  for (const name of ['a-12.pid', 'a-7.pid', 'a-x.pid', 'a-.pid', 'a-1-2.pid']) writeFileSync(join(dir, name), '');
  const found = removeStaleFiles([`${dir}/a-[0-9]+.pid`]).map(({ path }) => path);
  assert.deepEqual(found.toSorted(), [`${dir}/a-12.pid`, `${dir}/a-7.pid`]);
});

test('a link that is a file is left, and a link of ours to a directory is followed', (t) => {
  const dir = scratch(t);
  mkdirSync(join(dir, 'run'));
  writeFileSync(join(dir, 'run', 'kept'), '');
  symlinkSync('kept', join(dir, 'run', 'a.pid'));
  symlinkSync('run', join(dir, 'var-run'));
  writeFileSync(join(dir, 'run', 'b.pid'), '');
  assert.deepEqual(removeStaleFiles([`${dir}/var-run/a.pid`, `${dir}/var-run/b.pid`]), [
    { path: `${dir}/var-run/a.pid`, trouble: 'it is a symbolic link' },
    { path: `${dir}/var-run/b.pid`, trouble: null },
  ]);
  assert.ok(existsSync(join(dir, 'run', 'kept')));
});

test('nobody else can point us elsewhere', { skip: process.getuid?.() !== 0 }, (t) => {
  const dir = scratch(t);
  mkdirSync(join(dir, 'secret'));
  writeFileSync(join(dir, 'secret', 'a.pid'), '');
  symlinkSync('secret', join(dir, 'theirs'));
  lchownSync(join(dir, 'theirs'), 65534, 65534);
  chownSync(join(dir, 'secret'), 0, 0);
  const [found] = removeStaleFiles([`${dir}/theirs/a.pid`]);
  assert.match(found?.trouble ?? '', /ELOOP|ENOTDIR/);
  assert.ok(existsSync(join(dir, 'secret', 'a.pid')));
});
