import type { ListenerCause } from './listener.ts';
import type { NoticeName } from './notice.ts';
import { accept, changePool, newPool, type Pool, type PoolEffect, type PoolSpec, setUp, tellMember } from './pool.ts';
import type { ProcessKey } from './program.ts';

/*
 * All pools together: an arithmetic beside that of the processes, with a step of its own. It knows of a process only that it is RUNNING,
 * and what its listener has said.
 */

export type Pools = {
  /** The number of the next notice that anybody hears. One that nobody hears has none. */
  readonly nextSerial: number;
  /** In order of configuration. */
  readonly pools: ReadonlyMap<string, Pool>;
};

export const noPools: Pools = { nextSerial: 0, pools: new Map() };

export type PoolEvent =
  /** One of a name that is there is changed: what waits in it waits on. */
  | { readonly type: 'pool-added'; readonly pool: PoolSpec }
  /** What waited in it is lost. */
  | { readonly type: 'pool-removed'; readonly pool: string }
  /** Another brain has counted so far: in all, and in each pool. */
  | { readonly type: 'resumed'; readonly serial: number; readonly pools: ReadonlyMap<string, number> }
  | { readonly type: 'notice'; readonly name: NoticeName; readonly body: Uint8Array }
  | { readonly type: 'up'; readonly pool: string; readonly process: ProcessKey; readonly up: boolean }
  | {
      readonly type: 'heard';
      readonly pool: string;
      readonly process: ProcessKey;
      readonly cause: Exclude<ListenerCause, 'sent'>;
    };

/** The only way the pools change. Never throws; what is about a pool that is not there changes nothing. */
export function stepPools(pools: Pools, event: PoolEvent): { pools: Pools; effects: PoolEffect[] } {
  const effects: PoolEffect[] = [];
  return { pools: take(pools, event, effects), effects };
}

/** Whether any pool hears of it: nobody need make a notice else. */
export function isHeard({ pools }: Pools, name: NoticeName): boolean {
  for (const pool of pools.values()) if (pool.hears.has(name)) return true;
  return false;
}

function take(all: Pools, event: PoolEvent, effects: PoolEffect[]): Pools {
  switch (event.type) {
    case 'pool-added': {
      const former = all.pools.get(event.pool.name);
      const pool = former === undefined ? newPool(event.pool) : changePool(former, event.pool, effects);
      return { ...all, pools: new Map(all.pools).set(event.pool.name, pool) };
    }
    case 'pool-removed': {
      const pools = new Map(all.pools);
      pools.delete(event.pool);
      return { ...all, pools };
    }
    case 'resumed': {
      const counted = [...all.pools].map(([name, pool]): [string, Pool] => [
        name,
        { ...pool, nextSerial: pool.nextSerial + (event.pools.get(name) ?? 0) },
      ]);
      return { nextSerial: all.nextSerial + event.serial, pools: new Map(counted) };
    }
    case 'notice':
      return tellAll(all, event.name, event.body, effects);
    case 'up':
      return change(all, event.pool, (pool) => setUp(pool, event.process, event.up, effects));
    case 'heard':
      return change(all, event.pool, (pool) => tellMember(pool, event.process, event.cause, effects));
  }
}

function tellAll(all: Pools, name: NoticeName, body: Uint8Array, effects: PoolEffect[]): Pools {
  if (!isHeard(all, name)) return all;
  const notice = { serial: all.nextSerial, name, body };
  const pools = new Map(all.pools);
  for (const [key, pool] of pools) if (pool.hears.has(name)) pools.set(key, accept(pool, notice, effects));
  return { nextSerial: all.nextSerial + 1, pools };
}

function change(all: Pools, name: string, to: (pool: Pool) => Pool): Pools {
  const pool = all.pools.get(name);
  return pool === undefined ? all : { ...all, pools: new Map(all.pools).set(name, to(pool)) };
}
