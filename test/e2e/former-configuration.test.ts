import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { renewBrain } from '../support/namespace/brain-death.ts';
import { command } from '../support/namespace/command.ts';
import { daemonSections, rpcInterface } from '../support/namespace/daemon-sections.ts';
import { untilRunning } from '../support/namespace/handover.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { repository, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'supervisor');

const says = (word: string): string => `/bin/sh -c 'while :; do echo ${word}; sleep 0.05; done'`;
const programs = (command: string): string => `[program:web]
command=${command}
handover=overlap
startsecs=1
stdout_logfile=%(ENV_RUN_DIR)s/web.log
`;

test('what an update could not replace goes on with its former configuration, also below the next brain, and the one after it', {
  skip: missing,
}, async (t) => {
  // At debug the brain reads all output itself; so does one that a former brain has started, where its log goes on.
  const running = await start(t, { peer: 'legato', pid1: false, loglevel: 'info', programs: programs(says('former')) });
  const file = join(running.dir, 'c.conf');
  const log = (): string => readFileSync(join(running.dir, 'web.log'), 'utf8');
  const change = (command: string): void =>
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^command=.*$/m, `command=${command}`));
  const pid = async (): Promise<string> => (await running.ctl('pid', 'web')).stdout;
  await untilRunning(running, 'web');
  const first = await pid();

  change('/bin/false');
  const { stdout } = await running.legatoctl('update');
  assert.equal(await pid(), first, `the one that is there stays when the other cannot be: ${stdout}${running.log()}`);

  for (const life of ['second', 'third']) {
    assert.match(await renewBrain(running), /^web +RUNNING/m, `${life} brain`);
    assert.equal(await pid(), first);
    const before = log().length;
    await until('its output to go on', () => log().length > before, running);
  }
  process.kill(Number(first), 'SIGKILL');
  await until('its successor', async () => !['0\n', first].includes(await pid()), running);
  await untilRunning(running, 'web');
  const before = log().length;
  await until('what the successor says', () => log().length > before + 20, running);
  assert.doesNotMatch(log().slice(before), /[^a-z\n]/);

  change(says('latter'));
  await running.legatoctl('update');
  await untilRunning(running, 'web');
  await until('the change to be there', () => log().includes('latter'), running);
});

for (const [stage, keys, begun] of [
  ['is awaited', 'ready=file:DIR/never', /handover of 'web:web': spawned/],
  ['is checked', "check_command=/bin/sh -c 'touch DIR/asked; exec sleep 1000'", null],
] as const)
  test(`an update that is taken back while its next generation ${stage} does not take place`, {
    skip: missing,
  }, async (t) => {
    const running = await start(t, { peer: 'legato', pid1: false, programs: programs(says('former')) });
    const file = join(running.dir, 'c.conf');
    const before = readFileSync(file, 'utf8');
    await untilRunning(running, 'web');
    const { stdout: first } = await running.ctl('pid', 'web');

    writeFileSync(
      file,
      `${before.replace('former', 'latter')}${keys.replaceAll('DIR', running.dir)}\nready_timeout=600\ncheck_timeout=600\n`,
    );
    const update = running.legatoctl('update');
    const isBegun = (): boolean =>
      begun === null ? existsSync(join(running.dir, 'asked')) : begun.test(running.log());
    await until('it to be under way', isBegun, running);
    writeFileSync(file, before);
    assert.match((await running.legatoctl('update')).stdout, /^web: updated process group$/m);
    assert.equal((await update).code, 1);
    assert.equal((await running.ctl('pid', 'web')).stdout, first);
    await until(
      'nothing of it to be left',
      () =>
        !/latter|sleep 1000/.test(
          running
            .processes()
            .map(({ args }) => args.join(' '))
            .join('\n'),
        ),
      running,
    );
    assert.equal((await running.legatoctl('reread')).stdout, 'No config updates to processes\n');
    assert.match((await running.ctl('status', 'web')).stdout, /RUNNING/);
  });

test('a file that was found and is gone is not searched for elsewhere', { skip: missing }, async (t) => {
  const dir = scratch(t);
  const file = join(dir, 'supervisord.conf');
  const text = daemonSections(dir) + rpcInterface + programs(says('former'));
  writeFileSync(file, text.replaceAll('%(ENV_RUN_DIR)s', dir));
  const daemon = spawn(join(repository, 'bin/legatod'), ['-n'], { cwd: dir, stdio: 'ignore' });
  t.after(() => daemon.kill('SIGKILL'));
  const client = join(dir, 'client.conf');
  copyFileSync(file, client);
  const ctl = (...words: string[]) => command(join(repository, 'bin/legatoctl'), ['-c', client, ...words]);
  await until('it to run', async () => /^web +RUNNING/.test((await ctl('status')).stdout));
  rmSync(file);
  for (const verb of ['reread', 'update', 'reload']) {
    const { stdout, stderr } = await ctl(verb);
    assert.match(stdout + stderr, /could not find config file/, verb);
  }
  assert.match((await ctl('status')).stdout, /^web +RUNNING/);
});
