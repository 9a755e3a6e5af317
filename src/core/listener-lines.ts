import type { ListenerCause, ListenerState } from './listener.ts';
import type { Member, Pool, PoolEffect } from './pool.ts';

/* The lines of the main log about event listeners: Supervisor's, with its bare names. */

type Line = Extract<PoolEffect, { type: 'log' }>;

const line = (level: Line['level'], text: string): Line => ({ type: 'log', level, text });

/** What the log says of a member that hears something and goes on in another state, or in the same one. */
export function heard(member: Member, cause: ListenerCause, next: ListenerState): Line[] {
  const { name, state } = member;
  // A beginning and an end have lines of their own.
  if (cause === 'spawned' || cause === 'gone') return [];
  const change = line('debug', `${name}: ${state} -> ${next}`);
  const unknown = line(
    'warn',
    `${name}: has entered the UNKNOWN state and will no longer receive events, this usually indicates the process violated the eventlistener protocol`,
  );
  const why = reasons[cause];
  return [...(why === null ? [] : [why(member)]), change, ...(next === 'UNKNOWN' ? [unknown] : [])];
}

/** What is said besides the change of state; null: nothing. */
const reasons: { readonly [C in ListenerCause]: ((member: Member) => Line) | null } = {
  spawned: null,
  ready: null,
  sent: null,
  accepted: ({ name }) => line('debug', `${name}: event was processed`),
  rejected: ({ name }) => line('warn', `${name}: event was rejected`),
  unjudged: ({ name }) => line('warn', `${name}: event caused an error`),
  garbage: null,
  unfit: null,
  deaf: ({ name, holds }) =>
    line('debug', `epipe occurred while sending event ${holds?.notice.serial ?? '?'} to listener ${name}`),
  gone: null,
};

export const sent = ({ name }: Member, serial: number): Line =>
  line('debug', `event ${serial} sent to listener ${name}`);

export const rebuffered = ({ name, waiting, bufferSize }: Pool, serial: number): Line =>
  line('debug', `rebuffering event ${serial} for pool ${name} (buf size=${waiting.length}, max=${bufferSize})`);

export const overflowed = ({ name }: Pool, serial: number): Line =>
  line('error', `pool ${name} event buffer overflowed, discarding event ${serial}`);
