import { findingOf } from './commands.ts';
import type { QueueName } from './profiles.ts';

/**
 * What the main process of a worker runs, without directory and `.py`. Whatever else has a worker's command line among its arguments
 * (`watchmedo auto-restart -- celery … worker`) only starts one.
 */
const programs: Readonly<Record<QueueName, readonly string[]>> = {
  celery: ['celery', 'celeryd', 'manage'],
  rq: ['rq', 'rqworker', 'manage', 'bench'],
  sidekiq: ['sidekiq', 'sidekiqswarm'],
  resque: ['rake', 'resque'],
  bullmq: [],
  laravel: ['artisan'],
  dramatiq: ['dramatiq', 'dramatiq-gevent', 'manage'],
  huey: ['huey_consumer', 'manage'],
  arq: ['arq'],
  faktory: ['faktory-worker'],
  'delayed-job': ['rake'],
};

/** What the main process of a worker writes over its command line where it can (Python's setproctitle), and its pool does not. */
const titles: Partial<Readonly<Record<QueueName, RegExp>>> = { celery: /^\[celeryd: \S+:MainProcess\]/ };

/** Whether a process is a worker of this queue itself. program: the name of what it runs; commandLine: all of it. */
export function isWorker(queue: QueueName, program: string, commandLine: string): boolean {
  if (titles[queue]?.test(commandLine) === true) return true;
  return programs[queue].includes(program) && findingOf(commandLine).queue === queue;
}
