import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { assertCensus, expected, startApp } from '../support/namespace/app-test.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

/*
 * `legatoctl handover app-test:*` in the place of `supervisorctl signal HUP app-test:*`, which leaves defunct processes and unmanaged trees
 * behind (first-light.test.ts): a web service that re-execs itself, a Celery worker, and one behind `inv`; the file is unchanged.
 */

const missing = lacking('root', 'namespaces', 'supervisor', 'celery', 'invoke', 'redis');
const handovers = 2;
const tasks = 60;

describe('a handover of the whole group of an unchanged file leaves nothing defunct and nobody behind, and each task is done once', () => {
  for (const pid1 of [true, false]) {
    test(pid1 ? 'as PID 1' : 'as a plain process', { skip: missing }, async (t) => {
      const app = await startApp(t, 'legato', { pid1, stopwaitsecs: 120 });
      const { running, redis } = app;
      const patience = { limit: 120_000, every: 100, evidence: running.evidence };
      await until('the workers to be ready', () => app.ready('worker') > 0 && app.ready('inv-worker') > 0, patience);
      const isUp = async (): Promise<boolean> => ((await running.status()).match(/RUNNING/g)?.length ?? 0) === 3;
      await until('all three to be RUNNING', isUp, patience);
      let sent = 0;
      const send = async (queue: 'direct' | 'behind-inv'): Promise<void> => {
        await app.produce(queue, sent + 1, sent + tasks);
        sent += tasks;
      };
      const numbers = async (): Promise<number[]> =>
        [...(await redis.ask('LRANGE', 'done', '0', '-1')).matchAll(/^\d+(?=\r$)/gm)].map(([text]) => Number(text));
      const allDone = (): Promise<true> =>
        until('every task to be done', async () => new Set(await numbers()).size >= sent, patience);

      for (let round = 0; round < handovers; round += 1) {
        // Nothing says of `inv worker` that Celery is below it: it is replaced and stops in Celery's own way, which may lose what is on its way
        // from redis just then.
        await send('behind-inv');
        await allDone();
        await send('direct');
        const { code, stdout } = await running.legatoctl('handover', 'app-test:*');
        assert.equal(code, 0, `${stdout}\n${running.evidence()}`);
      }
      await send('behind-inv');
      await allDone();

      const done = (await numbers()).sort((a, b) => a - b);
      assert.deepEqual(
        done,
        Array.from({ length: sent }, (_, index) => index + 1),
      );
      await until('the web service to answer', async () => (await app.webLives()) === 1, patience);
      await assertCensus(running, expected('legato').up);
      assert.doesNotMatch(running.log(), /SIGKILL/);
    });
  }
});
