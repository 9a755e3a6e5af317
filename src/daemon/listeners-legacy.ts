import type { ProcessKey } from '../core/program.ts';

/** What a brain that makes room in order leaves of its event listeners: those that are in the middle of nothing need not be started anew. */
export type ListenersLegacy = {
  /** How many notices were counted, in all and by pool. */
  readonly serial: number;
  readonly pools: readonly (readonly [string, number])[];
  readonly listeners: readonly (readonly [ProcessKey, 'READY' | 'ACKNOWLEDGED'])[];
};

/** null: it is none, or of another shape. */
export function listenersLegacy(found: unknown): ListenersLegacy | null {
  if (typeof found !== 'object' || found === null || !('serial' in found)) return null;
  const { serial } = found;
  const pools = 'pools' in found ? pairs(found.pools) : [];
  const listeners = 'listeners' in found ? pairs(found.listeners) : [];
  if (typeof serial !== 'number') return null;
  return {
    serial,
    pools: pools.flatMap(([name, count]) => (typeof count === 'number' ? [[name, count] as const] : [])),
    listeners: listeners.flatMap(([key, state]) =>
      state === 'READY' || state === 'ACKNOWLEDGED' ? [[key, state] as const] : [],
    ),
  };
}

function pairs(found: unknown): [string, unknown][] {
  const list: unknown[] = Array.isArray(found) ? found : [];
  return list.flatMap((pair): [string, unknown][] =>
    Array.isArray(pair) && typeof pair[0] === 'string' ? [[pair[0], pair[1]]] : [],
  );
}
