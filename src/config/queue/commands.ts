import { isMarked } from '../marks.ts';
import type { QueueName } from './profiles.ts';
import { afterAny, afterProgram, hasBackground, optionIn, valuesOf, wordsOf } from './words.ts';

/** What a command line tells: whose worker it is, if of a known queue, and why two of it must not run, if so. */
export type Finding = { readonly queue: QueueName | null; readonly alone: string | null };

/** Without one of these no word can matter: a start-up looks at every command. */
const known = /celery|rq|sidekiq|resque|artisan|dramatiq|huey|faktory|jobs:work|bench/;

const nothing: Finding = { queue: null, alone: null };

/**
 * A wrapper (`sh -c`, `su -c`, `bundle exec`) is looked through; a script is not.
 * Sources: the manuals of the queues, and what two at once were seen to do (Celery's beat sends every task twice; a second worker
 * with the same pidfile ends with code 0; a Huey consumer is a scheduler too).
 */
export function findingOf(command: string): Finding {
  if (!known.test(command)) return nothing;
  const words = wordsOf(command);
  const found = finders.map((find) => find(words)).find((one) => one !== null) ?? nothing;
  if (found === nothing || found.alone !== null) return found;
  if (hasBackground(command)) return { ...found, alone: 'it starts something in the background as well' };
  const binds = words.find((word) => servers.has(word));
  return binds === undefined ? found : { ...found, alone: `${binds} in it binds an address of its own` };
}

/** What takes an address that only one can have. Airflow's worker serves its logs. */
const servers = new Set([
  'gunicorn',
  'uwsgi',
  'uvicorn',
  'hypercorn',
  'daphne',
  'nginx',
  'runserver',
  'puma',
  'airflow',
]);

type Finder = (words: readonly string[]) => Finding | null;

const never = 'which must never run twice';

const scheduler = (name: string): Finding => ({ queue: null, alone: `it is ${name}, ${never}` });

/** A worker: may overlap unless one of these options gives it something that only one process can have. */
function worker(queue: QueueName, title: string, words: readonly string[], options: readonly string[]): Finding {
  // With the number of the generation in it, each has its own.
  const exclusive = options.find((option) => valuesOf(words, [option]).some((value) => !isMarked(value)));
  const alone =
    exclusive === undefined ? null : `it is a worker of ${title} with ${exclusive}, which only one process can have`;
  return { queue, alone };
}

const finders: readonly Finder[] = [celery, rq, sidekiq, resque, laravel, dramatiq, huey, faktory, arq, delayedJob];

/** Options of Celery whose value may well be the name of an application, a queue or a node, and no subcommand. */
const valued = new Set(['-A', '--app', '-Q', '--queues', '-n', '--hostname']);

const hasSubcommand = (words: readonly string[], name: string): boolean =>
  words.some((word, index) => word === name && !valued.has(words[index - 1] ?? ''));

/** Its scheduler, alone or inside a worker, sends every periodic task: two send it twice. */
function celery(words: readonly string[]): Finding | null {
  if (words.includes('celerybeat')) return scheduler('Celery beat');
  const after = afterAny(words, ['celery']);
  const daemon = afterAny(words, ['celeryd']);
  if (after !== null && hasSubcommand(after, 'beat')) return scheduler('Celery beat');
  const rest = after !== null && hasSubcommand(after, 'worker') ? after : daemon;
  if (rest === null) return null;
  const embedded = rest.find((word) => word === '--beat' || /^-E?BE?$/.test(word));
  if (embedded !== undefined) return { queue: 'celery', alone: `${embedded} makes it a Celery beat as well, ${never}` };
  return worker('celery', 'Celery', rest, ['--pidfile', '--statedb', '-S']);
}

function rq(words: readonly string[]): Finding | null {
  if (words.includes('rqscheduler')) return scheduler('the scheduler of RQ');
  const bench = afterAny(words, ['bench']);
  if (bench?.[0] === 'schedule') return scheduler('the scheduler of Frappe');
  if (bench?.[0] === 'worker') return { queue: 'rq', alone: null };
  const after = afterAny(words, ['rq']);
  if (after?.includes('worker-pool') === true) return { queue: 'rq', alone: null };
  if (after?.includes('worker') !== true && !words.includes('rqworker')) return null;
  // RQ refuses a second worker of one name while the first one lives.
  return worker('rq', 'RQ', words, ['--name', '-n', '--pid']);
}

function sidekiq(words: readonly string[]): Finding | null {
  const after = afterProgram(words, ['sidekiq', 'sidekiqswarm']);
  return after === null ? null : worker('sidekiq', 'Sidekiq', after, ['--pidfile', '-P']);
}

function resque(words: readonly string[]): Finding | null {
  if (words.includes('resque-scheduler') || words.includes('resque:scheduler'))
    return scheduler('the scheduler of Resque');
  if (afterProgram(words, ['resque'])?.[0] !== 'work' && !words.some((word) => /^resque:work(ers)?$/.test(word)))
    return null;
  return { queue: 'resque', alone: null };
}

function laravel(words: readonly string[]): Finding | null {
  const command = afterAny(words, ['artisan'])?.find((word) => !word.startsWith('-'));
  if (command === 'queue:work') return { queue: 'laravel', alone: null };
  if (command === 'schedule:work') return scheduler('the scheduler of Laravel');
  if (command !== 'horizon') return null;
  return { queue: 'laravel', alone: 'it is Laravel Horizon, which may refuse a second master on one machine' };
}

function dramatiq(words: readonly string[]): Finding | null {
  const after = afterProgram(words, ['dramatiq', 'dramatiq-gevent', 'rundramatiq']);
  return after === null ? null : worker('dramatiq', 'Dramatiq', after, ['--pid-file']);
}

function huey(words: readonly string[]): Finding | null {
  const after = afterAny(words, ['huey_consumer', 'huey_consumer.py', 'run_huey']);
  if (after === null) return null;
  if (optionIn(after, ['-n', '--no-periodic']) !== null) return { queue: 'huey', alone: null };
  return {
    queue: 'huey',
    alone: `without --no-periodic it sends periodic tasks, and that ${never.replace('which ', '')}`,
  };
}

function faktory(words: readonly string[]): Finding | null {
  return afterProgram(words, ['faktory-worker']) === null ? null : { queue: 'faktory', alone: null };
}

function arq(words: readonly string[]): Finding | null {
  return afterProgram(words, ['arq']) === null ? null : { queue: 'arq', alone: null };
}

function delayedJob(words: readonly string[]): Finding | null {
  return words.includes('jobs:work') ? { queue: 'delayed-job', alone: null } : null;
}

/** The node name that two generations of a Celery worker would share; null: each has its own. */
export function sharedNodeName(command: string): string | null {
  const after = afterAny(wordsOf(command), ['celery', 'celeryd']) ?? [];
  return valuesOf(after, ['-n', '--hostname']).find((name) => !isMarked(name)) ?? null;
}
