import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GroupConfig } from '../../src/config/config.ts';
import { memoOf } from '../../src/core/memo.ts';
import { newProcess } from '../../src/core/world.ts';
import { groupKey, processKey, recallPast } from '../../src/daemon/past.ts';
import type { Shelved } from '../../src/daemon/shelf.ts';
import { program } from '../support/history.ts';

test('a group whose memo has no room for its members has those that have a memo of their own, in the order of the configuration', () => {
  const [a, b, leaving] = [program('a'), program('b'), program('leaving')];
  const specs = [leaving, a, b];
  const memo = (key: string, what: unknown) => ({ type: 'memo', id: 0, key, text: JSON.stringify(what) }) as const;
  const memos = specs.map((spec, number) =>
    memo(processKey(spec.key), { process: memoOf(newProcess(spec), () => number), logs: {}, facts: [] }),
  );
  const group = memo(groupKey('g'), { name: 'g', priority: 999, members: [] });
  const configured = [{ name: 'g', priority: 999, processes: [b, a] }] as unknown as GroupConfig[];
  const shelved = { configs: new Map(specs.entries()) } as unknown as Shelved;
  const { world } = recallPast({ memos: [group, ...memos], generations: [] }, shelved, configured);
  assert.deepEqual(world.groups.get('g')?.members, ['g:b', 'g:a', 'g:leaving']);
});
