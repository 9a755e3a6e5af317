import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lossesOf } from '../../src/config/wrapper-loss.ts';

const lost = (command: string): string =>
  lossesOf(command)
    .map((loss) => `${loss.wrapper}: ${loss.lost.join(' ')}`)
    .join(', ');

for (const [command, expected] of [
  ['/usr/bin/sudo -u www gunicorn app', 'sudo: descriptors variables pid'],
  ['npm start', 'npm: descriptors pid'],
  ['inv serve', 'inv: descriptors pid'],
  ['su www -c "gunicorn app"', 'su: pid'],
  ['su - www -c gunicorn', 'su: variables pid'],
  ['runuser -l www -c gunicorn', 'runuser: variables pid'],
  ['sh -c "gunicorn app"', 'sh -c: pid'],
  ['sh -c "exec gunicorn app"', ''],
  ['/bin/sh -ec "npm start"', 'sh -c: pid, npm: descriptors pid'],
  ['bash -c "exec sudo gunicorn"', 'sudo: descriptors variables pid'],
  ['bash -c gunicorn', ''],
  ['sh run.sh', ''],
  ['sh -c', ''],
  ['flock /run/lock gunicorn', 'flock: pid'],
  ['flock -F /run/lock gunicorn', ''],
  ['gunicorn -c conf.py app', ''],
  ['flock /run/lock gunicorn -F', 'flock: pid'],
  ['runuser -u nobody -- celery -A app worker -l INFO', 'runuser: pid'],
  ['su www -l -c gunicorn', 'su: variables pid'],
  ['env -i PATH=/bin gunicorn', 'env -i: variables'],
  ['env - gunicorn', 'env -i: variables'],
  ['env A=1 npm start -i', 'npm: descriptors pid'],
  ["sh -c 'LD_PRELOAD=/lib/x.so exec gunicorn'", 'LD_PRELOAD=: preload, sh -c: pid'],
  ['env LD_PRELOAD=/lib/x.so gunicorn', 'LD_PRELOAD=: preload'],
  ['env -u LD_PRELOAD gunicorn', 'LD_PRELOAD=: preload'],
  ["bash -c 'export LD_PRELOAD=/lib/x.so:$LD_PRELOAD; gunicorn'", ''],
  ["bash -c 'cd x; gunicorn app; echo over'", 'bash -c: pid'],
  ["bash -c 'cd x && ulimit -n 9; gunicorn app'", ''],
  ["bash -c 'gunicorn app 2>&1'", 'bash -c: pid'],
  ["bash -c 'gunicorn app | tee log'", 'bash -c: pid'],
  ["bash -c 'trap x EXIT; gunicorn app'", 'bash -c: pid'],
  [`bash -c 'A="1;2" gunicorn app'`, ''],
  ["sh -c 'cd x && exec gunicorn app 2>&1'", ''],
  ["sh -c 'exec 2>&1; gunicorn app'", 'sh -c: pid'],
  ["bash -c 'cd x'", 'bash -c: pid'],
  ['bad "quote', ''],
  ['', ''],
] as const) {
  test(`what a program does not get below: ${command}`, () => assert.equal(lost(command), expected));
}
