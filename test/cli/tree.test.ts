import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { legatoctl } from '../../src/cli/legatoctl.ts';
import type { TreeNode } from '../../src/control/contract.ts';
import { serve } from '../../src/control/http-server.ts';
import { FakeSupervisor } from '../control/fake-supervisor.ts';
import { scratch } from '../support/namespace/scratch.ts';

const trees: readonly TreeNode[] = [
  {
    group: 'app',
    name: 'web',
    troubledLogs: [],
    state: 'RUNNING',
    generations: [
      {
        generation: 4,
        role: 'current',
        shim: 120,
        main: 121,
        connections: { open: 2, accepted: 40 },
        ready: 'notify, listening (epoll)',
        status: 'serving',
        phase: '',
        since: 0,
        left: -1,
        waitsFor: '',
        processes: [
          { pid: 121, ppid: 120, state: 'S', age: 3723, command: 'gunicorn: master' },
          { pid: 122, ppid: 121, state: 'R', age: 62, command: 'gunicorn:\nworker' },
          { pid: 123, ppid: 121, state: 'Z', age: 90_061, command: '[python3]' },
          { pid: 130, ppid: 120, state: 'S', age: 1, command: 'lost' },
        ],
      },
    ],
  },
  {
    group: 'app',
    name: 'worker',
    troubledLogs: [],
    state: 'EXITED',
    generations: [
      {
        generation: 7,
        role: 'draining',
        shim: 0,
        main: 0,
        connections: null,
        ready: '',
        status: '',
        phase: 'quieting',
        since: 61,
        left: 9,
        waitsFor: 'its open connections',
        processes: [{ pid: 140, ppid: 1, state: 'S', age: 5, command: 'left' }],
      },
    ],
  },
  {
    group: 'other',
    name: 'other',
    state: 'STOPPED',
    generations: [],
    troubledLogs: [{ channel: 'stdout', path: '/x', lost: 7, reason: 'ENOSPC' }],
  },
];

async function tree(t: TestContext, ...words: readonly string[]): Promise<{ code: number; out: string }> {
  const file = join(scratch(t), 's.sock');
  const supervisor = new FakeSupervisor();
  supervisor.trees = trees;
  const address = { section: 's', family: 'unix', file, chmod: 0o700, chown: null } as const;
  const serving = await serve(supervisor, { ...address, username: null, password: null }, assert.fail);
  t.after(() => serving.close());
  let out = '';
  const code = await legatoctl(['-s', `unix://${file}`, 'tree', ...words], {
    program: '/nowhere/bin/legatoctl',
    out: (text) => (out += text),
    err: assert.fail,
  });
  return { code, out };
}

test('tree shows groups, processes, generations and every descendant below its parent', async (t) => {
  const { code, out } = await tree(t);
  assert.equal(code, 0);
  assert.equal(
    out,
    [
      'app',
      '  web                            RUNNING',
      '    #4  shim 120  connections: 2 open, 40 accepted',
      '      ready: notify, listening (epoll)',
      '      says: serving',
      '     *    121  S      1:02:03  gunicorn: master',
      '          122  R      0:01:02    gunicorn:?worker',
      '          123  Z   1d 1:01:01    [python3] <defunct>: its parent 121 does not wait for it',
      '          130  S      0:00:01  lost',
      '  worker                         EXITED',
      '    #7 (draining)  shim gone, main process gone: what is listed is left over',
      '      quieting for 0:01:01, waits for its open connections, 0:00:09 left',
      '          140  S      0:00:05  left',
      'other',
      '  other                          STOPPED',
      '    stdout log /x: cannot be written to (ENOSPC), 7 bytes were lost',
      '',
    ].join('\n'),
  );
});

test('tree shows what is named, and says what is not there', async (t) => {
  const { code, out } = await tree(t, 'other', 'nope');
  assert.equal(code, 4);
  assert.equal(
    out,
    'nope: ERROR (no such process)\nother\n  other                          STOPPED\n    stdout log /x: cannot be written to (ENOSPC), 7 bytes were lost\n',
  );
});
