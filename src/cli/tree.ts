import { words } from '../config/python-text.ts';
import {
  faultCode,
  type TreeGeneration,
  type TreeNode,
  type TreeProcess,
  type TroubledLog,
} from '../control/contract.ts';
import { listOf } from '../control/replies.ts';
import { treeNode } from '../control/tree-reply.ts';
import { Fault, type Value } from '../control/value.ts';
import { printable } from '../os/printable.ts';
import { exitCode } from './exit-code.ts';
import type { Session } from './session.ts';
import { select } from './status.ts';
import type { Verb } from './verb.ts';

/** `0:00:42`, `1:02:03`, `2d 1:02:03`. */
function age(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const days = Math.floor(seconds / 86_400);
  const clock = `${Math.floor((seconds % 86_400) / 3600)}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return days === 0 ? clock : `${days}d ${clock}`;
}

/** A defunct process is its parent's to wait for, and nobody else's: the parent is named. */
function commandOf({ state, command, ppid }: TreeProcess): string {
  return state === 'Z' ? `${command} <defunct>: its parent ${ppid} does not wait for it` : command;
}

/** What a generation says of itself, and what a draining one is doing. */
function notes({ status, phase, since, left, waitsFor, ready }: TreeGeneration): string[] {
  const drains = `${phase} for ${age(since)}, waits for ${waitsFor}${left < 0 ? ', without a limit' : `, ${age(left)} left`}`;
  return [
    ...(phase === '' ? [] : [drains]),
    ...(ready === '' ? [] : [`ready: ${ready}`]),
    ...(status === '' ? [] : [`says: ${status}`]),
  ].map((note) => `      ${printable(note)}`);
}

function generationLines(one: TreeGeneration): string[] {
  const { generation, role, shim, main, connections, processes } = one;
  const gone = main === 0 ? ', main process gone: what is listed is left over' : '';
  const counted =
    connections === null ? '' : `  connections: ${connections.open} open, ${connections.accepted} accepted`;
  const lines = [
    `    #${generation}${role === 'current' ? '' : ` (${role})`}  shim ${shim === 0 ? 'gone' : shim}${counted}${gone}`,
    ...notes(one),
  ];
  const depths = new Map<number, number>();
  for (const process of processes) {
    const depth = (depths.get(process.ppid) ?? -1) + 1;
    depths.set(process.pid, depth);
    const mark = process.pid === main ? '*' : ' ';
    const { pid, state } = process;
    const columns = [`     ${mark}${String(pid).padStart(7)}`, state, age(process.age).padStart(11)];
    lines.push(`${columns.join('  ')}  ${'  '.repeat(depth)}${printable(commandOf(process))}`);
  }
  return lines;
}

function logLine({ channel, path, lost, reason }: TroubledLog): string {
  const now = reason === '' ? '' : `cannot be written to (${reason}), `;
  return printable(`    ${channel} log ${path}: ${now}${lost} bytes were lost`);
}

function nodeLines({ name, state, generations, troubledLogs }: TreeNode): string[] {
  const lines = [...troubledLogs.map(logLine), ...generations.flatMap(generationLines)];
  return [`  ${name.padEnd(31)}${state}`, ...lines];
}

async function ask(session: Session): Promise<Value | null> {
  try {
    return await session.client().call('legato.tree');
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== faultCode.UNKNOWN_METHOD) throw error;
    session.fail(exitCode.unimplemented, `ERROR: ${session.serverurl} is not legatod, it has no tree`);
    return null;
  }
}

export const tree: Verb = {
  help: [
    'tree\t\t\tShow everything that lives: groups, processes, their generations and descendants',
    'tree <name>\t\tShow what lives of a single process',
    'tree <gname>:*\t\tShow what lives of all processes in a group',
    '\t\t\tColumns: pid (* main process), state letter, age, command',
  ],
  completes: 'processes',
  json: true,
  run: async (session, argument) => {
    if (!(await session.isUp())) return;
    const answer = await ask(session);
    if (answer === null) return;
    const nodes = select(session, listOf(answer, treeNode), words(argument), ({ state }) => state);
    if (session.json) return session.outJson(nodes);
    let group: string | null = null;
    for (const node of nodes) {
      if (node.group !== group) session.out(node.group);
      group = node.group;
      session.out(...nodeLines(node));
    }
  },
};
