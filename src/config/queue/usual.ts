import type { Terms } from '../../core/terms.ts';
import type { ReadyConfig } from '../config.ts';
import { type QueueName, workersOf } from './profiles.ts';

/** What a handover does unless a key says otherwise. */
export type Usual = Pick<
  Terms,
  | 'hasReadiness'
  | 'assumedAfter'
  | 'quietSignal'
  | 'quietTimeout'
  | 'drainSignal'
  | 'drainAsGroup'
  | 'drainTimeout'
  | 'drainPolicy'
  | 'maxDraining'
> & { readonly ready: ReadyConfig };

/** What the program says of its starts and stops. */
type Program = {
  readonly startsecs: number;
  readonly stopwaitsecs: number;
  readonly stopsignal: number;
  readonly stopasgroup: boolean;
};

/**
 * Of what is no worker: it drains as it stops, and nothing says when it is ready. Of a worker: no task is killed by a handover. It is waited for
 * until it is done; after an hour it is reported as overdue, and goes on; only a ninth one that drains costs the oldest its life.
 * A worker with something to say when it takes work is not bound to: one that says nothing counts as ready after all the time it has for that.
 */
export function usualOf(
  queue: QueueName | null,
  { startsecs, stopwaitsecs, stopsignal, stopasgroup }: Program,
  hook: boolean,
  readyTimeout: number,
): Usual {
  const plain: Usual = {
    ready: { kind: 'assumed' },
    hasReadiness: false,
    assumedAfter: startsecs,
    quietSignal: null,
    quietTimeout: 0,
    drainSignal: stopsignal,
    drainAsGroup: stopasgroup,
    drainTimeout: stopwaitsecs,
    drainPolicy: 'kill',
    maxDraining: 2,
  };
  if (queue === null) return plain;
  const { ready, quiet, drainSignal } = workersOf(queue, hook);
  return {
    ...plain,
    ...(ready === null ? {} : { ready, assumedAfter: Math.max(startsecs, readyTimeout) }),
    ...(quiet === null ? {} : { quietSignal: quiet.signal, quietTimeout: quiet.seconds }),
    drainSignal,
    drainAsGroup: false,
    drainTimeout: hour,
    drainPolicy: 'keep',
    maxDraining: 8,
  };
}

/** Seconds. */
const hour = 3600;
