import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { fixtures, type Running } from './supervisor.ts';

/** Methods called through Python's xmlrpc.client; their results. */
export async function call(running: Running, ...calls: readonly (readonly unknown[])[]): Promise<unknown[]> {
  const child = spawn('/usr/bin/python3', [join(fixtures, 'calls.py'), join(running.dir, 's.sock')], {
    env: { PATH: '/usr/bin:/bin', PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: 300_000,
  });
  child.stdin.end(calls.map((one) => `${JSON.stringify(one)}\n`).join(''));
  return (await text(child.stdout))
    .split('\n')
    .slice(0, -1)
    .map((line): unknown => JSON.parse(line));
}
