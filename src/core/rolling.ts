import type { Strategy } from './program.ts';

/** How many processes of a program may be in a handover at a time: Kubernetes' words for a rolling update. */
export type Pace = {
  /** Generations that may run beyond the number of processes (`overlap`). */
  readonly maxSurge: number;
  /** Processes that may be without a generation that serves (`replace`). */
  readonly maxUnavailable: number;
};

/** How far the processes of a program have come. */
export type Progress = {
  readonly waiting: number;
  /** Begun and not decided yet. */
  readonly going: number;
  readonly committed: number;
};

/**
 * How many of those that wait may begin now. The first one is the canary: until it has committed, nobody else is tried. One that is
 * stopped first is missing meanwhile whatever `maxUnavailable` says, so that one at a time may always go.
 */
export function mayBegin(strategy: Strategy, { waiting, going, committed }: Progress, pace: Pace): number {
  const width = committed === 0 ? 1 : Math.max(1, strategy === 'overlap' ? pace.maxSurge : pace.maxUnavailable);
  return Math.max(0, Math.min(waiting, width - going));
}
