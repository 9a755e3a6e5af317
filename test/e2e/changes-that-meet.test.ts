import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';

import { renewBrain } from '../support/namespace/brain-death.ts';
import { editConfiguration } from '../support/namespace/edit-configuration.ts';
import { freePort } from '../support/namespace/free-port.ts';
import { untilRunning } from '../support/namespace/handover.ts';
import { loadOn, noneFailed } from '../support/namespace/load.ts';
import { fixtures, type Running, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

/* Changes of the configuration that meet each other, or take the place of what is still there. */

const missing = lacking('root', 'supervisor', 'python3');

const launch = (programs: string) =>
  ({ peer: 'legato', pid1: false, programs: programs.replaceAll('DIR', '%(ENV_RUN_DIR)s') }) as const;

/** Ends on TERM when the file DIR/go is there. */
const lingers = (words = ''): string =>
  `command=/bin/sh -c 'trap "until test -e DIR/go; do sleep 0.02; done; exit 0" TERM; touch DIR/hears-%(program_name)s; while :; do sleep 0.02; done' ${words}
stopwaitsecs=600
`;

/** Until a program does so: RUNNING it is after a second, whatever it has come to. */
async function untilHears(running: Running, program: string): Promise<void> {
  await until(`${program} to hear TERM`, () => existsSync(join(running.dir, `hears-${program}`)), running);
}

const letGo = (running: Running): void => writeFileSync(join(running.dir, 'go'), '');
const status = async (running: Running): Promise<string> => (await running.ctl('status')).stdout;

for (const dies of [false, true])
  test(`a process under another name comes when the one before it has gone${dies ? ', over a death of the brain as well' : ''}`, {
    skip: missing,
  }, async (t) => {
    const running = await start(
      t,
      launch(`[program:idle]\ncommand=/bin/sleep 1000\n[program:app]\n${lingers()}process_name=former\n`),
    );
    await untilRunning(running, 'app:former');
    await untilHears(running, 'app');
    editConfiguration(running, (text) => text.replace('former', 'latter'));
    const update = dies ? running.ctl('reload') : running.legatoctl('update');
    await until('it to be stopped', async () => /app:former STOPPING/.test(await running.status()), running);
    if (dies) await renewBrain(running);
    assert.doesNotMatch(await status(running), /latter/);
    letGo(running);
    await untilRunning(running, 'app:latter');
    assert.match(running.log(), /stopped: former[^]*spawned: 'latter'/);
    await update;
  });

for (const dies of [false, true])
  test(`a program under another name comes when the one before it has gone${dies ? ', over a death of the brain as well' : ''}`, {
    skip: missing,
  }, async (t) => {
    const running = await start(t, launch(`[program:former]\n${lingers()}`));
    await untilRunning(running, 'former');
    await untilHears(running, 'former');
    editConfiguration(running, (text) => text.replace('former', 'latter'));
    await running.ctl('reload');
    await until('it to be stopped', async () => /former +STOPPING/.test(await running.status()), running);
    if (dies) await renewBrain(running);
    assert.doesNotMatch(await status(running), /latter/);
    letGo(running);
    await untilRunning(running, 'latter');
    assert.match(running.log(), /stopped: former[^]*spawned: 'latter'/);
    assert.doesNotMatch(await status(running), /former/);
  });

test('a program that is put back before it has stopped comes back', { skip: missing }, async (t) => {
  const running = await start(t, launch(`[program:other]\ncommand=/bin/sleep 1000\n[program:app]\n${lingers()}`));
  await untilRunning(running, 'app');
  await untilHears(running, 'app');
  let former = '';
  editConfiguration(running, (text) => {
    former = text;
    return text.slice(0, text.indexOf('[program:app]'));
  });
  await running.ctl('reload');
  await until('it to be stopped', async () => /app +STOPPING/.test(await running.status()), running);
  editConfiguration(running, () => former);
  await running.ctl('reload');
  letGo(running);
  await until('its removal', () => /removed process group app/.test(running.log()), running);
  await untilRunning(running, 'app');
});

test('what a roll has not come to is what it is when its turn comes', { skip: missing }, async (t) => {
  const slot = (name: string): string =>
    `[program:${name}]\ncommand=/bin/sh -c 'while :; do sleep 0.1; done; echo former-${name}'\nhandover=overlap\nready=file:DIR/ready\nready_timeout=600\nmin_ready=0\nstartsecs=0\n`;
  const running = await start(t, launch(`[group:g]\nprograms=a,b\n${slot('a')}${slot('b')}`));
  for (const name of ['g:a', 'g:b']) await untilRunning(running, name);
  const { stdout: before } = await running.ctl('pid', 'g:b');
  editConfiguration(running, (text) => text.replaceAll('former', 'latter'));
  const first = running.legatoctl('update', '--json');
  await until('the first to be awaited', () => /handover of 'g:a': spawned/.test(running.log()), running);
  editConfiguration(running, (text) => text.replace('latter-b', 'former-b'));
  assert.match((await running.legatoctl('update')).stdout, /^g: updated process group$/m);
  writeFileSync(join(running.dir, 'ready'), '');
  await first;
  await until('the first to be handed over', () => /handover of 'g:a': committed/.test(running.log()), running);
  assert.equal((await running.ctl('pid', 'g:b')).stdout, before);
  assert.doesNotMatch(running.log(), /handover of 'g:b'/);
});

test('an address that somebody else had is had when it is free, and one beside it is not kept for nothing', {
  skip: missing,
}, async (t) => {
  const [taken, free] = [await freePort(), await freePort()];
  const other = createServer().listen(taken, '127.0.0.1');
  t.after(() => other.close());
  await once(other, 'listening');
  const running = await start(t, launch('[program:app]\ncommand=/bin/sleep 1000\nstartsecs=0\nmin_ready=0\n'));
  await untilRunning(running, 'app');
  const { stdout: before } = await running.ctl('pid', 'app');
  editConfiguration(running, (text) => `${text}listen=127.0.0.1:${free},127.0.0.1:${taken}\nready=startsecs\n`);
  const failed = await running.legatoctl('update');
  assert.match(failed.stdout + failed.stderr, /cannot listen on tcp:\/\/127\.0\.0\.1:\d+: bind: EADDRINUSE/);
  assert.equal((await running.ctl('pid', 'app')).stdout, before);
  const isGivenUp = (): boolean => running.log().includes(`no longer holding tcp://127.0.0.1:${free}\n`);
  await until('what nobody declares to be given up', isGivenUp, running);
  other.close();
  await once(other, 'close');
  const { code, stdout, stderr } = await running.legatoctl('update');
  assert.equal(code, 0, `${stdout}${stderr}`);
  assert.ok(running.log().includes(`holding tcp://127.0.0.1:${taken}\n`));
});

test('a program that moves to another group keeps its socket, and no request is lost', { skip: missing }, async (t) => {
  const port = await freePort();
  const web = `[program:web]\ncommand=/usr/bin/python3 ${fixtures}/serves-its-descriptor.py\nlisten=tcp://127.0.0.1:${port}\nready=notify\nmin_ready=0\n`;
  const idle = '[program:idle]\ncommand=/bin/sleep 1000\n';
  const running = await start(t, launch(`[group:one]\nprograms=web,idle\n${web}${idle}`));
  await untilRunning(running, 'one:web');
  const load = loadOn(t, port);
  await load.begun;
  editConfiguration(running, (text) => text.replace('programs=web,idle', 'programs=idle\n[group:two]\nprograms=web'));
  // The client goes group by group, those that change before those that are new: nobody declares the address in between.
  assert.equal((await running.legatoctl('update')).code, 0);
  await untilRunning(running, 'two:web');
  await until('the former one to be gone', async () => !/one:web/.test(await running.status()), running);
  await noneFailed(load, running.evidence);
});

test('a socket gets another mode when its program is removed and added', { skip: missing }, async (t) => {
  const running = await start(
    t,
    launch(
      '[program:app]\ncommand=/bin/sleep 1000\nlisten=unix://DIR/x.sock\nlisten_chmod=0777\nready=startsecs\nstartsecs=0\n',
    ),
  );
  await untilRunning(running, 'app');
  const mode = (): number => statSync(join(running.dir, 'x.sock')).mode & 0o777;
  assert.equal(mode(), 0o777);
  editConfiguration(running, (text) => text.replace('0777', '0700'));
  await running.legatoctl('update');
  await untilRunning(running, 'app');
  await running.ctl('stop', 'app');
  await running.ctl('remove', 'app');
  assert.ok(!existsSync(join(running.dir, 'x.sock')));
  await running.ctl('add', 'app');
  await untilRunning(running, 'app');
  assert.equal(mode(), 0o700);
});
