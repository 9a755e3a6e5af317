import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { nobodyDefunct } from '../support/namespace/app-test.ts';
import { command } from '../support/namespace/command.ts';
import { commands, printed } from '../support/namespace/process-table.ts';
import { startRedis } from '../support/namespace/redis.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, type Running, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { isLong, lacking } from '../support/requirements.ts';

/*
 * A Celery worker behind each wrapper that people put before it: handovers and a stop lose no task, no process of its pool is
 * signalled, nothing is orphaned.
 */

const missing = lacking('root', 'namespaces', 'supervisor', 'celery', 'invoke', 'redis', 'sudo', 'npm');

const home = join(fixtures, 'wrapped');
const worker = (queue: string): string =>
  `celery -A jobs worker -c 2 -l INFO -f %(ENV_RUN_DIR)s/${queue}.worker -Q ${queue}`;

const wrappers: Readonly<Record<string, string>> = {
  'sh-c': `sh -c "${worker('sh-c')}"`,
  script: `${home}/without-exec.sh script`,
  su: `su root -c "${worker('su')}"`,
  sudo: `sudo --preserve-env=REDIS_URL,PYTHONDONTWRITEBYTECODE,C_FORCE_ROOT,PYTHONPATH ${worker('sudo')}`,
  inv: 'inv worker',
  'inv-pty': 'inv terminal',
  npm: 'npm start',
};

/**
 * Handovers of each wrapper, the tasks sent before each and before the stop, and how long one takes in seconds: longer than it takes a
 * signal to arrive. A handover waits for what is on its way from redis (hooks/python); a plain stop does not, and Celery itself loses it then,
 * whoever stops it. With its hands full it asks for none: so it is stopped with two tasks at a gate, which opens when it has heard of the stop.
 */
const form = { handovers: isLong ? 10 : 1, tasks: 16, seconds: 1 };
const patience = { limit: 120_000, every: 50 };

const section = ([name, line]: readonly [string, string]): string => `
[program:${name}]
command=${line}
directory=${home}
environment=QUEUE="${name}",C_FORCE_ROOT="1",PYTHONDONTWRITEBYTECODE="1"
autostart=false
stopwaitsecs=300
redirect_stderr=true
queue=celery
handover=overlap
ready=log:/ ready\\.\\s*$/
ready_timeout=120
min_ready=0
`;

test('a Celery worker behind a wrapper: handovers and a stop lose no task, nothing is orphaned, its pool is left alone', {
  skip: missing,
  timeout: isLong ? 3_600_000 : 1_800_000,
}, async (t) => {
  const dir = scratch(t);
  const redis = await startRedis(t, dir);
  const programs = Object.entries(wrappers).map(section).join('');
  const running = await start(t, { peer: 'legato', dir, programs, env: { REDIS_URL: redis.url } });
  const numbers = async (key: string): Promise<number[]> =>
    [...(await redis.ask('LRANGE', key, '0', '-1')).matchAll(/^\d+(?=\r$)/gm)].map(([text]) => Number(text));
  const count = async (...words: string[]): Promise<number> => Number((await redis.ask(...words)).slice(1));
  let sent = 0;
  const produce = async (queue: string): Promise<void> => {
    const [first, last] = [`${sent + 1}`, `${sent + form.tasks}`];
    sent += form.tasks;
    const env = { REDIS_URL: redis.url, PATH: '/usr/bin:/bin', PYTHONDONTWRITEBYTECODE: '1' };
    const made = await command('/usr/bin/python3', ['produce.py', queue, first, last, `${form.seconds}`], {
      cwd: home,
      env,
    });
    assert.equal(made.code, 0, made.stderr);
  };

  for (const name of Object.keys(wrappers)) {
    await t.test(name, async () => {
      await redis.ask('DEL', 'done', 'at-gate', 'signalled', 'unacked', 'unacked_index');
      const sentBefore = sent;
      const evidence = (): string => running.evidence();
      await running.ctl('start', name);
      await until('the worker to take tasks', async () => (await tail(running, name)).includes(' ready.'), {
        ...patience,
        evidence,
      });
      for (let round = 0; round < form.handovers; round += 1) {
        await produce(name);
        const { code, stdout } = await running.legatoctl('handover', name);
        assert.equal(code, 0, `${stdout}\n${evidence()}`);
      }
      await redis.ask('SET', 'gate', 'closed');
      await produce(name);
      await until('its hands to be full', async () => (await count('LLEN', 'at-gate')) === 2, {
        ...patience,
        evidence,
      });
      const shutdowns = async (): Promise<number> => (await tail(running, name)).match(/Warm shutdown/g)?.length ?? 0;
      const before = await shutdowns();
      const stopping = running.ctl('stop', name);
      await until('it to have heard of its stop', async () => (await shutdowns()) > before, { ...patience, evidence });
      await redis.ask('DEL', 'gate');
      assert.equal((await stopping).stdout, `${name}: stopped\n`);

      const done = (await numbers('done')).sort((a, b) => a - b);
      const waiting = await count('LLEN', name);
      assert.equal(await count('HLEN', 'unacked'), 0, 'no task is left in the hands of one that is gone');
      assert.equal(new Set(done).size, done.length, 'no task is done twice');
      assert.equal(done.length + waiting, sent - sentBefore, 'each is done, or waits for the next worker');
      assert.equal(await count('LLEN', 'signalled'), 0, 'no process of a pool was signalled');
      const left = commands(running.processes(), 'celery');
      assert.equal(left.length, 0, `nothing is left\n${printed(left)}`);
      await nobodyDefunct(running);
      assert.doesNotMatch(running.log(), /SIGKILL/, 'and nothing had to be killed');
      assert.match(running.log(), new RegExp(`SIGTERM for '${name}:${name}' goes to pid \\d+ \\(.*celery`));
    });
  }
});

async function tail(running: Running, name: string): Promise<string> {
  return (await running.ctl('tail', '-100000', name)).stdout;
}
