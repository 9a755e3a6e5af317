import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenerCause } from '../../src/core/listener.ts';
import { type NoticeName, namesHeard } from '../../src/core/notice.ts';
import type { PoolEffect, PoolSpec } from '../../src/core/pool.ts';
import { isHeard, noPools, type PoolEvent, type Pools, stepPools } from '../../src/core/pools.ts';

const unknownLine = (name: string): string =>
  `warn ${name}: has entered the UNKNOWN state and will no longer receive events, this usually indicates the process violated the eventlistener protocol`;

/** Pools in which things happen; what was sent is `process serial/poolserial`, what was logged `level text`. */
class History {
  pools: Pools = noPools;
  #effects: PoolEffect[] = [];

  happen(event: PoolEvent): this {
    const { pools, effects } = stepPools(this.pools, event);
    this.pools = pools;
    this.#effects.push(...effects);
    return this;
  }

  pool(name: string, keys: Partial<Omit<PoolSpec, 'hears'>> & { events?: string[]; listeners?: string[] } = {}): this {
    const { bufferSize = 10, events = ['EVENT'], listeners = [name] } = keys;
    const members = listeners.map((one) => ({ process: `${name}:${one}`, name: one }));
    return this.happen({ type: 'pool-added', pool: { name, bufferSize, hears: namesHeard(events), members } });
  }

  notice(name: NoticeName = 'TICK_5'): this {
    return this.happen({ type: 'notice', name, body: new Uint8Array() });
  }

  heard(process: string, ...causes: Exclude<ListenerCause, 'sent'>[]): this {
    for (const cause of causes) this.happen({ type: 'heard', pool: process.split(':')[0] ?? '', process, cause });
    return this;
  }

  up(process: string, up = true): this {
    return this.happen({ type: 'up', pool: process.split(':')[0] ?? '', process, up });
  }

  /** What was sent since the last question. */
  sent(): string[] {
    return this.#take().flatMap((effect) =>
      effect.type === 'send'
        ? [`${effect.process} ${effect.addressed.notice.serial}/${effect.addressed.poolSerial}`]
        : [],
    );
  }

  logged(): string[] {
    return this.#take().flatMap((effect) => (effect.type === 'log' ? [`${effect.level} ${effect.text}`] : []));
  }

  #take(): PoolEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}

const waiting = (): History => new History().pool('p').up('p:p').heard('p:p', 'spawned', 'ready');

test('an event waits until its listener is READY and RUNNING', () => {
  const history = new History().pool('p').heard('p:p', 'spawned').notice();
  assert.deepEqual(history.sent(), []);
  assert.deepEqual(history.heard('p:p', 'ready').sent(), [], 'READY, and still STARTING');
  assert.deepEqual(history.up('p:p').sent(), ['p:p 0/0']);
});

test('one event at a time, in order', () => {
  const history = waiting().notice().notice().notice();
  assert.deepEqual(history.sent(), ['p:p 0/0']);
  assert.deepEqual(history.heard('p:p', 'accepted').sent(), [], 'an answer alone does not ask for more');
  assert.deepEqual(history.heard('p:p', 'ready').sent(), ['p:p 1/1']);
  assert.deepEqual(history.heard('p:p', 'accepted', 'ready').sent(), ['p:p 2/2']);
});

test('a rejected event comes again, before those that are younger, with the same numbers', () => {
  const history = waiting().notice().notice();
  assert.deepEqual(history.sent(), ['p:p 0/0']);
  assert.deepEqual(history.heard('p:p', 'rejected').logged(), [
    'warn p: event was rejected',
    'debug p: BUSY -> ACKNOWLEDGED',
    'debug rebuffering event 0 for pool p (buf size=1, max=10)',
  ]);
  assert.deepEqual(history.heard('p:p', 'ready').sent(), ['p:p 0/0']);
});

test('a rejected event comes again in its own pool alone', () => {
  const history = new History().pool('a').pool('b');
  for (const process of ['a:a', 'b:b']) history.up(process).heard(process, 'spawned', 'ready');
  assert.deepEqual(history.notice().sent(), ['a:a 0/0', 'b:b 0/0']);
  history.heard('b:b', 'accepted', 'ready').heard('a:a', 'rejected', 'ready');
  assert.deepEqual(history.sent(), ['a:a 0/0']);
});

test('an event goes to one member of a pool, the first that is free', () => {
  const history = new History().pool('p', { listeners: ['x', 'y'] });
  for (const process of ['p:x', 'p:y']) history.up(process).heard(process, 'spawned', 'ready');
  assert.deepEqual(history.notice().notice().notice().sent(), ['p:x 0/0', 'p:y 1/1']);
  assert.deepEqual(history.heard('p:y', 'accepted', 'ready').sent(), ['p:y 2/2']);
});

test('the event of a listener that dies BUSY goes to another', () => {
  const history = new History()
    .pool('p', { listeners: ['x', 'y'] })
    .up('p:x')
    .up('p:y');
  history.heard('p:x', 'spawned', 'ready').notice().heard('p:y', 'spawned', 'ready');
  assert.deepEqual(history.sent(), ['p:x 0/0']);
  assert.deepEqual(history.heard('p:x', 'gone').sent(), ['p:y 0/0']);
});

test('a successor whose predecessor was never seen to end gets its event', () => {
  const history = waiting().notice();
  assert.deepEqual(history.sent(), ['p:p 0/0']);
  assert.deepEqual(history.heard('p:p', 'spawned', 'ready').sent(), ['p:p 0/0']);
});

test('a full buffer loses its oldest, counts it and says so', () => {
  const history = new History().pool('p', { bufferSize: 2 }).notice().notice().notice();
  assert.deepEqual(history.logged(), ['error pool p event buffer overflowed, discarding event 0']);
  assert.equal(history.pools.pools.get('p')?.discarded, 1);
  assert.deepEqual(history.up('p:p').heard('p:p', 'spawned', 'ready').sent(), ['p:p 1/1']);
});

test('an event that comes back to a full buffer takes the place of its oldest', () => {
  const history = new History().pool('p', { bufferSize: 1 }).up('p:p').heard('p:p', 'spawned', 'ready');
  history.notice().notice();
  assert.deepEqual(history.sent(), ['p:p 0/0']);
  assert.deepEqual(
    history.heard('p:p', 'rejected').logged().at(-1),
    'error pool p event buffer overflowed, discarding event 1',
  );
  assert.deepEqual(history.heard('p:p', 'ready').sent(), ['p:p 0/0']);
});

test('a notice that nobody hears has no number', () => {
  const history = new History()
    .pool('p', { events: ['TICK'] })
    .up('p:p')
    .heard('p:p', 'spawned', 'ready');
  assert.equal(isHeard(history.pools, 'PROCESS_STATE_EXITED'), false);
  assert.deepEqual(history.notice('PROCESS_STATE_EXITED').notice('TICK_60').sent(), ['p:p 0/0']);
});

test('a subscription to a name and to the one above it hears once', () => {
  const history = new History().pool('p', { events: ['TICK', 'TICK_5', 'EVENT'] }).up('p:p');
  history.heard('p:p', 'spawned', 'ready').notice().heard('p:p', 'accepted', 'ready');
  assert.deepEqual(history.sent(), ['p:p 0/0']);
});

test('each pool has numbers of its own beside those of all', () => {
  const history = new History().pool('a', { events: ['TICK_60'] }).pool('b');
  for (const process of ['a:a', 'b:b']) history.up(process).heard(process, 'spawned', 'ready');
  assert.deepEqual(history.notice('TICK_5').sent(), ['b:b 0/0']);
  assert.deepEqual(history.notice('TICK_60').sent(), ['a:a 1/0']);
  assert.deepEqual(history.heard('b:b', 'accepted', 'ready').sent(), ['b:b 1/1']);
});

test('words in READY are garbage: the listener is told nothing any more, until it is started anew', () => {
  const history = waiting();
  history.logged();
  assert.deepEqual(history.heard('p:p', 'garbage').logged(), ['debug p: READY -> UNKNOWN', unknownLine('p')]);
  assert.deepEqual(history.notice().heard('p:p', 'ready').sent(), []);
  assert.deepEqual(history.heard('p:p', 'gone', 'spawned', 'ready').sent(), ['p:p 0/0']);
});

test('an answer that the handler can make nothing of brings its event back', () => {
  const history = waiting().notice();
  history.logged();
  assert.deepEqual(history.heard('p:p', 'unjudged').logged(), [
    'warn p: event caused an error',
    'debug p: BUSY -> UNKNOWN',
    unknownLine('p'),
    'debug rebuffering event 0 for pool p (buf size=0, max=10)',
  ]);
});

test('a listener that has closed its stdin is passed by', () => {
  const history = new History().pool('p', { listeners: ['x', 'y'] });
  for (const process of ['p:x', 'p:y']) history.up(process).heard(process, 'spawned', 'ready');
  assert.deepEqual(history.notice().sent(), ['p:x 0/0']);
  assert.deepEqual(history.heard('p:x', 'deaf').sent(), ['p:y 0/0']);
  history.heard('p:x', 'gone', 'spawned').happen({ type: 'heard', pool: 'p', process: 'p:x', cause: 'deaf' });
  history.heard('p:x', 'ready', 'deaf');
  assert.match(history.logged().join('\n'), /debug epipe occurred while sending event \? to listener x/);
});

test('a pool that is changed keeps what waits, and its members what they are', () => {
  const history = new History().pool('p', { listeners: ['x', 'y'] });
  for (const process of ['p:x', 'p:y']) history.up(process).heard(process, 'spawned', 'ready');
  history.notice().notice().notice().notice();
  assert.deepEqual(history.sent(), ['p:x 0/0', 'p:y 1/1']);
  history.pool('p', { listeners: ['y', 'z'], bufferSize: 2 });
  assert.deepEqual(history.logged(), [
    'debug rebuffering event 0 for pool p (buf size=2, max=2)',
    'error pool p event buffer overflowed, discarding event 2',
  ]);
  assert.deepEqual(history.heard('p:y', 'accepted', 'ready').sent(), ['p:y 0/0']);
  history
    .pool('p', { listeners: ['y'], bufferSize: 1 })
    .notice()
    .notice();
  assert.deepEqual(history.logged().slice(-2), [
    'error pool p event buffer overflowed, discarding event 3',
    'error pool p event buffer overflowed, discarding event 4',
  ]);
});

test('a pool that is made smaller loses its oldest', () => {
  const history = new History().pool('p').notice().notice().notice().pool('p', { bufferSize: 2 });
  assert.deepEqual(history.logged(), ['error pool p event buffer overflowed, discarding event 0']);
});

test('a buffer for nothing holds one all the same', () => {
  const history = new History().pool('p', { bufferSize: 0 }).notice().notice();
  assert.deepEqual(history.logged(), ['error pool p event buffer overflowed, discarding event 0']);
});

test('a removed pool hears nothing, and what is about strangers changes nothing', () => {
  const history = waiting().happen({ type: 'pool-removed', pool: 'p' });
  const { pools } = history;
  history.notice().up('p:p').heard('q:q', 'ready');
  assert.equal(history.pools, pools);
  const other = waiting();
  const before = other.pools;
  other.heard('p:nobody', 'ready').heard('p:p', 'spawned');
  assert.notEqual(other.pools, before);
  assert.deepEqual(other.sent(), []);
});

test('where another brain has counted, the serials go on', () => {
  const history = new History().pool('p').pool('q');
  history.happen({ type: 'resumed', serial: 7, pools: new Map([['p', 3]]) });
  for (const name of ['p:p', 'q:q']) history.heard(name, 'ready').up(name);
  assert.deepEqual(history.notice().sent(), ['p:p 7/3', 'q:q 7/0']);
});
