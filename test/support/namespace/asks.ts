import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';

import { fixtures, type Running } from './supervisor.ts';

/** What Python's xmlrpc.client makes of an answer. */
export type Answered = { readonly value: unknown } | { readonly fault: [number, string] } | { readonly http: number };

export type Ask = (method: string, ...args: readonly unknown[]) => Promise<Answered>;

/** A Python client of a supervisor, kept for many calls; it goes with the test. */
export function asker(t: Pick<TestContext, 'after'>, running: Running): Ask {
  const child = spawn('/usr/bin/python3', [join(fixtures, 'asks.py'), join(running.dir, 's.sock')], {
    env: { PATH: '/usr/bin:/bin', PYTHONDONTWRITEBYTECODE: '1', LANG: 'C.UTF-8' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async (...call) => {
    child.stdin.write(`${JSON.stringify(call)}\n`);
    const answer = await answers.next();
    if (answer.done === true) throw new Error(`no answer to ${JSON.stringify(call)}`);
    return JSON.parse(answer.value) as Answered;
  };
}
