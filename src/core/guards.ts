import { hasRetriesLeft } from './backoff.ts';
import type { Cell, Guard, Phase, Way } from './process.ts';
import type { Millis, ProcessSpec } from './program.ts';
import type { ExitStatus } from './status.ts';
import { termsOf } from './terms.ts';
import { hasOthers, type Process } from './world.ts';

/** Whether this exit is in `exitcodes`. A death by signal never is (Supervisor gives it the code -1). */
export function isExpected(spec: ProcessSpec, status: ExitStatus | null): boolean {
  return status !== null && status.code !== null && spec.exitcodes.includes(status.code);
}

function restarts({ spec, exitStatus }: Process): boolean {
  return spec.autorestart === 'unexpected' ? !isExpected(spec, exitStatus) : spec.autorestart;
}

/** Answers the table's questions. Exactly `startsecs` is long enough; a clock that went back makes a process new, not old. */
function holds(guard: Guard, process: Process, at: Millis): boolean {
  switch (guard) {
    case 'young':
      return process.startedAt !== null && Math.max(0, at - process.startedAt) < process.spec.startsecs * 1000;
    case 'retries-left':
      return process.want === 'up' && hasRetriesLeft(process.failures, process.spec.startretries);
    case 'restart':
      return process.want === 'up' && restarts(process);
    case 'wanted':
      return process.want === 'up';
    case 'succession':
      return process.next !== null;
    case 'others':
      return hasOthers(process);
    case 'quiets':
      return termsOf(process.spec).quietTimeout > 0;
    case 'died-young':
      return (
        process.startedAt !== null && (process.stoppedAt ?? at) - process.startedAt < process.spec.startsecs * 1000
      );
  }
}

/** The phases that a cell leads through, in order. */
export function pathOf(
  cell: Exclude<Cell, 'stay' | 'refused' | 'impossible'>,
  process: Process,
  at: Millis,
): readonly Phase[] {
  if (typeof cell === 'string') return [cell];
  let way: Way = cell;
  while ('ask' in way) way = holds(way.ask, process, at) ? way.yes : way.no;
  return way;
}
