import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { legatoctl } from '../../src/cli/legatoctl.ts';
import { serve } from '../../src/control/http-server.ts';
import { FakeSupervisor } from '../control/fake-supervisor.ts';
import { scratch } from '../support/namespace/scratch.ts';

type Said = { readonly code: number; readonly out: string; readonly err: string; readonly asked: readonly string[] };

async function handover(t: TestContext, supervisor: FakeSupervisor, ...words: readonly string[]): Promise<Said> {
  const file = join(scratch(t), 's.sock');
  const address = { section: 's', family: 'unix', file, chmod: 0o700, chown: null } as const;
  const serving = await serve(supervisor, { ...address, username: null, password: null }, assert.fail);
  t.after(() => serving.close());
  let out = '';
  let err = '';
  const code = await legatoctl(['-s', `unix://${file}`, 'handover', ...words], {
    program: '/nowhere/bin/legatoctl',
    out: (text) => (out += text),
    err: (text) => (err += text),
  });
  return { code, out, err, asked: supervisor.asked };
}

const web = (): FakeSupervisor => new FakeSupervisor().add('web:web', 'RUNNING');

test('a handover that succeeds says from what to what, and its timeline', async (t) => {
  const { code, out, asked } = await handover(t, web(), 'web', '--timeout', '7');
  assert.equal(code, 0);
  assert.deepEqual(asked, ['handover web:web 7']);
  assert.equal(out, 'web:web: handed over #1 → #2 (overlap, 0.01 s)\n     0.01 s  #2 committed (d)\n');
});

test('all means every process that is not down on purpose', async (t) => {
  const several = (): FakeSupervisor => web().add('jobs:0', 'FATAL').add('jobs:1', 'RUNNING').add('jobs:2', 'STOPPED');
  const { code, asked } = await handover(t, several(), 'all');
  assert.deepEqual(
    { code, asked },
    { code: 0, asked: ['handover jobs:0 null', 'handover jobs:1 null', 'handover web:web null'] },
  );
  const { out } = await handover(t, several(), '--abort', 'all');
  assert.match(out, /^all: .*\n$/);
});

test('that the former generation had to be killed is in the first line', async (t) => {
  const supervisor = web();
  const steps = [
    { step: 'killed', generation: 1, at: 9000, detail: '' },
    { step: 'committed', generation: 2, at: 10_000, detail: 'gap of 9900 ms' },
  ];
  const numbers = { from: 1, to: 2, pause: 9900, serves: 2 } as const;
  const nothing = { stage: '', reason: '', output: [], says: [], warnings: [], remains: [] } as const;
  supervisor.reports.set('web:web', {
    name: 'web',
    ok: true,
    strategy: 'replace',
    configuration: 'as read',
    steps,
    ...numbers,
    ...nothing,
  });
  const { code, out } = await handover(t, supervisor, 'web');
  assert.equal(code, 0);
  const [verdict] = out.split('\n');
  assert.equal(
    verdict,
    'web: handed over #1 → #2 (replace, 10.00 s, 9.90 s without a generation); warning: #1 did not end in time and was killed',
  );
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

test('one that is refused says why, and nothing of stages', async (t) => {
  const supervisor = web();
  const refused = {
    ok: false,
    strategy: 'overlap',
    stage: '',
    reason: 'not running (EXITED): start it instead',
  } as const;
  const nothing = { from: 0, to: 0, steps: [], pause: 0, output: [], says: [], warnings: [] } as const;
  const left = { serves: 0, configuration: 'as read', remains: [] } as const;
  supervisor.reports.set('web:web', { name: 'web', ...refused, ...nothing, ...left });
  const { code, out } = await handover(t, supervisor, 'web');
  assert.deepEqual([code, out], [1, 'web: ERROR (not running (EXITED): start it instead)\n']);
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
});

test('a name that nobody has is said so as by stop, with what may have been meant', async (t) => {
  for (const option of [[], ['--dry-run'], ['--abort'], ['--finish']]) {
    const { code, out, err } = await handover(t, web(), 'webb', ...option);
    assert.deepEqual([code, out, err], [1, 'webb: ERROR (no such process)\n', 'legatoctl: did you mean web?\n']);
  }
  const { out, asked } = await handover(t, web().add('g:a', 'RUNNING'), 'web', 'g:b');
  assert.deepEqual([out, asked], ['g:b: ERROR (no such process)\n', []]);
  assert.equal((await handover(t, web(), 'web', 'nobody:*')).out, 'nobody: ERROR (no such group)\n');
});

test('--abort and --finish say that there is nothing to give up, or to wait for', async (t) => {
  const supervisor = web();
  supervisor.answers.set('web:web', { ok: false, fault: 'FAILED' });
  const aborted = await handover(t, supervisor, 'web', '--abort');
  assert.deepEqual([aborted.code, aborted.out], [1, 'web: ERROR (no handover in progress)\n']);
  supervisor.answers.set('web:web', { ok: false, fault: 'NOT_RUNNING' });
  const finished = await handover(t, supervisor, 'web', '--finish');
  assert.deepEqual([finished.code, finished.out], [1, 'web: ERROR (nothing drains)\n']);
});
