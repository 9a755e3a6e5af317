import assert from 'node:assert/strict';
import { readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { call } from '../support/namespace/calls.ts';
import { untilRunning } from '../support/namespace/handover.ts';
import { fixtures, type Running, start } from '../support/namespace/supervisor.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const skip = lacking('root', 'namespaces', 'supervisor', 'python3');

/** How a log is made empty while its program writes: by its name, in the log of this program. */
const ways: readonly (readonly [string, (running: Running, log: string) => Promise<unknown>])[] = [
  ['clear', async (running) => assert.deepEqual(await call(running, ['clearProcessLogs', 'talks']), [true])],
  // As `copytruncate` of logrotate(8).
  ['truncate', async (_, log) => truncateSync(log)],
];

for (const [name, empty] of ways)
  test(`${name} while a program writes: what comes after it is whole and in order`, { skip }, async (t) => {
    const running = await start(t, {
      peer: 'legato',
      loglevel: 'info',
      programs: `[program:talks]
command=/usr/bin/python3 ${fixtures}/writes-numbered-lines.py 20000
stdout_logfile=%(ENV_RUN_DIR)s/talks.log
stdout_logfile_maxbytes=0
startsecs=0
`,
    });
    await untilRunning(running, 'talks');
    const log = join(running.dir, 'talks.log');
    for (let round = 0; round < 10; round += 1) {
      await until('the log to grow', () => (statSync(log, { throwIfNoEntry: false })?.size ?? 0) > 0, running);
      await empty(running, log);
    }
    await until('more of the log', () => statSync(log).size > 100_000, running);
    assert.equal((await running.ctl('stop', 'talks')).stdout, 'talks: stopped\n');
    // The line that was being written may have its beginning in what is gone.
    const [rest = '', ...lines] = readFileSync(log, 'latin1').split('\n');
    assert.match(rest, /^[\d x]{0,99}$/, 'nothing stands where the former lines were');
    assert.equal(lines.pop(), '', 'the last one is whole');
    const numbers = lines.map((line) => (/^\d{10} x{88}$/.test(line) ? Number(line.slice(0, 10)) : Number.NaN));
    const first = numbers[0] ?? Number.NaN;
    const at = numbers.findIndex((number, index) => number !== first + index);
    assert.equal(at, -1, `line ${at} is '${lines[at]}', before it '${lines[at - 1]}'`);
    assert.ok(first > 500, `it begins with ${first}`);
  });
