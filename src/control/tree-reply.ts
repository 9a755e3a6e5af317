import { type State, stateCode } from '../core/status.ts';
import type { Connections, TreeGeneration, TreeNode, TreeProcess, TroubledLog } from './contract.ts';
import { listOf, numberOf, structOf, textOf, UnexpectedReply } from './replies.ts';
import type { Value } from './value.ts';

function isState(text: string): text is State {
  return Object.hasOwn(stateCode, text);
}

function treeProcess(value: Value): TreeProcess {
  const { pid, ppid, state, age, command } = structOf(value);
  return {
    pid: numberOf(pid),
    ppid: numberOf(ppid),
    state: textOf(state),
    age: numberOf(age),
    command: textOf(command),
  };
}

/** A legatod without handovers says nothing: it has current ones only. */
function roleOf(value: Value | undefined): TreeGeneration['role'] {
  return value === 'next' || value === 'draining' ? value : 'current';
}

function connectionsOf(open: Value | undefined, accepted: Value | undefined): Connections | null {
  return typeof open === 'number' && typeof accepted === 'number' && open >= 0 ? { open, accepted } : null;
}

function treeGeneration(value: Value): TreeGeneration {
  const { generation, role, shim, main, ready, status, phase, since, left, waitsFor, open, accepted, processes } =
    structOf(value);
  return {
    generation: numberOf(generation),
    role: roleOf(role),
    shim: numberOf(shim),
    main: numberOf(main),
    connections: connectionsOf(open, accepted),
    ready: textOf(ready ?? ''),
    status: textOf(status ?? ''),
    phase: textOf(phase ?? ''),
    since: numberOf(since ?? 0),
    left: numberOf(left ?? -1),
    waitsFor: textOf(waitsFor ?? ''),
    processes: listOf(processes, treeProcess),
  };
}

function troubledLog(value: Value): TroubledLog {
  const { channel, path, lost, reason } = structOf(value);
  return {
    channel: channel === 'stderr' ? 'stderr' : 'stdout',
    path: textOf(path),
    lost: Number(lost),
    reason: textOf(reason),
  };
}

/**
 * Reads one element of what legato.tree answers.
 * @throws UnexpectedReply
 */
export function treeNode(value: Value): TreeNode {
  const { group, name, state, generations, troubledLogs } = structOf(value);
  const text = textOf(state);
  if (!isState(text)) throw new UnexpectedReply(`no state: ${text}`);
  return {
    group: textOf(group),
    name: textOf(name),
    state: text,
    generations: listOf(generations, treeGeneration),
    troubledLogs: listOf(troubledLogs ?? [], troubledLog),
  };
}
