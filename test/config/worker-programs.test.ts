import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWorker } from '../../src/config/queue/worker-programs.ts';

for (const [queue, program, line] of [
  ['celery', 'celery', '/usr/bin/python3 /usr/bin/celery -A jobs worker -c 2'],
  ['celery', 'celery', 'python3 -m celery -A jobs worker'],
  ['celery', '[celeryd:', '[celeryd: celery@host:MainProcess] -active- (-A jobs worker)'],
  ['rq', 'manage', 'python manage.py rqworker default'],
  ['sidekiq', 'sidekiq', 'sidekiq 6.4.1 app [0 of 5 busy]'],
  ['laravel', 'artisan', 'php /srv/artisan queue:work'],
] as const) {
  test(`a worker of ${queue}: ${line}`, () => assert.equal(isWorker(queue, program, line), true));
}

for (const [queue, program, line] of [
  ['celery', 'launch', 'python3 launch.py celery -A jobs worker'],
  ['celery', 'bash', "bash -c 'celery -A jobs worker; echo'"],
  ['celery', 'celery', 'celery -A jobs beat'],
  ['celery', '[celeryd:', '[celeryd: celery@host:ForkPoolWorker-1]'],
  ['rq', 'celery', 'celery -A jobs worker'],
  ['bullmq', 'worker', 'node worker.js'],
] as const) {
  test(`none of ${queue}: ${line}`, () => assert.equal(isWorker(queue, program, line), false));
}
