import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { type Stage, spawnFailure } from '../../src/daemon/spawn-failure.ts';
import { good, onlyProcess } from '../config/memory-host.ts';

const web = onlyProcess(good('[program:web]\ncommand=/bin/cat\ndirectory=/nowhere\n'));

const said = (stage: Stage, errno: number): string => spawnFailure(web, '/bin/cat', stage, errno);

test('a spawn that failed is told in the words of Supervisor where it has words', () => {
  const { EAGAIN, EMFILE, ENOENT, ENOMEM } = constants.errno;
  assert.equal(said('pipe', EMFILE), "too many open files to spawn 'web'");
  assert.equal(said('shim', EAGAIN), "Too many processes in process table to spawn 'web'");
  assert.equal(said('fork', EAGAIN), "Too many processes in process table to spawn 'web'");
  assert.equal(said('fork', ENOMEM), "unknown error during fork for 'web': ENOMEM");
  assert.equal(said('pipe', ENOMEM), "unknown error making dispatchers for 'web': ENOMEM");
  assert.equal(said('cwd', ENOENT), "couldn't chdir to /nowhere: ENOENT");
  assert.equal(said('exec', ENOENT), "couldn't exec /bin/cat: ENOENT");
});

test('a shim that was killed before it could report is told as that', () => {
  assert.equal(
    said('shim', constants.errno.ECHILD),
    "the shim of 'web' was killed before it could say what became of the program",
  );
});
