import type { ProcessKey } from '../core/program.ts';
import { splitNamespec } from './namespec.ts';
import type { GroupInfo, ProcessInfo, Supervisor } from './supervisor.ts';
import { fault } from './value.ts';

/** A process as it was asked for. */
export type Named = { readonly key: ProcessKey; readonly info: ProcessInfo };

/**
 * The process of a name.
 * @throws Fault BAD_NAME, also for the name of a whole group
 */
export function processNamed(supervisor: Supervisor, name: string): Named {
  const { key } = splitNamespec(name);
  const info = key === null ? undefined : supervisor.process(key);
  if (key === null || info === undefined) throw fault('BAD_NAME', name);
  return { key, info };
}

/**
 * @param asked what the fault names: what was asked for, `group:*`
 * @throws Fault BAD_NAME
 */
export function groupNamed(supervisor: Supervisor, name: string, asked: string = name): GroupInfo {
  const group = supervisor.groups().find((candidate) => candidate.name === name);
  if (group === undefined) throw fault('BAD_NAME', asked);
  return group;
}
