import assert from 'node:assert/strict';
import { memoOf, recall, recallGround, recallGroup } from '../../src/core/memo.ts';
import type { ProcessSpec } from '../../src/core/program.ts';
import type { Group, Process, World } from '../../src/core/world.ts';

/** The world as the next brain has it: through the memos, as text, and nothing else. */
export function afterDeath(world: World): World {
  const specs: ProcessSpec[] = [];
  const nameOf = (spec: ProcessSpec): number => specs.push(spec) - 1;
  const specOf = (name: unknown): ProcessSpec | null => (typeof name === 'number' ? (specs[name] ?? null) : null);
  const { groups, processes, ...ground } = world;
  const recalled = recallGround(json(ground));
  assert.ok(recalled);
  return {
    ...recalled,
    groups: new Map([...groups].map(([name, group]): [string, Group] => [name, there(recallGroup(json(group)))])),
    processes: new Map(
      [...processes].map(([key, process]): [string, Process] => [
        key,
        there(recall(json(memoOf(process, nameOf)), specOf)),
      ]),
    ),
  };
}

function json(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function there<T>(value: T | null): T {
  assert.ok(value !== null, 'what was kept is understood');
  return value;
}
