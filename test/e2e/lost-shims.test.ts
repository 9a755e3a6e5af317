import assert from 'node:assert/strict';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { brainOf, untilReborn } from '../support/namespace/brain-death.ts';
import { freePort } from '../support/namespace/free-port.ts';
import { handover, treeOf, untilRunning } from '../support/namespace/handover.ts';
import { loadOn } from '../support/namespace/load.ts';
import { commands } from '../support/namespace/process-table.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, type Running, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

/*
 * A shim killed with -9, whatever its service is about: the service goes on, and whatever was to become of it does.
 * Outside of a namespace, where the pids of the table are those that can be killed.
 */

const missing = lacking('root', 'supervisor', 'python3');

const launched = (t: TestContext, programs: string): Promise<Running> =>
  start(t, { peer: 'legato', pid1: false, programs });

/** The shim of a process' generation, the oldest that is there unless it is said; 0: there is none. */
function shimOf(running: Running, name: string, generation?: number): number {
  const titles = new RegExp(`^legato: ${name}:${name} #(\\d+)`);
  const shims = running.processes().flatMap(({ pid, args }) => {
    const number = Number(titles.exec(args.join(' '))?.[1] ?? 0);
    return number === 0 || (generation !== undefined && number !== generation) ? [] : [{ pid, number }];
  });
  return shims.toSorted((a, b) => a.number - b.number)[0]?.pid ?? 0;
}

async function loseShim(running: Running, name: string, generation?: number): Promise<void> {
  const shim = await until('the shim', () => shimOf(running, name, generation) || undefined, running);
  const before = lossesOf(running);
  process.kill(shim, 'SIGKILL');
  await until('its loss to be noticed', () => lossesOf(running) > before, running);
}

const lossesOf = (running: Running): number =>
  running.log().match(/the shim of '.*' .generation \d+. was killed/g)?.length ?? 0;

/** A shim that dies before it has executed the program is a start that failed, and no loss. */
async function untilSpawned(running: Running, name: string, times: number): Promise<void> {
  const spawned = new RegExp(`spawned: '${name}'`, 'g');
  await until(`start ${times} of ${name}`, () => (running.log().match(spawned)?.length ?? 0) >= times, running);
}

async function untilState(running: Running, name: string, state: RegExp): Promise<void> {
  await until(`${name} to be ${state}`, async () => state.test(await running.status(name)), running);
}

test('of a running service: the tree says so, its end is seen, a stop takes all of it', {
  skip: missing,
}, async (t) => {
  const running = await launched(
    t,
    "[program:one]\ncommand=/bin/sh -c '(sleep 1001 &) && exec sleep 1002'\nstopasgroup=true\n",
  );
  await untilRunning(running, 'one');
  const pid = (await running.ctl('pid', 'one')).stdout;
  await loseShim(running, 'one');
  assert.match(await treeOf(running, 'one'), /shim gone/);
  assert.equal((await running.ctl('pid', 'one')).stdout, pid);
  process.kill(Number(pid), 'SIGKILL');
  await until('its successor', async () => ![pid, '0\n'].includes((await running.ctl('pid', 'one')).stdout), running);
  assert.equal(commands(running.processes(), 'sleep 1001').length, 1, 'what was left of it was cleared before');
  await untilRunning(running, 'one');
  assert.doesNotMatch(await treeOf(running, 'one'), /shim gone/);
  await loseShim(running, 'one');
  assert.equal((await running.ctl('stop', 'one')).stdout, 'one: stopped\n');
  assert.deepEqual(commands(running.processes(), 'sleep 100'), []);
});

test('of one that starts: it is RUNNING when its time is over', { skip: missing }, async (t) => {
  const running = await launched(t, '[program:one]\ncommand=/bin/sleep 1001\nstartsecs=4\n');
  await untilSpawned(running, 'one', 1);
  await loseShim(running, 'one');
  await untilState(running, 'one', /RUNNING/);
});

test('of one that waits for its next start: it is started', { skip: missing }, async (t) => {
  // Each one ends when it is told, and by its startsecs too early, however long it takes to find its shim.
  const running = await launched(
    t,
    "[program:one]\ncommand=/bin/sh -c 'until rm %(ENV_RUN_DIR)s/go; do sleep 0.05; done 2>&-; exit 3'\nstartsecs=600\nstartretries=1000\n",
  );
  for (const time of [1, 2, 3]) {
    await untilSpawned(running, 'one', time);
    if (time < 3) await loseShim(running, 'one');
    writeFileSync(join(running.dir, 'go'), '');
  }
  await untilSpawned(running, 'one', 4);
  await until('the line in the log', () => /exited: one \(exit status 3; not expected\)/.test(running.log()), running);
});

test('of one that is being stopped: SIGKILL comes when its time is over, to all of it', {
  skip: missing,
}, async (t) => {
  const running = await launched(
    t,
    `[program:one]
command=/usr/bin/python3 ${fixtures}/ignores-term.py
environment=READY="%(ENV_RUN_DIR)s/deaf"
; In which its shim has to be found and killed.
stopwaitsecs=10
`,
  );
  await untilRunning(running, 'one');
  await until('it to be deaf', () => existsSync(join(running.dir, 'deaf')), running);
  const stopped = running.ctl('stop', 'one');
  await untilState(running, 'one', /STOPPING/);
  await loseShim(running, 'one');
  assert.equal((await stopped).stdout, 'one: stopped\n');
  assert.deepEqual(commands(running.processes(), 'ignores-term.py'), []);
});

test('of a current, a next and a draining generation: a handover still drops nothing', { skip: missing }, async (t) => {
  const port = await freePort();
  const running = await launched(
    t,
    `[program:web]
command=/usr/bin/python3 ${fixtures}/serves-its-descriptor.py
listen=tcp://127.0.0.1:${port}
ready=notify
min_ready=3
[program:slow]
command=/bin/sh -c 'trap "until test -e %(ENV_RUN_DIR)s/drained; do sleep 0.1; done; exit 0" TERM; while :; do sleep 0.1; done'
drain_timeout=600
handover=overlap
startsecs=0
min_ready=0.1
`,
  );
  await untilRunning(running, 'web');
  const load = loadOn(t, port, 4);
  await load.begun;
  await loseShim(running, 'web');
  assert.equal((await handover(running, 'web')).code, 0, 'with a current one that has lost its shim');
  const asked = handover(running, 'web');
  const next = await until('the next one', () => spawnedIn(running)[1], running);
  await until('it to settle', () => running.log().includes(`ready #${next}`), running);
  await loseShim(running, 'web', next);
  assert.equal((await asked).code, 0, 'with a next one that loses it');
  load.stop();
  assert.equal((await load.result).failed, 0, JSON.stringify((await load.result).samples));
  const former = shimOf(running, 'slow');
  const slow = handover(running, 'slow');
  await until('the former one to drain', () => /handover of 'slow:slow': committed/.test(running.log()), running);
  assert.equal(shimOf(running, 'slow'), former);
  await loseShim(running, 'slow');
  writeFileSync(join(running.dir, 'drained'), '');
  assert.equal((await slow).code, 0, 'with a draining one that loses it');
  assert.match(await treeOf(running, 'slow'), /^ +slow +RUNNING/m);
});

test('of a next one that is not ready: it is found below its main process when it waits for connections, and no request fails', {
  skip: missing,
}, async (t) => {
  const port = await freePort();
  const dir = scratch(t);
  const go = join(dir, 'go');
  writeFileSync(go, '');
  const running = await start(t, {
    peer: 'legato',
    pid1: false,
    dir,
    programs: `[program:web]
command=/bin/sh -c 'while [ ! -e ${go} ]; do sleep 0.1; done; exec env -u LD_PRELOAD /usr/bin/python3 ${fixtures}/serves-its-descriptor.py'
listen=tcp://127.0.0.1:${port}
ready=listening
min_ready=1
`,
  });
  await untilRunning(running, 'web');
  const load = loadOn(t, port, 4);
  await load.begun;
  rmSync(go);
  const asked = handover(running, 'web');
  const next = await until('the next one', () => spawnedIn(running)[0], running);
  await until('it to wait for the file', () => commands(running.processes(), go)[0], running);
  await loseShim(running, 'web', next);
  writeFileSync(go, '');
  const { code, report } = await asked;
  assert.equal(code, 0, JSON.stringify(report));
  load.stop();
  const { failed, samples } = await load.result;
  assert.equal(failed, 0, JSON.stringify(samples));
});

test('together with the brain: the next one knows of it', { skip: missing }, async (t) => {
  const running = await launched(t, '[program:one]\ncommand=/bin/sleep 1001\n');
  await untilRunning(running, 'one');
  const brain = brainOf(running);
  const pid = (await running.ctl('pid', 'one')).stdout;
  const shim = shimOf(running, 'one');
  process.kill(brain, 'SIGKILL');
  process.kill(shim, 'SIGKILL');
  await until('another brain', () => ![0, brain].includes(brainOf(running)), running);
  assert.match(await untilReborn(running), /one +RUNNING/);
  assert.equal((await running.ctl('pid', 'one')).stdout, pid);
  assert.match(await treeOf(running, 'one'), /shim gone/);
  assert.equal((await running.ctl('stop', 'one')).stdout, 'one: stopped\n');
  assert.deepEqual(commands(running.processes(), 'sleep 1001'), []);
});

/** The numbers of the next generations of web, in the order of its handovers. */
function spawnedIn(running: Running): number[] {
  return [...running.log().matchAll(/handover of 'web:web': spawned #(\d+)/g)].map(([, number]) => Number(number));
}
