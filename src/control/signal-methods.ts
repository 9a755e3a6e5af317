import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import type { ProcessKey } from '../core/program.ts';
import { signalName } from '../core/signals.ts';
import { type Method, method, type Parameter, unlessStopping } from './method.ts';
import { groupNamed, processNamed } from './named.ts';
import { splitNamespec } from './namespec.ts';
import { allKeys, outcomes } from './outcomes.ts';
import { signalNumber } from './signal-number.ts';
import type { ProcessInfo, Supervisor } from './supervisor.ts';
import { fault, type Struct } from './value.ts';

/** Methods that send signals. */

const signalParameter = {
  name: 'signal',
  type: 'string',
  doc: 'the signal, as name (`HUP`) or number (`1`)',
} as const satisfies Parameter;

/** No such process (errno(3)): it has just ended, which Supervisor does not call an error. */
const { ESRCH } = constants.errno;

/** The main process, as Supervisor has it, or the one below it that can act on the signal. */
type Whom = 'signal' | 'signalActor';

/** Supervisor's SIGNALLABLE_STATES. */
function isSignallable({ state }: ProcessInfo): boolean {
  return state === 'RUNNING' || state === 'STARTING' || state === 'STOPPING';
}

/** The errno's name; errors that Node has no name for stay numbers. */
function errorName(errno: number): string {
  return errno > 0 ? getSystemErrorName(-errno) : String(errno);
}

async function send(
  supervisor: Supervisor,
  key: ProcessKey,
  { name, pid }: ProcessInfo,
  signal: number,
  whom: Whom,
): Promise<true> {
  if (pid === 0) throw fault('FAILED', `attempted to send ${name} sig ${signalName(signal)} but it wasn't running`);
  const { errno } = await supervisor[whom](key, signal);
  if (errno === 0 || errno === ESRCH) return true;
  throw fault('FAILED', `unknown problem sending sig ${signalName(signal)} to ${name} (${pid}): ${errorName(errno)}`);
}

function signalOne(
  supervisor: Supervisor,
  key: ProcessKey,
  info: ProcessInfo,
  name: string,
  text: string,
  whom: Whom,
): Promise<true> {
  const signal = signalNumber(text);
  if (signal === null) throw fault('BAD_SIGNAL', text);
  if (!isSignallable(info)) throw fault('NOT_RUNNING', name);
  return send(supervisor, key, info, signal, whom);
}

function signalAll(
  supervisor: Supervisor,
  keys: readonly ProcessKey[],
  text: string,
  whom: Whom,
): Promise<readonly Struct[]> {
  return outcomes(supervisor, keys, isSignallable, (key, info, name) =>
    signalOne(supervisor, key, info, name, text, whom),
  );
}

/** For one process, a group and all. */
function family(names: readonly [one: string, group: string, all: string], whom: Whom, who: string): readonly Method[] {
  const [one, ofGroup, ofAll] = names;
  return [
    method({
      name: one,
      returns: 'boolean',
      parameters: [
        { name: 'name', type: 'string', doc: 'the process, `name` or `group:name`; `group:*` for all of a group' },
        signalParameter,
      ],
      doc: `Sends a signal to ${who} of a process. For \`group:*\` it is ${bare(ofGroup)}.\n\nFaults: BAD_NAME, BAD_SIGNAL, NOT_RUNNING, FAILED.`,
      resultDoc: 'true',
      run: (supervisor, name, signal) => {
        const { group, name: process } = splitNamespec(name);
        if (process === null) return signalAll(supervisor, groupNamed(supervisor, group, name).processes, signal, whom);
        const { key, info } = processNamed(supervisor, name);
        return signalOne(supervisor, key, info, name, signal, whom);
      },
    }),
    method({
      name: ofGroup,
      returns: 'array',
      parameters: [{ name: 'name', type: 'string', doc: 'the group' }, signalParameter],
      doc: `Sends a signal to ${who} of every process of a group that has one.\n\nFaults: BAD_NAME.`,
      resultDoc: 'for each one: name, group, status (80, or a fault code) and description (`OK`, or the fault)',
      run: (supervisor, name, signal) => signalAll(supervisor, groupNamed(supervisor, name).processes, signal, whom),
    }),
    method({
      name: ofAll,
      returns: 'array',
      parameters: [signalParameter],
      doc: `Sends a signal to ${who} of every process that has one.`,
      resultDoc: `as ${bare(ofGroup)}`,
      run: (supervisor, signal) => signalAll(supervisor, allKeys(supervisor), signal, whom),
    }),
  ];
}

const bare = (name: string): string => name.slice(name.indexOf('.') + 1);

const rows: readonly Method[] = [
  ...family(
    ['supervisor.signalProcess', 'supervisor.signalProcessGroup', 'supervisor.signalAllProcesses'],
    'signal',
    'the main process',
  ),
  ...family(
    ['legato.signalMain', 'legato.signalMainGroup', 'legato.signalMainAll'],
    'signalActor',
    'the main process, or, where that is a wrapper (`sh -c`, su, npm …), to the one below it that catches the signal or that the key `main` names,',
  ),
];

export const signalMethods: readonly Method[] = rows.map(unlessStopping);
