import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProcessConfig } from '../../src/config/config.ts';
import { changeOf } from '../../src/config/renewal.ts';
import { good, onlyProcess, refused } from './memory-host.ts';

const program = (keys: string): ProcessConfig => onlyProcess(good(`[program:a]\ncommand=/bin/cat\n${keys}`));
const change = (keys: string): string => changeOf(program(''), program(keys));

test('what is only the supervisor’s needs no new process', () => {
  for (const keys of [
    'autorestart=false',
    'startsecs=5',
    'stopwaitsecs=33',
    'stopsignal=INT',
    'priority=1',
    'exitcodes=7',
    'handover=none',
    'ready_timeout=4',
    'max_surge=3',
    'handover=signal:HUP',
    'reload_timeout=3',
    'ready=log:/up/',
    'queue=rq',
    'stdout_logfile_maxbytes=1MB',
    'stderr_logfile_backups=2',
  ]) {
    assert.equal(change(keys), 'in place', keys);
  }
});

test('holding a next generation is the supervisor’s, too', () => {
  const held = 'listen=tcp://127.0.0.1:8000';
  assert.equal(changeOf(program(held), program(`${held}\nlisten_hold=false`)), 'in place');
});

test('what is executed does', () => {
  for (const keys of [
    'command=/bin/cat -u',
    'environment=A=1',
    'directory=/tmp',
    'user=web',
    'umask=077',
    'redirect_stderr=true',
    'stdout_logfile=/tmp/a.log',
    'listen=tcp://127.0.0.1:8000',
    'command=/bin/cat -u\nstartsecs=5',
    'ready=notify',
    'ready=fd:3',
    'watchdog=5',
    'queue=celery',
  ]) {
    assert.equal(change(keys), 'renewal', keys);
  }
});

test('what is written otherwise and means the same is no change', () => {
  assert.equal(change('autostart=yes\n; a comment\nstopsignal=SIGTERM'), 'none');
});

test('a pace that leaves no way is refused, with file and line', () => {
  const { message, at } = refused(
    '[program:a]\ncommand=/bin/cat %(process_num)s\nprocess_name=a%(process_num)s\nnumprocs=2\nmax_surge=0\nmax_unavailable=0\n',
  );
  assert.match(message, /max_surge=0 with max_unavailable=0 leaves no way to replace anything/);
  assert.match(String(at), /:\d+$/);
  assert.match(refused('[program:a]\ncommand=/bin/cat\nmax_surge=-1\n').message, /no number from 0 to 65535/);
});

test('without a surge an overlap is a replacement', () => {
  const process = program('listen=tcp://127.0.0.1:8000\nmax_surge=0\nmax_unavailable=2');
  assert.equal(process.handover, 'replace');
  assert.match(process.handoverReason, /max_surge=0/);
});
