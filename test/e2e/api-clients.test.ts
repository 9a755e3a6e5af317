import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';

import { asker } from '../support/namespace/asks.ts';
import { start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const skip = lacking('supervisor', 'root');

test('several clients wait for the same stop, others are answered meanwhile, and names that are not ASCII arrive whole', {
  skip,
  timeout: 600_000,
}, async (t) => {
  const running = await start(t, {
    peer: 'legato',
    programs: `
[program:zäh日]
command=/bin/sh -c "trap 'until test -e %(ENV_RUN_DIR)s/go; do sleep 0.02; done; exit 0' TERM; echo lingering; while :; do sleep 0.02; done"
stopwaitsecs=600
startsecs=0
`,
  });
  const name = 'zäh日';
  const clients = [1, 2, 3].map(() => asker(t, running));
  const [first, second, third] = clients;
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  await until('the signal to be heard', async () =>
    JSON.stringify(await first('supervisor.readProcessLog', name, 0, 0)).includes('lingering'),
  );
  const ended: string[] = [];
  const stops = [first, second].map((ask) =>
    ask('supervisor.stopProcessGroup', name).then((answer) => {
      ended.push('stop');
      return answer;
    }),
  );
  await until('the stop to begin', async () =>
    JSON.stringify(await third('supervisor.getProcessInfo', name)).includes('STOPPING'),
  );
  ended.push('meanwhile');
  writeFileSync(join(running.dir, 'go'), '');
  const stopped = { value: [{ name, group: name, status: 80, description: 'OK' }] };
  // Whoever comes second may find it STOPPING, and then there is nothing to stop.
  const answers = await Promise.all(stops);
  for (const answer of answers)
    assert.ok(isDeepStrictEqual(answer, stopped) || isDeepStrictEqual(answer, { value: [] }));
  assert.ok(answers.some((answer) => isDeepStrictEqual(answer, stopped)));
  assert.equal(ended.at(-1), 'stop');
  assert.deepEqual(
    await first('system.multicall', [
      { methodName: 'supervisor.startProcess', params: [name] },
      { methodName: 'supervisor.getProcessInfo', params: ['ö'] },
    ]),
    {
      value: [true, { faultCode: 10, faultString: 'BAD_NAME: ö' }],
    },
  );
});
