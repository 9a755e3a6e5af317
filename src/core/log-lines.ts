import type { ProcessSpec } from './program.ts';
import { signalName } from './signals.ts';
import type { ExitStatus } from './status.ts';

/*
 * The lines of the main log that people and scripts read for the life of a process. They are Supervisor's, with its bare
 * process names, where Supervisor has such a line; those about remains are legato's own.
 */

/** `exit status 0`, `terminated by SIGSEGV (core dumped)` (Supervisor's decode_wait_status). */
export function exitText(status: ExitStatus | null): string {
  if (status === null) return 'exit status unknown';
  if (status.code !== null) return `exit status ${status.code}`;
  return `terminated by ${signalName(status.signal)}${status.core ? ' (core dumped)' : ''}`;
}

export const spawned = ({ name }: ProcessSpec, pid: number): string => `spawned: '${name}' with pid ${pid}`;

export const succeeded = ({ name, startsecs }: ProcessSpec): string =>
  `success: ${name} entered RUNNING state, process has stayed up for > than ${startsecs} seconds (startsecs)`;

export const exited = ({ name }: ProcessSpec, status: ExitStatus | null, expected: boolean): string =>
  `exited: ${name} (${exitText(status)}; ${expected ? 'expected' : 'not expected'})`;

export const stopped = ({ name }: ProcessSpec, status: ExitStatus | null): string =>
  `stopped: ${name} (${exitText(status)})`;

export const gaveUp = ({ name }: ProcessSpec): string =>
  `gave up: ${name} entered FATAL state, too many start retries too quickly`;

export const stopping = ({ name, stopasgroup, stopsignal }: ProcessSpec, pid: number): string =>
  `killing ${name} (pid ${pid}) ${stopasgroup ? 'process group ' : ''}with signal ${signalName(stopsignal)}`;

export const killing = ({ name }: ProcessSpec, pid: number): string =>
  pid === 0 ? `killing what is left of '${name}' with SIGKILL` : `killing '${name}' (${pid}) with SIGKILL`;

export const unhealthy = ({ name }: ProcessSpec, pid: number, reason: string): string =>
  `killing '${name}' (${pid}) with SIGABRT: ${reason}`;

export const mainGone = ({ name, stopsignal }: ProcessSpec, status: ExitStatus | null): string =>
  `main process of '${name}' is gone (${exitText(status)}), stopping what is left of it with ${signalName(stopsignal)}`;

export const stoppingRemains = ({ name, stopsignal }: ProcessSpec): string =>
  `stopping what is left of '${name}' with ${signalName(stopsignal)}`;

export const outlived = ({ name }: ProcessSpec, signal: number): string =>
  `the main process of '${name}' outlives what it wraps, stopping it with ${signalName(signal)} as well`;

export const clearing = ({ name }: ProcessSpec): string =>
  `clearing what is left of '${name}' before its successor starts`;

export const awaiting = ({ name }: ProcessSpec, status: ExitStatus | null): string =>
  `'${name}' is gone (${exitText(status)}), its next generation is waited for`;

export const promoted = ({ name }: ProcessSpec, generation: number, pid: number): string =>
  `handed over: '${name}' is generation ${generation} with pid ${pid}`;

export const handoverFailed = ({ name }: ProcessSpec, stage: string, reason: string): string =>
  `handover of '${name}' failed (${stage}): ${reason}`;

export const killingDraining = ({ name }: ProcessSpec, generation: number): string =>
  `killing draining generation ${generation} of '${name}' with SIGKILL`;

export const killingNext = ({ name }: ProcessSpec, generation: number): string =>
  `killing next generation ${generation} of '${name}' with SIGKILL`;

export const impossible = ({ name }: ProcessSpec, who: string, cause: string, phase: string): string =>
  `${who} of '${name}' heard '${cause}' while ${phase}, which is impossible: ignored`;
