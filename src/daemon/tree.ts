import type { TreeGeneration, TreeNode } from '../control/contract.ts';
import type { Draining } from '../core/generations.ts';
import type { Process } from '../core/world.ts';
import { now } from '../os/clock.ts';
import type { Daemon } from './daemon.ts';
import { processesOf } from './generation-tree.ts';
import type { Generation } from './generations.ts';
import { usageOf } from './quieting.ts';

/** Everything that lives, by group and process in lexical order. */
export async function tree(daemon: Daemon): Promise<TreeNode[]> {
  const nodes = [...daemon.hall.world.processes.values()].map(async (process) => ({
    group: process.spec.group,
    name: process.spec.name,
    state: process.state,
    troubledLogs: daemon.logs.troubled(process.spec.key),
    generations: await Promise.all(
      daemon.generations.of(process.spec.key).map((one) => treeGeneration(daemon, process, one)),
    ),
  }));
  return (await Promise.all(nodes)).sort((a, b) => compare(a.group, b.group) || compare(a.name, b.name));
}

function roleOf(process: Process, { key }: Generation): TreeGeneration['role'] {
  if (process.generation === key) return 'current';
  return process.next?.generation === key ? 'next' : 'draining';
}

async function treeGeneration(daemon: Daemon, process: Process, generation: Generation): Promise<TreeGeneration> {
  const { key, shim, main, config } = generation;
  const role = roleOf(process, generation);
  const used = (config?.listen.length ?? 0) > 0 ? await usageOf(daemon, key) : null;
  const connections = used === null ? null : { open: used.open, accepted: used.accepted };
  return {
    generation: key,
    role,
    shim,
    main,
    connections,
    ready: daemon.readiness.evidenceOf(key),
    status: daemon.words.of(key).status,
    ...drainingOf(daemon, process, key),
    processes: processesOf(daemon, key).map(({ pid, ppid, state, age, command }) => ({
      pid,
      ppid,
      state,
      age,
      command,
    })),
  };
}

/** What a draining generation waits for, and until when. */
function drainingOf(
  daemon: Daemon,
  process: Process,
  key: number,
): Pick<TreeGeneration, 'phase' | 'since' | 'left' | 'waitsFor'> {
  const one = process.draining.find(({ generation }) => generation === key);
  if (one === undefined) return { phase: '', since: 0, left: -1, waitsFor: '' };
  const { phase, since, due } = one;
  const at = now();
  return {
    phase,
    since: (at - since) / 1000,
    left: due === null ? -1 : Math.max(0, due - at) / 1000,
    waitsFor: waitsFor(daemon, one),
  };
}

function waitsFor(daemon: Daemon, { phase, generation, pid, spec }: Draining): string {
  if (phase === 'quieting') return daemon.quieting.waitsFor(generation) ?? 'it to be quiet';
  if (phase === 'overdue' && spec.drainPolicy === 'ask') return 'handover --finish';
  return pid === 0 ? 'what its main process left' : `its main process ${pid} to end`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
