import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { workerEnvironment } from '../../src/daemon/worker-hook.ts';
import { good, onlyProcess } from '../config/memory-host.ts';

const given = (
  section: string,
  role: 'current' | 'next',
  environment: Readonly<Record<string, string>> = {},
): Record<string, string> => workerEnvironment(onlyProcess(good(`[program:a]\n${section}\n`)), 7, role, environment);

const worker = 'command=celery -A jobs worker';

test('a Celery worker is led to the hook, before what it has already', () => {
  const { PYTHONPATH = '' } = given(worker, 'current');
  assert.ok(existsSync(join(PYTHONPATH, 'sitecustomize.py')), PYTHONPATH);
  assert.equal(given(worker, 'current', { PYTHONPATH: '/srv:/opt' })['PYTHONPATH'], `${PYTHONPATH}:/srv:/opt`);
});

test('an RQ worker is led there as well, and has no other name for it', () => {
  assert.deepEqual(Object.keys(given('command=rq worker', 'next')), ['PYTHONPATH']);
});

test('nobody else is, nor one that does not want it', () => {
  assert.deepEqual(given('command=sidekiq', 'next'), {});
  assert.deepEqual(given(`${worker}\nworker_hook=false`, 'current'), {});
});

test('beside a current generation it has a node name of its own', () => {
  assert.equal(given(worker, 'current')['CELERY_WORKER_HOSTNAME'], undefined, 'what is started keeps the usual one');
  assert.equal(given(worker, 'next')['CELERY_WORKER_HOSTNAME'], 'celery-g7@%h');
  assert.equal(given(worker, 'next', { CELERY_WORKER_HOSTNAME: 'w@%h' })['CELERY_WORKER_HOSTNAME'], 'w@%h');
  assert.equal(
    given(`${worker} -B`, 'next')['CELERY_WORKER_HOSTNAME'],
    undefined,
    'what is replaced is never beside it',
  );
});
