import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { brainOf } from '../support/namespace/brain-death.ts';
import { call } from '../support/namespace/calls.ts';
import { daemonSections, rpcInterface } from '../support/namespace/daemon-sections.ts';
import { notingListener, untilNoted } from '../support/namespace/event-notes.ts';
import { untilRunning } from '../support/namespace/handover.ts';
import { disguise, install } from '../support/namespace/installation.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { type Running, repository, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'supervisor', 'python3');

type Outcome = {
  readonly ok: boolean;
  readonly reason: string;
  readonly from: { readonly version: string };
  readonly now: { readonly version: string; readonly path: string; readonly initPath: string };
};

async function upgrade(running: Running, ...words: readonly string[]): Promise<Outcome> {
  const { stdout, stderr } = await running.legatoctl('upgrade', '--json', ...words);
  assert.notEqual(stdout, '', `${stderr}\n${running.evidence()}`);
  return JSON.parse(stdout) as Outcome;
}

/** The main processes, and init itself. */
async function pidsOf(running: Running, names: readonly string[]): Promise<string[]> {
  const pids = await Promise.all(names.map(async (name) => (await running.ctl('pid', name)).stdout.trim()));
  return [...pids, (await running.ctl('pid')).stdout.trim()];
}

/** The program that init is. */
const programOf = ({ pid }: Running): string => readlinkSync(`/proc/${pid}/exe`);

test('without --to, what lies where the running one was started from takes its place, and a client that waits is told', {
  skip: missing,
}, async (t) => {
  const running = await start(t, { peer: 'legato', programs: '[program:web]\ncommand=/bin/sleep 1000\n', pid1: false });
  await untilRunning(running, 'web');
  const brain = brainOf(running);
  const { code, stdout } = await running.legatoctl('upgrade');
  assert.deepEqual(
    [code, stdout.replaceAll(repository, 'R')],
    [0, 'legato 0.1.0 at R: replaced by 0.1.0 at R\nlegato-init: replaced by R/bin/legato-init\n'],
  );
  assert.notEqual(brainOf(running), brain);
  await until('the line in the log', () => /upgraded: legato 0\.1\.0 at .* goes on/.test(running.log()), running);
});

test('event listeners go on: the same processes, and serials that count on', { skip: missing }, async (t) => {
  const dir = scratch(t);
  const running = await start(t, {
    peer: 'legato',
    dir,
    programs: `${notingListener(dir, 'hears', 'REMOTE_COMMUNICATION')}${notingListener(dir, 'deaf', 'REMOTE_COMMUNICATION', 'never-answers')}`,
  });
  for (const name of ['hears', 'deaf']) await untilRunning(running, name);
  const before = await pidsOf(running, ['hears', 'deaf']);
  await call(running, ['sendRemoteCommEvent', 'kind', 'one']);
  await untilNoted(running, 'hears', /one$/);
  await untilNoted(running, 'deaf', /one$/);
  assert.equal((await upgrade(running)).ok, true, running.evidence());
  await call(running, ['sendRemoteCommEvent', 'kind', 'two']);
  const second = await untilNoted(running, 'hears', /two$/);
  assert.deepEqual([second.headers['serial'], second.headers['poolserial']], ['1', '1'], running.evidence());
  const [hears, deaf] = await pidsOf(running, ['hears', 'deaf']);
  assert.equal(hears, before[0], running.evidence());
  assert.notEqual(deaf, before[1], 'one that is in the middle of an answer is started anew');
});

/** What is wrong with an installation, and what is said of it. */
const faults: readonly (readonly [string, (root: string) => void, RegExp])[] = [
  ['is not there', (root) => rmSync(root, { recursive: true }), /no legato is installed at .*: ENOENT/],
  ['cannot be executed', (root) => chmodSync(join(root, 'bin/legatod'), 0o644), /bin\/legatod cannot be executed/],
  ['belongs to somebody else', (root) => chownSync(join(root, 'dist'), 65_534, 65_534), /dist belongs to user 65534/],
  [
    'can be changed by others',
    (root) => chmodSync(join(root, 'bin'), 0o777),
    /bin can be written to by others \(mode 777\)/,
  ],
  [
    'has a part that belongs to somebody else',
    (root) => chownSync(join(root, 'dist/bundle/methods.cjs'), 65_534, 65_534),
    /methods\.cjs belongs to user 65534/,
  ],
  [
    'is something else',
    (root) => writeFileSync(join(root, 'bin/legatod'), '#!/bin/sh\necho something else; exit 3\n'),
    /bin\/legatod is no legato that knows how to take over: exit status 3\)\n {2}something else/,
  ],
  [
    'cannot even begin',
    (root) => disguise(root, 'this is no JavaScript'),
    /is no legato that knows how to take over: exit status 1/,
  ],
  [
    'has an init that cannot go on',
    (root) =>
      writeFileSync(
        join(root, 'bin/legato-init'),
        `#!/bin/sh\n[ "$1" = --can-resume ] && { echo of another version >&2; exit 1; }\nexec ${repository}/bin/legato-init "$@"\n`,
      ),
    /bin\/legato-init: of another version; legato 0\.1\.0 at .* goes on/,
  ],
  [
    'speaks another version of the link',
    (root) => disguise(root, "console.log('version=9.9\\nlink=99\\nnode=x\\nbundle=x\\ninit=x\\nend=')"),
    /legato 9\.9 at .* cannot take over: it speaks version 99 of the link/,
  ],
  [
    'does not understand what is kept',
    (root) =>
      disguise(
        root,
        "console.log('version=9.9\\nlink=7\\nnode=x\\nbundle=x\\ninit=x\\ntrouble=it does not\\nend='); process.exitCode = 1",
      ),
    /legato 9\.9 at .* cannot take over: it does not/,
  ],
  [
    'says that it can take over, and ends as soon as it is to',
    (root) => disguise(root, "if (process.argv.includes('--take-over')) require('./real.cjs'); else process.exit(7)"),
    /it ended before it served: exit status 7; legato 0\.1\.0 at .* goes on/,
  ],
  [
    'says that it can take over, and never serves',
    (root) =>
      disguise(
        root,
        "if (process.argv.includes('--take-over')) require('./real.cjs'); else setInterval(() => {}, 1e6)",
      ),
    /it did not come to serve within 30 s; legato 0\.1\.0 at .* goes on/,
  ],
];

test('an upgrade that cannot be leaves everything as it is, and says why', { skip: missing }, async (t) => {
  const dir = scratch(t);
  const running = await start(t, { peer: 'legato', dir, programs: '[program:web]\ncommand=/bin/sleep 1000\n' });
  await untilRunning(running, 'web');
  const before = await pidsOf(running, ['web']);
  for (const [name, spoil, said] of faults) {
    const root = install(join(dir, 'bad'), '0.2.0');
    spoil(root);
    const brain = brainOf(running);
    const part = name.includes('version of the link') ? ['--only', 'brain'] : [];
    const { code, stdout } = await running.legatoctl('upgrade', '--to', root, ...part);
    assert.equal(code, 1, `one that ${name}: ${stdout}`);
    assert.match(stdout, said);
    assert.deepEqual(await pidsOf(running, ['web']), before, `one that ${name}`);
    assert.equal(programOf(running), `${repository}/bin/legato-init`, `one that ${name}`);
    if (!/ended before|come to serve/.test(said.source)) assert.equal(brainOf(running), brain, `one that ${name}`);
    rmSync(root, { recursive: true, force: true });
  }
  const relative = await running.legatoctl('upgrade', '--to', 'bad');
  assert.match(relative.stdout, /ERROR \(bad is no absolute path\)/);
  assert.equal((await running.legatoctl('upgrade', 'now')).code, 2);
  const good = await upgrade(running, '--to', install(join(dir, 'good'), '0.2.0'));
  assert.equal(good.ok, true, running.evidence());
});

test('a path is taken only where nobody but the owner can ask', { skip: missing }, async (t) => {
  const dir = scratch(t);
  const config = join(dir, 'c.conf');
  writeFileSync(config, daemonSections(dir, {}, { chmod: '0770' }) + rpcInterface);
  const running = await start(t, { peer: 'legato', dir, config });
  const { code, stdout } = await running.legatoctl('upgrade', '--to', repository);
  assert.deepEqual([code, /only on a unix socket that nobody but its owner can open/.test(stdout)], [1, true], stdout);
  assert.equal((await running.legatoctl('upgrade')).code, 0, running.evidence());
});

test('asked whether it can take over, legatod says who it is and what it does not understand', () => {
  const ask = (input: unknown): { status: number | null; lines: string[] } => {
    const options = { input: JSON.stringify(input), encoding: 'utf8' } as const;
    const { status, stdout } = spawnSync(join(repository, 'bin/legatod'), ['--take-over'], options);
    return { status, lines: stdout.split('\n') };
  };
  const kept = { memos: [], generations: [], shelf: null };
  const { status, lines } = ask(kept);
  assert.deepEqual(
    [status, lines.includes(`bundle=${repository}/dist/bundle/legatod.cjs`)],
    [0, true],
    lines.join('\n'),
  );
  const troubleOf = (input: unknown): string[] => ask(input).lines.filter((line) => line.startsWith('trouble='));
  assert.deepEqual(troubleOf({ ...kept, shelf: '{"version":99}' }), [
    'trouble=it does not understand the configuration that runs',
  ]);
  assert.deepEqual(troubleOf({ ...kept, memos: [{ key: 'p web:web', text: '{"process":{"state":"NEW"}}' }] }), [
    "trouble=it does not understand what is kept under 'p web:web'",
  ]);
  assert.deepEqual(troubleOf({ memos: 3 }), ['trouble=what the running brain has kept has another shape']);
});
