import type { TreeNode } from './contract.ts';
import { type Method, method } from './method.ts';
import type { Struct } from './value.ts';

/** Methods that Supervisor does not have. They answer during a shutdown, too: that is when one wants to look. */

function nodeStruct({ group, name, state, generations, troubledLogs }: TreeNode): Struct {
  return {
    group,
    name,
    state,
    // As text: a chatty program loses more than 32 bits can say.
    troubledLogs: troubledLogs.map((log) => ({ ...log, lost: String(log.lost) })),
    generations: generations.map(({ processes, connections, since, left, ...generation }) => ({
      ...generation,
      since: Math.trunc(since),
      open: connections?.open ?? -1,
      accepted: connections?.accepted ?? -1,
      left: Math.trunc(left),
      processes: processes.map(({ pid, ppid, state: letter, age, command }) => ({
        pid,
        ppid,
        state: letter,
        age: Math.trunc(age),
        command,
      })),
    })),
  };
}

export const legatoMethods: readonly Method[] = [
  method({
    name: 'legato.tree',
    returns: 'array',
    parameters: [],
    doc: 'Tells everything that lives below every process: its generations, and for each the operating system processes, defunct ones too, parents before children.',
    resultDoc:
      'structs of group, name, state, troubledLogs (channel, path, lost (bytes, as text), reason (why it cannot be written to now; empty: it can)), generations (generation, role, shim, main, ready (how it showed that it serves), status (what it says of itself), phase, since, left and waitsFor (of a draining one: what it is in, for how many seconds, seconds to its limit or -1, what it waits for), open and accepted connections on held sockets (-1: not counted), processes (pid, ppid, state, age in seconds, command))',
    run: async (supervisor) => (await supervisor.tree()).map(nodeStruct),
  }),
];
