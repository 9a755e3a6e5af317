import type { LogLevel } from './effects.ts';
import { type ListenerCause, type ListenerState, listenerTable } from './listener.ts';
import * as lines from './listener-lines.ts';
import type { NoticeName } from './notice.ts';
import type { ProcessKey } from './program.ts';
import { append, emptyQueue, prepend, type Queue, takeOldest } from './queue.ts';

/*
 * A pool is one [eventlistener] section: the listeners it has, and the notices that wait for one of them. What Supervisor's pools do is
 * kept: the first listener in order that is READY and RUNNING gets the oldest notice; a buffer that is full loses its oldest; what a
 * listener refused, or did not live to answer, goes back to the head. It goes back to its own pool alone.
 */

/** Something to tell, with the number that it has everywhere. */
export type Notice = { readonly serial: number; readonly name: NoticeName; readonly body: Uint8Array };

/** A notice with the number that it has in one pool, however often it is sent there. */
export type Addressed = { readonly notice: Notice; readonly poolSerial: number };

/** An event listener of a pool, and where its conversation stands. */
export type Member = {
  readonly process: ProcessKey;
  /** The process's own name, for the log. */
  readonly name: string;
  readonly state: ListenerState;
  /** The process is RUNNING. */
  readonly up: boolean;
  /** What it is BUSY with. */
  readonly holds: Addressed | null;
};

/** What the configuration says of a pool. */
export type PoolSpec = {
  readonly name: string;
  /** Notices that may wait, at least 1. */
  readonly bufferSize: number;
  readonly hears: ReadonlySet<NoticeName>;
  readonly members: readonly { readonly process: ProcessKey; readonly name: string }[];
};

/** A pool while it runs: its listeners, and the notices that wait for one. */
export type Pool = Omit<PoolSpec, 'members'> & {
  readonly members: readonly Member[];
  readonly waiting: Queue<Addressed>;
  readonly nextSerial: number;
  /** Notices lost because the buffer was full. */
  readonly discarded: number;
};

export type PoolEffect =
  /** Write it to the listener's stdin. One whose stdin takes nothing any more is answered by `deaf`. */
  | {
      readonly type: 'send';
      readonly process: ProcessKey;
      readonly pool: string;
      readonly addressed: Addressed;
    }
  | { readonly type: 'log'; readonly level: LogLevel; readonly text: string };

export function newPool({ members, ...spec }: PoolSpec): Pool {
  return {
    ...spec,
    members: members.map((member) => ({ ...member, state: 'ACKNOWLEDGED', up: false, holds: null })),
    waiting: emptyQueue(),
    nextSerial: 0,
    discarded: 0,
  };
}

/** The pool as it is configured now. What waits, waits on; what a member that left was BUSY with comes back. */
export function changePool(former: Pool, { members, ...spec }: PoolSpec, effects: PoolEffect[]): Pool {
  const known = new Map(former.members.map((member) => [member.process, member]));
  const fresh = newPool({ ...spec, members }).members;
  let pool: Pool = { ...former, ...spec, members: fresh.map((member) => known.get(member.process) ?? member) };
  for (const member of fresh) known.delete(member.process);
  for (const { holds } of known.values()) if (holds !== null) pool = putBack(pool, holds, effects);
  for (let excess = pool.waiting.length - pool.bufferSize; excess > 0; excess--) pool = discardOldest(pool, effects);
  return dispatch(pool, effects);
}

/** A new notice waits, or goes out at once. */
export function accept(pool: Pool, notice: Notice, effects: PoolEffect[]): Pool {
  const addressed = { notice, poolSerial: pool.nextSerial };
  return dispatch(buffer({ ...pool, nextSerial: pool.nextSerial + 1 }, addressed, append, effects), effects);
}

/** A member's process is RUNNING now, or is not any more. */
export function setUp(pool: Pool, process: ProcessKey, up: boolean, effects: PoolEffect[]): Pool {
  return dispatch(
    change(pool, process, (member) => ({ ...member, up })),
    effects,
  );
}

/** Something happened to a member; `sent` is ours to say. */
export function tellMember(
  pool: Pool,
  process: ProcessKey,
  cause: Exclude<ListenerCause, 'sent'>,
  effects: PoolEffect[],
): Pool {
  const member = pool.members.find((one) => one.process === process);
  if (member === undefined) return pool;
  const next = listenerTable[member.state][cause];
  if (next === 'stay') return pool;
  effects.push(...lines.heard(member, cause, next));
  const freed = change(pool, process, () => ({ ...member, state: next, holds: null }));
  const returned = member.holds === null || cause === 'accepted' ? freed : putBack(freed, member.holds, effects);
  return dispatch(returned, effects);
}

function putBack(pool: Pool, addressed: Addressed, effects: PoolEffect[]): Pool {
  effects.push(lines.rebuffered(pool, addressed.notice.serial));
  return buffer(pool, addressed, prepend, effects);
}

function buffer(pool: Pool, addressed: Addressed, put: typeof append<Addressed>, effects: PoolEffect[]): Pool {
  const { waiting, ...rest } = pool.waiting.length < pool.bufferSize ? pool : discardOldest(pool, effects);
  return { ...rest, waiting: put(waiting, addressed) };
}

function discardOldest(pool: Pool, effects: PoolEffect[]): Pool {
  const taken = takeOldest(pool.waiting);
  if (taken === null) return pool;
  effects.push(lines.overflowed(pool, taken.oldest.notice.serial));
  return { ...pool, waiting: taken.rest, discarded: pool.discarded + 1 };
}

/** Sends the oldest, as long as there are one to send and one to take it. */
function dispatch(pool: Pool, effects: PoolEffect[]): Pool {
  let now = pool;
  for (;;) {
    const free = now.members.find(({ state, up }) => state === 'READY' && up);
    if (free === undefined) return now;
    const taken = takeOldest(now.waiting);
    if (taken === null) return now;
    const { oldest, rest } = taken;
    effects.push({ type: 'send', process: free.process, pool: now.name, addressed: oldest });
    effects.push(lines.sent(free, oldest.notice.serial));
    now = change({ ...now, waiting: rest }, free.process, (member) => ({ ...member, state: 'BUSY', holds: oldest }));
  }
}

function change(pool: Pool, process: ProcessKey, to: (member: Member) => Member): Pool {
  return { ...pool, members: pool.members.map((member) => (member.process === process ? to(member) : member)) };
}
