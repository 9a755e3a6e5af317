import type { ProcessSpec } from './program.ts';
import { SIGHUP } from './signals.ts';

/** What a configured process says of its handovers, nothing left out. */
export type Terms = Required<
  Pick<
    ProcessSpec,
    | 'handover'
    | 'hasReadiness'
    | 'assumedAfter'
    | 'readyTimeout'
    | 'minReady'
    | 'quietTimeout'
    | 'drainTimeout'
    | 'drainSignal'
    | 'drainAsGroup'
    | 'drainPolicy'
    | 'quietSignal'
    | 'maxDraining'
    | 'reloadSignal'
    | 'reloadTimeout'
    | 'handoverFallback'
  >
>;

/** The terms of a handover, with the defaults of what is not said. */
export function termsOf(spec: ProcessSpec): Terms {
  return {
    handover: spec.handover ?? 'overlap',
    hasReadiness: spec.hasReadiness ?? false,
    assumedAfter: spec.assumedAfter ?? spec.startsecs,
    readyTimeout: spec.readyTimeout ?? 30,
    minReady: spec.minReady ?? 1,
    quietTimeout: spec.quietTimeout ?? 0,
    drainTimeout: spec.drainTimeout ?? spec.stopwaitsecs,
    drainSignal: spec.drainSignal ?? spec.stopsignal,
    drainAsGroup: spec.drainAsGroup ?? spec.stopasgroup,
    drainPolicy: spec.drainPolicy ?? 'kill',
    quietSignal: spec.quietSignal ?? null,
    maxDraining: Math.max(1, spec.maxDraining ?? 2),
    reloadSignal: spec.reloadSignal ?? SIGHUP,
    reloadTimeout: spec.reloadTimeout ?? 10,
    handoverFallback: spec.handoverFallback ?? 'none',
  };
}
