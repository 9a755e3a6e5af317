import type { ProcessKey } from '../core/program.ts';
import { isRunningState, isStoppedState } from '../core/status.ts';
import { type Method, method, type Parameter, unlessStopping } from './method.ts';
import { groupNamed, processNamed } from './named.ts';
import { splitNamespec } from './namespec.ts';
import { allKeys, outcomes } from './outcomes.ts';
import type { ProcessInfo, Supervisor } from './supervisor.ts';
import { fault, type Struct } from './value.ts';

/** Methods that stop processes. */

const wait = {
  name: 'wait',
  type: 'boolean',
  doc: 'answer when nothing of it is left, not at once',
  otherwise: true,
} as const satisfies Parameter;

/** There is something to stop: it is up, or it has ended and left descendants behind. */
function isStoppable({ state, remains }: ProcessInfo): boolean {
  return isRunningState(state) || (isStoppedState(state) && remains);
}

function stop(supervisor: Supervisor, key: ProcessKey, info: ProcessInfo, name: string, waits: boolean) {
  if (!isStoppable(info)) throw fault('NOT_RUNNING', name);
  const stopped = supervisor.stop(key).then((answer): true => {
    if (!answer.ok) throw fault(answer.fault, name);
    return true;
  });
  if (waits) return stopped;
  // Nobody waits for it: how it ends is in the process's state.
  stopped.catch(() => undefined);
  return true;
}

function stopAll(supervisor: Supervisor, keys: readonly ProcessKey[], waits: boolean): Promise<readonly Struct[]> {
  return outcomes(supervisor, keys, isStoppable, (key, info, name) => stop(supervisor, key, info, name, waits));
}

const rows: readonly Method[] = [
  method({
    name: 'supervisor.stopProcess',
    returns: 'boolean',
    parameters: [
      { name: 'name', type: 'string', doc: 'the process, `name` or `group:name`; `group:*` for all of a group' },
      wait,
    ],
    doc: 'Stops a process and everything it has left running. For `group:*` it is stopProcessGroup.\n\nFaults: BAD_NAME, NOT_RUNNING, FAILED.',
    resultDoc: 'true',
    run: (supervisor, name, waits) => {
      const { group, name: process } = splitNamespec(name);
      if (process === null) return stopAll(supervisor, groupNamed(supervisor, group, name).processes, waits);
      const { key, info } = processNamed(supervisor, name);
      return stop(supervisor, key, info, name, waits);
    },
  }),
  method({
    name: 'supervisor.stopProcessGroup',
    returns: 'array',
    parameters: [{ name: 'name', type: 'string', doc: 'the group' }, wait],
    doc: 'Stops every process of a group that is up, all at once.\n\nFaults: BAD_NAME.',
    resultDoc: 'for each one stopped: name, group, status (80, or a fault code) and description (`OK`, or the fault)',
    run: (supervisor, name, waits) => stopAll(supervisor, groupNamed(supervisor, name).processes, waits),
  }),
  method({
    name: 'supervisor.stopAllProcesses',
    returns: 'array',
    parameters: [wait],
    doc: 'Stops every process that is up, all at once.',
    resultDoc: 'as stopProcessGroup',
    run: (supervisor, waits) => stopAll(supervisor, allKeys(supervisor), waits),
  }),
];

export const stopMethods: readonly Method[] = rows.map(unlessStopping);
