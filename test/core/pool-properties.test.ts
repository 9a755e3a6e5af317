import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ListenerCause } from '../../src/core/listener.ts';
import { namesHeard } from '../../src/core/notice.ts';
import type { Pool, PoolEffect } from '../../src/core/pool.ts';
import { noPools, type PoolEvent, stepPools } from '../../src/core/pools.ts';
import { fuzz } from '../support/fuzz.ts';

const pools = [
  { name: 'a', bufferSize: 1, events: ['EVENT'], listeners: ['x'] },
  { name: 'b', bufferSize: 3, events: ['EVENT', 'TICK'], listeners: ['x', 'y', 'z'] },
] as const;

const someone = fc.constantFrom('a:x', 'b:x', 'b:y', 'b:z');
const cause = fc.constantFrom<Exclude<ListenerCause, 'sent'>[]>(
  'spawned',
  'ready',
  'ready',
  'ready',
  'ready',
  'accepted',
  'accepted',
  'accepted',
  'ready',
  'ready',
  'ready',
  'accepted',
  'accepted',
  'rejected',
  'unjudged',
  'garbage',
  'unfit',
  'deaf',
  'gone',
);

const something: fc.Arbitrary<PoolEvent> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<PoolEvent>({ type: 'notice', name: 'TICK_5', body: new Uint8Array() }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(someone, fc.boolean())
      .map(([process, up]): PoolEvent => ({ type: 'up', pool: poolOf(process), process, up })),
  },
  {
    weight: 9,
    arbitrary: fc
      .tuple(someone, cause)
      .map(([process, heard]): PoolEvent => ({ type: 'heard', pool: poolOf(process), process, cause: heard })),
  },
);

function poolOf(process: string): string {
  return process.slice(0, 1);
}

/** What became of the notices of one pool. */
class Ledger {
  readonly lost = new Set<number>();
  readonly taken = new Set<number>();
  readonly #out = new Map<string, number>();
  #newest = -1;
  readonly #returned = new Set<number>();

  /** Before a step: whether this cause makes the holder's notice come back. */
  answer(process: string, how: ListenerCause, pool: Pool): void {
    const held = this.#out.get(process);
    const member = pool.members.find((one) => one.process === process);
    assert.equal(member?.holds?.notice.serial, held, 'the pool and its history agree on who holds what');
    if (held === undefined) return;
    this.#out.delete(process);
    if (how === 'accepted') this.taken.add(held);
    else this.#returned.add(held);
  }

  sent(process: string, serial: number): void {
    assert.ok(!this.#out.has(process), 'one at a time');
    assert.ok(![...this.#out.values()].includes(serial), 'nobody else has it');
    assert.ok(!this.taken.has(serial) && !this.lost.has(serial), 'it is not over');
    if (serial > this.#newest) this.#newest = serial;
    else assert.ok(this.#returned.delete(serial), 'an older one is sent again only when it came back');
    this.#out.set(process, serial);
  }

  outstanding(): number[] {
    return [...this.#out.values()];
  }
}

test('in any history no notice is lost but counted, none is told twice but after it came back, and buffers are bounded', () => {
  const seen = { overflowed: 0, taken: 0 };
  fc.assert(
    fc.property(fc.array(something, { minLength: 1, maxLength: 120 }), (events) => {
      let world = noPools;
      const ledgers = new Map(pools.map(({ name }) => [name as string, new Ledger()]));
      for (const { name, bufferSize, events: heard, listeners } of pools) {
        const members = listeners.map((one) => ({ process: `${name}:${one}`, name: one }));
        world = stepPools(world, {
          type: 'pool-added',
          pool: { name, bufferSize, hears: namesHeard(heard), members },
        }).pools;
      }
      const begin = ['a:x', 'b:x', 'b:y', 'b:z'].map(
        (process): PoolEvent => ({ type: 'up', pool: poolOf(process), process, up: true }),
      );
      for (const event of [...begin, ...events]) {
        if (event.type === 'heard') {
          const pool = world.pools.get(event.pool);
          assert.ok(pool);
          const before = pool.members.find((one) => one.process === event.process);
          if (before?.state === 'BUSY') ledgers.get(event.pool)?.answer(event.process, event.cause, pool);
        }
        const { pools: after, effects } = stepPools(world, event);
        world = after;
        for (const effect of effects) note(ledgers, effect);
        for (const pool of world.pools.values()) {
          const ledger = ledgers.get(pool.name);
          assert.ok(ledger);
          assert.ok(pool.waiting.length <= pool.bufferSize);
          const known = pool.waiting.length + ledger.outstanding().length + ledger.taken.size + pool.discarded;
          assert.equal(known, world.nextSerial, 'every notice is somewhere');
          assert.equal(pool.discarded, ledger.lost.size);
          assert.ok(
            pool.waiting.length === 0 || !pool.members.some(({ state, up }) => state === 'READY' && up),
            'nothing waits while somebody is free',
          );
        }
      }
      for (const { lost, taken } of ledgers.values()) {
        seen.overflowed += lost.size;
        seen.taken += taken.size;
      }
    }),
    fuzz(2000),
  );
  assert.ok(seen.overflowed > 100 && seen.taken > 20, 'the histories are not all alike');
});

function note(ledgers: ReadonlyMap<string, Ledger>, effect: PoolEffect): void {
  if (effect.type === 'send') {
    ledgers.get(effect.pool)?.sent(effect.process, effect.addressed.notice.serial);
    return;
  }
  const [, pool = '', serial] = /^pool (\w+) event buffer overflowed, discarding event (\d+)$/.exec(effect.text) ?? [];
  if (serial !== undefined) ledgers.get(pool)?.lost.add(Number(serial));
}
