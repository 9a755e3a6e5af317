import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { legatoctl } from '../../src/cli/legatoctl.ts';
import { serve } from '../../src/control/http-server.ts';
import { FakeSupervisor } from '../control/fake-supervisor.ts';
import { scratch } from '../support/namespace/scratch.ts';

type Said = { readonly code: number; readonly out: string; readonly asked: readonly string[] };

async function handover(t: TestContext, supervisor: FakeSupervisor, ...words: readonly string[]): Promise<Said> {
  const file = join(scratch(t), 's.sock');
  const address = { section: 's', family: 'unix', file, chmod: 0o700, chown: null } as const;
  const serving = await serve(supervisor, { ...address, username: null, password: null }, assert.fail);
  t.after(() => serving.close());
  let out = '';
  const code = await legatoctl(['-s', `unix://${file}`, 'handover', ...words], {
    program: '/nowhere/bin/legatoctl',
    out: (text) => (out += text),
    err: assert.fail,
  });
  return { code, out, asked: supervisor.asked };
}

const web = (): FakeSupervisor => new FakeSupervisor().add('web:web', 'RUNNING');

test('a handover that succeeds says from what to what, and its timeline', async (t) => {
  const { code, out, asked } = await handover(t, web(), 'web', '--timeout', '7');
  assert.equal(code, 0);
  assert.deepEqual(asked, ['handover web:web 7']);
  assert.equal(out, 'web:web: handed over #1 → #2 (overlap, 0.01 s)\n     0.01 s  #2 committed (d)\n');
});

test('one that fails says where and why, with the last lines of output, and exits with 1', async (t) => {
  const supervisor = web();
  const failed = {
    ok: false,
    strategy: 'overlap',
    stage: 'settling',
    reason: 'exit status 4',
    from: 3,
    to: 0,
  } as const;
  const left = { serves: 3, configuration: 'former', remains: [] } as const;
  const words = { says: [{ generation: 4, status: 'loading' }], warnings: ['a doubt'] } as const;
  supervisor.reports.set('web:web', {
    name: 'web',
    ...failed,
    steps: [],
    pause: 0,
    output: ['boom'],
    ...left,
    ...words,
  });
  const { code, out } = await handover(t, supervisor, 'web');
  assert.equal(code, 1);
  assert.equal(
    out,
    'web: ERROR (handover failed: settling: exit status 4; #3 serves with its former configuration)\n  #4 says: loading\n  warning: a doubt\n  | boom\n',
  );
});

test('--dry-run says how and why, and does nothing', async (t) => {
  const { code, out, asked } = await handover(t, web(), '--dry-run', 'web');
  assert.equal(code, 0);
  assert.deepEqual(asked, []);
  assert.match(out, /^web:web: overlap: it has listen=\n {2}ready: notify\n {2}socket: .*\n {2}warning: w\n$/);
});

test('--json is the report as it came; --abort gives it up', async (t) => {
  const { out } = await handover(t, web(), 'web', '--json');
  assert.equal((JSON.parse(out) as { to: number }[])[0]?.to, 2);
  const { asked } = await handover(t, web(), 'web', '--abort');
  assert.deepEqual(asked, ['abort web:web']);
});

test('wrong words are told what would be right', async (t) => {
  for (const [words, said] of [
    [[], /requires a process name/],
    [['web', '--timeout', 'x'], /bad timeout 'x'/],
    [['web', '--fast'], /bad option '--fast'/],
    [['web', '--strategy', 'luck'], /bad strategy 'luck': one of overlap, replace/],
  ] as const) {
    const { code, out, asked } = await handover(t, web(), ...words);
    assert.equal(code, 2);
    assert.match(out, said);
    assert.deepEqual(asked, []);
  }
  const { code, out } = await handover(t, web(), 'nobody');
  assert.equal(code, 1);
  assert.equal(out, 'nobody: ERROR (BAD_NAME: nobody)\n');
});
