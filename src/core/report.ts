import type { NextHeard } from './candidate.ts';
import type { Event } from './events.ts';
import type { Heard } from './turn.ts';

/** What init says about a generation. */
export type Report = Extract<Event, { type: 'spawned' | 'spawn-failed' | 'exited' | 'empty' }>;

/** pid: the main process as far as is known; ends: that nobody is left is known as well. */
export function reported(event: Report, pid: number, ends: boolean): Heard & NextHeard {
  const { at } = event;
  switch (event.type) {
    case 'spawned':
      return { cause: 'spawned', at, pid: event.pid };
    case 'spawn-failed':
      return { cause: 'spawn-failed', at, reason: event.reason, forked: event.forked === true };
    case 'exited':
      return { cause: ends ? 'ended' : 'exited', at, status: event.status };
    case 'empty':
      // init reports `exited` first; should it not have, the kernel is still right: nobody is left.
      return pid === 0 ? { cause: 'empty', at } : { cause: 'ended', at, status: null };
  }
}
