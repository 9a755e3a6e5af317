import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type TestContext, test } from 'node:test';
import { findExecutable } from '../../src/os/executable.ts';
import { scratchDirectory } from './scratch.ts';

/** A directory with a program `run`, a file `notes`, and a directory `both`; `later/` has all three as programs. */
function programs(context: TestContext): string {
  const directory = scratchDirectory(context);
  const later = join(directory, 'later');
  mkdirSync(later);
  mkdirSync(join(directory, 'both'));
  for (const path of [join(directory, 'run'), ...['run', 'notes', 'both'].map((name) => join(later, name))]) {
    writeFileSync(path, '#!/bin/sh\n', { mode: 0o755 });
  }
  writeFileSync(join(directory, 'notes'), '', { mode: 0o644 });
  return directory;
}

const found = (path: string): object => ({ ok: true, path });
const missing = (reason: string): object => ({ ok: false, fault: 'NO_FILE', reason });
const unusable = (reason: string): object => ({ ok: false, fault: 'NOT_EXECUTABLE', reason });

test('a bare name is looked up in the PATH of the service; the first entry that has the name wins, usable or not', (context) => {
  const directory = programs(context);
  const later = join(directory, 'later');
  const search = { path: `/nonexistent:${directory}:${later}`, directory: null };
  assert.deepEqual(findExecutable('run', search), found(join(directory, 'run')));
  assert.deepEqual(findExecutable('run', { ...search, path: later }), found(join(later, 'run')));
  assert.deepEqual(
    findExecutable('both', search),
    unusable("command at 'DIR/both' is a directory".replace('DIR', directory)),
  );
  assert.deepEqual(
    findExecutable('notes', search),
    unusable("command at 'DIR/notes' is not executable".replace('DIR', directory)),
  );
  assert.deepEqual(findExecutable('none', search), missing("can't find command 'none'"));
});

test("without a PATH Supervisor's is taken", () => {
  assert.deepEqual(findExecutable('sh', { path: undefined, directory: null }), found('/bin/sh'));
});

test('a name with a slash is that file', (context) => {
  const directory = programs(context);
  const search = { path: directory, directory: null };
  assert.deepEqual(findExecutable(join(directory, 'run'), search), found(join(directory, 'run')));
  assert.deepEqual(findExecutable('./run', search), missing("can't find command './run'"));
  assert.deepEqual(findExecutable('/run/file/below', search), missing("can't find command '/run/file/below'"));
  assert.deepEqual(findExecutable(directory, search), unusable(`command at '${directory}' is a directory`));
});

test('a relative name may be below the directory of the service, or below ours', (context) => {
  const directory = programs(context);
  assert.deepEqual(findExecutable('later/notes', { path: '', directory }), found('later/notes'));
  const ours = relative(process.cwd(), join(directory, 'run'));
  // Deeper than we are, so that climbing out of it as `ours` climbs out of our directory leads to nothing.
  const deep = join(
    directory,
    ...process
      .cwd()
      .split('/')
      .map(() => 'below'),
  );
  assert.deepEqual(findExecutable(ours, { path: '', directory: deep }), found(join(directory, 'run')));
  assert.deepEqual(findExecutable(ours, { path: '', directory: null }), found(ours));
});

test('a command that only others may run says so', (context) => {
  const directory = programs(context);
  chmodSync(directory, 0o755);
  chmodSync(join(directory, 'run'), 0o700);
  const program = `
    import { findExecutable } from ${JSON.stringify(join(import.meta.dirname, '../../src/os/executable.ts'))};
    if (process.getuid() === 0) process.setuid(65534);
    console.log(JSON.stringify(findExecutable(process.argv[1], { path: '', directory: null })));
  `;
  const path = join(directory, 'run');
  if (process.getuid?.() !== 0) chmodSync(path, 0o077);
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', program, path], { encoding: 'utf8' });
  assert.deepEqual(JSON.parse(run.stdout), unusable(`no permission to run command '${path}'`));
});
