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
  ['bad "quote', ''],
  ['', ''],
] as const) {
  test(`what a program does not get below: ${command}`, () => assert.equal(lost(command), expected));
}
