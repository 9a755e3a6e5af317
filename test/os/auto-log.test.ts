import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { createAutoLog, removeOldAutoLogs } from '../../src/os/auto-log.ts';
import { scratchDirectory } from './scratch.ts';

test("a new AUTO log has Supervisor's name and is its owner's alone", (context) => {
  const directory = scratchDirectory(context);
  const name = { directory, process: 'web_00', channel: 'stderr', identifier: 'supervisor' } as const;
  const paths = [createAutoLog(name), createAutoLog(name)];
  for (const path of paths) {
    assert.match(basename(path), /^web_00-stderr---supervisor-[a-z0-9_]{8}\.log$/);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  }
  assert.notEqual(paths[0], paths[1]);
});

test('a directory that takes no file is an error for the caller to say', () => {
  const name = { directory: '/nonexistent', process: 'web', channel: 'stdout', identifier: 'x' } as const;
  assert.throws(() => createAutoLog(name), { code: 'ENOENT' });
});

test('old AUTO logs of this identifier go with their backups; everything else stays', (context) => {
  const directory = scratchDirectory(context);
  const ours = ['web-stdout---a.b-x1.log', 'web-stdout---a.b-x1.log.1', 'web-stdout---a.b-x1.log.10'];
  const kept = ['cat-stdout---a.b-k.log', 'cat-stdout---a.b-k.log.2'];
  const others = [
    'web-stdout---aXb-x1.log',
    'web-stdout---other-x1.log',
    'notes.log',
    '---a.b-x.log',
    'w---a.b-x.log.gz',
  ];
  for (const name of [...ours, ...kept, ...others]) writeFileSync(join(directory, name), '');
  assert.deepEqual(removeOldAutoLogs(directory, 'a.b', new Set([join(directory, 'cat-stdout---a.b-k.log')])), []);
  assert.deepEqual(readdirSync(directory).toSorted(), [...kept, ...others].toSorted());
});

test("what cannot be cleaned up is said in Supervisor's words", (context) => {
  const directory = scratchDirectory(context);
  assert.deepEqual(removeOldAutoLogs(join(directory, 'none'), 'x', new Set()), ['Could not clear childlog dir']);
  const stubborn = join(directory, 'web-stdout---x-1.log');
  mkdirSync(stubborn);
  assert.deepEqual(removeOldAutoLogs(directory, 'x', new Set()), [`Failed to clean up '${stubborn}'`]);
});
