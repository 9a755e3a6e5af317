import type { ProcessKey } from '../core/program.ts';
import { isRunningState } from '../core/status.ts';
import { type Method, method, type Parameter, unlessStopping } from './method.ts';
import { groupNamed, processNamed } from './named.ts';
import { splitNamespec } from './namespec.ts';
import { allKeys, outcomes } from './outcomes.ts';
import type { ProcessInfo, Supervisor } from './supervisor.ts';
import { fault, type Struct } from './value.ts';

/** Methods that start processes. */

const wait = {
  name: 'wait',
  type: 'boolean',
  doc: 'answer when it is RUNNING or has failed, not at once',
  otherwise: true,
} as const satisfies Parameter;

/** In Supervisor's order: is there a program, is it up already, and only then the attempt. */
function start(supervisor: Supervisor, key: ProcessKey, info: ProcessInfo, name: string, waits: boolean) {
  const obstacle = supervisor.startObstacle(key);
  if (obstacle !== null) throw fault(obstacle.fault, obstacle.text);
  if (isRunningState(info.state)) throw fault('ALREADY_STARTED', name);
  if (info.state === 'UNKNOWN') throw fault('FAILED', `${name} is in an unknown process state`);
  const started = supervisor.start(key).then((answer): true => {
    if (!answer.ok) throw fault(answer.fault, name);
    return true;
  });
  if (waits) return started;
  // Nobody waits for it: how it ends is in the process's state.
  started.catch(() => undefined);
  return true;
}

function startAll(supervisor: Supervisor, keys: readonly ProcessKey[], waits: boolean): Promise<readonly Struct[]> {
  return outcomes(
    supervisor,
    keys,
    ({ state }) => !isRunningState(state),
    (key, info, name) => start(supervisor, key, info, name, waits),
  );
}

const rows: readonly Method[] = [
  method({
    name: 'supervisor.startProcess',
    returns: 'boolean',
    parameters: [
      { name: 'name', type: 'string', doc: 'the process, `name` or `group:name`; `group:*` for all of a group' },
      wait,
    ],
    doc: 'Starts a process. For `group:*` it is startProcessGroup.\n\nFaults: BAD_NAME, NO_FILE, NOT_EXECUTABLE, ALREADY_STARTED, FAILED, SPAWN_ERROR, ABNORMAL_TERMINATION.',
    resultDoc: 'true',
    run: (supervisor, name, waits) => {
      const { group, name: process } = splitNamespec(name);
      if (process === null) return startAll(supervisor, groupNamed(supervisor, group, name).processes, waits);
      const { key, info } = processNamed(supervisor, name);
      return start(supervisor, key, info, name, waits);
    },
  }),
  method({
    name: 'supervisor.startProcessGroup',
    returns: 'array',
    parameters: [{ name: 'name', type: 'string', doc: 'the group' }, wait],
    doc: 'Starts every process of a group that is not up, all at once.\n\nFaults: BAD_NAME.',
    resultDoc: 'for each one started: name, group, status (80, or a fault code) and description (`OK`, or the fault)',
    run: (supervisor, name, waits) => startAll(supervisor, groupNamed(supervisor, name).processes, waits),
  }),
  method({
    name: 'supervisor.startAllProcesses',
    returns: 'array',
    parameters: [wait],
    doc: 'Starts every process that is not up, all at once.',
    resultDoc: 'as startProcessGroup',
    run: (supervisor, waits) => startAll(supervisor, allKeys(supervisor), waits),
  }),
];

export const startMethods: readonly Method[] = rows.map(unlessStopping);
