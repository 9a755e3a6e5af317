import type { ReadyConfig } from '../config.ts';
import { signalNumbers } from '../signals.ts';

/** What a worker takes its work from, as `queue` names it. */
export type QueueName =
  | 'celery'
  | 'rq'
  | 'sidekiq'
  | 'resque'
  | 'bullmq'
  | 'laravel'
  | 'dramatiq'
  | 'huey'
  | 'arq'
  | 'faktory'
  | 'delayed-job';

/** `queue` as written; `auto` is settled when the command is known. */
export type QueueWord = QueueName | 'auto' | 'none';

/** `drains`: the signal after which a worker takes nothing new, finishes what it has, and goes. */
type Profile = {
  readonly title: string;
  readonly drains: 'TERM' | 'INT' | 'QUIT';
  /** What it says when it takes work; a Celery worker does with legato's hook. */
  readonly ready?: ReadyConfig;
  /** What it is told before that, and how many seconds before. */
  readonly quiet?: { readonly signal: 'WINCH' | 'TSTP'; readonly seconds: number };
  readonly titles?: Titles;
};

/** What a worker calls itself (its command line in /proc): `any` while it lives, `idle` when it takes nothing and has nothing in hand. */
export type Titles = { readonly any: RegExp; readonly idle: RegExp };

/** Seconds. Longer than jobs take, as far as anybody can know. */
const hour = 3600;

/**
 * What is known of the workers of each queue. All of them take that signal once, for their main process: a second one is impatience
 * (RQ kills its horse, Celery drops its tasks), and one for the group ends a pool in the middle of its tasks.
 */
const profiles: Readonly<Record<QueueName, Profile>> = {
  // With the hook, TERM after WINCH waits until nothing is in hand; without, WINCH is ignored.
  celery: { title: 'Celery', drains: 'TERM', ready: { kind: 'notify' }, quiet: { signal: 'WINCH', seconds: 0.2 } },
  rq: { title: 'RQ', drains: 'TERM', ready: { kind: 'log', pattern: 'Listening on ' } },
  sidekiq: {
    title: 'Sidekiq',
    drains: 'TERM',
    ready: { kind: 'log', pattern: 'Booting Sidekiq|Sidekiq \\S+ connecting to Redis' },
    // TERM gives a job that lasts longer than its -t (25 s) back to the queue, to be done again: TSTP comes first, and TERM when it is idle.
    quiet: { signal: 'TSTP', seconds: hour },
    // Its launcher.rb writes it anew every five or ten seconds.
    titles: { any: /^sidekiq \S.* \[\d+ of \d+ busy\]/, idle: /^sidekiq \S.* \[0 of \d+ busy\] stopping/ },
  },
  // TERM ends the job it is at; QUIT waits for it.
  resque: { title: 'Resque', drains: 'QUIT' },
  bullmq: { title: 'BullMQ', drains: 'TERM' },
  laravel: { title: 'Laravel', drains: 'TERM' },
  dramatiq: { title: 'Dramatiq', drains: 'TERM' },
  // TERM interrupts its tasks; INT waits for them.
  huey: { title: 'Huey', drains: 'INT' },
  arq: { title: 'arq', drains: 'TERM' },
  faktory: { title: 'Faktory', drains: 'TERM' },
  'delayed-job': { title: 'Delayed Job', drains: 'TERM' },
};

const isQueueName = (text: string): text is QueueName => Object.hasOwn(profiles, text);

export const queueWords: readonly QueueWord[] = ['auto', 'none', ...Object.keys(profiles).filter(isQueueName)];

export function titleOf(queue: QueueName): string {
  return profiles[queue].title;
}

/** null: its workers do not say what they are at. */
export function titlesOf(queue: QueueName): Titles | null {
  return profiles[queue].titles ?? null;
}

/** How workers of a queue are handed over. hook: whether a Celery worker is given legato's. */
export function workersOf(queue: QueueName, hook: boolean): Workers {
  const { drains, ready, quiet } = profiles[queue];
  const silent = queue === 'celery' && !hook;
  return {
    ready: silent ? null : (ready ?? null),
    quiet: silent || quiet === undefined ? null : { ...quiet, signal: signalNumbers[quiet.signal] ?? 0 },
    drainSignal: signalNumbers[drains] ?? 0,
  };
}

type Workers = {
  /** null: it says nothing. */
  readonly ready: ReadyConfig | null;
  readonly quiet: { readonly signal: number; readonly seconds: number } | null;
  readonly drainSignal: number;
};
