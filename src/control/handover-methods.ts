import type { Answer } from '../core/effects.ts';
import type { ProcessKey } from '../core/program.ts';
import {
  downOnPurpose,
  type GroupUpdate,
  type HandoverPlan,
  type HandoverReport,
  type HandoverWish,
} from './contract.ts';
import { type Method, method, unlessStopping } from './method.ts';
import { groupNamed, processNamed } from './named.ts';
import { splitNamespec } from './namespec.ts';
import type { Supervisor } from './supervisor.ts';
import { fault, type Struct } from './value.ts';

/** Methods that replace what runs. */

const name = {
  name: 'name',
  type: 'string',
  doc: 'the process, `name` or `group:name`; `group:*` for all of a group; several with blanks between them',
} as const;

/** The processes of a name, in the order in which they are started. */
function keysOf(supervisor: Supervisor, text: string): readonly ProcessKey[] {
  const { group, name: process } = splitNamespec(text);
  return process === null ? groupNamed(supervisor, group).processes : [processNamed(supervisor, text).key];
}

function planStruct(plan: HandoverPlan): Struct {
  return { ...plan, sockets: [...plan.sockets], warnings: [...plan.warnings] };
}

function reportStruct(report: HandoverReport): Struct {
  return {
    ...report,
    steps: report.steps.map((step) => ({ ...step })),
    output: [...report.output],
    remains: [...report.remains],
    says: report.says.map((one) => ({ ...one })),
    warnings: [...report.warnings],
  };
}

function updateStruct({ processes, handovers }: GroupUpdate): Struct {
  return { processes: processes.map((one) => ({ ...one })), handovers: handovers.map(reportStruct) };
}

type KeysOf = (supervisor: Supervisor, text: string) => readonly ProcessKey[];

/** Of several names, each of which may be a group. */
function allKeysOf(supervisor: Supervisor, text: string, keys: KeysOf = keysOf): readonly ProcessKey[] {
  const names = text.split(/\s+/).filter(Boolean);
  return [...new Set(names.flatMap((one) => keys(supervisor, one)))];
}

/** Of a group, those that are not down on purpose, as its signals go to those that run; all, where that is true of none. */
function keysUp(supervisor: Supervisor, text: string): readonly ProcessKey[] {
  const keys = keysOf(supervisor, text);
  const up = keys.filter((key) => !downOnPurpose.has(supervisor.process(key)?.state ?? ''));
  return up.length > 0 ? up : keys;
}

const strategy = {
  name: 'strategy',
  type: 'string',
  doc: 'overlap or replace; empty: as configured',
  otherwise: '',
} as const;

function strategyOf(text: string): HandoverWish['strategy'] {
  if (text === '') return null;
  if (text === 'overlap' || text === 'replace') return text;
  throw fault('BAD_ARGUMENTS', `strategy ${text}`);
}

/** Of a group there is something to be done for one member at least. */
function throwWhereAllFailed(answers: readonly Answer[], text: string): void {
  const [first] = answers;
  if (first !== undefined && !first.ok && answers.every(({ ok }) => !ok)) throw fault(first.fault, text);
}

const rows: readonly Method[] = [
  method({
    name: 'legato.planHandover',
    returns: 'array',
    parameters: [name, strategy],
    doc: 'Tells how each process would be handed over, and why; nothing is touched.\n\nFaults: BAD_NAME.',
    resultDoc: 'structs of name, strategy (overlap, replace, signal, none), reason, readiness, sockets, warnings',
    run: (supervisor, text, wished) => {
      const wish = strategyOf(wished);
      return allKeysOf(supervisor, text, keysUp).map((key) => planStruct(supervisor.handoverPlan(key, wish)));
    },
  }),
  method({
    name: 'legato.handover',
    returns: 'array',
    parameters: [
      name,
      { name: 'timeout', type: 'int', doc: 'seconds to become ready; 0: as configured', otherwise: 0 },
      strategy,
    ],
    doc: 'Replaces the current generation of each process by a next one, without an interruption where the strategy allows it: by ascending priority, the first process of a program before its others, until one fails. Of a group, what is STOPPED or EXITED is passed over, unless all of it is. Answers when the former generations are gone.\n\nFaults: BAD_NAME.',
    resultDoc:
      'structs of name, ok, strategy, stage and reason of a failure, from and to (generations, the same one after a signal), steps (step, generation, at in milliseconds, detail), pause in milliseconds, output (last lines of what failed), serves (the generation that serves now), configuration (as read, or former), remains (processes that should be gone), says (generation, status: what each said of itself), warnings',
    run: async (supervisor, text, timeout, wished) => {
      if (timeout < 0) throw fault('BAD_ARGUMENTS', `timeout ${timeout}`);
      const wish = { timeout: timeout === 0 ? null : timeout, strategy: strategyOf(wished) };
      return (await supervisor.handover(allKeysOf(supervisor, text, keysUp), wish)).map(reportStruct);
    },
  }),
  method({
    name: 'legato.abortHandover',
    returns: 'boolean',
    parameters: [name],
    doc: 'Gives the handover of each process up, where it has not committed. Answers when nothing is left of the next generations.\n\nFaults: BAD_NAME, FAILED.',
    resultDoc: 'true',
    run: async (supervisor, text) => {
      const answers = await Promise.all(allKeysOf(supervisor, text).map((key) => supervisor.abortHandover(key)));
      throwWhereAllFailed(answers, text);
      return true;
    },
  }),
  method({
    name: 'legato.finishHandover',
    returns: 'boolean',
    parameters: [name],
    doc: 'Waits no longer for what drains: a generation in its quiet step gets its stop signal, another one SIGKILL. This is what drain_policy=ask asks for.\n\nFaults: BAD_NAME, NOT_RUNNING (nothing drains).',
    resultDoc: 'true',
    run: async (supervisor, text) => {
      const answers = await Promise.all(allKeysOf(supervisor, text).map((key) => supervisor.finishHandover(key)));
      throwWhereAllFailed(answers, text);
      return true;
    },
  }),
  method({
    name: 'legato.updateGroup',
    returns: 'struct',
    parameters: [{ name: 'name', type: 'string', doc: 'a group that is active, or in the configuration last read' }],
    doc: 'Makes active what was last read (supervisor.reloadConfig) of a group, process by process: what is new is started, what is gone stopped, what changed handed over; what did not change is not touched. Answers when every handover is decided.\n\nFaults: BAD_NAME.',
    resultDoc:
      'processes: structs of name and change (added, removed, changed, handed over, restarted, failed); handovers: structs as of legato.handover',
    run: async (supervisor, text) => {
      const update = await supervisor.updateGroup(text);
      if (update === 'BAD_NAME') throw fault('BAD_NAME', text);
      return updateStruct(update);
    },
  }),
];

export const handoverMethods: readonly Method[] = rows.map(unlessStopping);
