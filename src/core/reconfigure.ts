import { tellProcess } from './family.ts';
import { table } from './process.ts';
import type { Millis, ProcessSpec } from './program.ts';
import type { Ledger } from './turn.ts';
import { isAlive, type Process } from './world.ts';

/*
 * What a change of the configuration does to a process that is there. Whether and when a running one is replaced is for a handover
 * (or, without one, a restart) to say: it is not touched here.
 */

/** The process with another spec. renew: only a new generation can have the change. */
export function reconfigure(before: Process, spec: ProcessSpec, renew: boolean, at: Millis, ledger: Ledger): Process {
  const process = { ...before, leaving: false };
  const isNew = spec.autostart && !process.spec.autostart && process.startedAt === null;
  if (!renew) return comeBack(amend(process, spec), isNew || (before.leaving && spec.autostart), at, ledger);
  if (canHandOver(process)) return process;
  // On purpose it is down only where nobody has taken it out of the configuration meanwhile.
  const isMeant = before.leaving || process.want === 'up';
  return comeBack(
    isAlive(process) ? { ...process, pending: spec } : { ...process, spec },
    isNew || (isMeant && spec.autostart),
    at,
    ledger,
  );
}

/** It runs, or its successor is on the way. */
export function canHandOver(process: Process): boolean {
  return takesHandover(process) && (process.generation !== 0 || process.next !== null);
}

/** A handover is not refused, be it beside nobody. */
export const takesHandover = ({ phase }: Process): boolean => table[phase].overlap !== 'refused';

function amend(process: Process, spec: ProcessSpec): Process {
  const { next, queued } = process;
  return {
    ...process,
    spec,
    pending: null,
    // What is being undone ends by the terms it began with.
    next: next === null || next.failure !== null ? next : { ...next, spec },
    queued: queued === null ? null : { ...queued, spec },
  };
}

/** Gives up what has not come up with the former spec, and starts. */
function comeBack(process: Process, starts: boolean, at: Millis, ledger: Ledger): Process {
  if (!starts) return process;
  const isFailing = table[process.phase].start === 'refused';
  const ready = isFailing ? tellProcess(process, { cause: 'stop', at }, ledger) : process;
  return tellProcess(ready, { cause: 'start', at }, ledger);
}
