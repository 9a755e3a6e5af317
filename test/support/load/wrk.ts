import { spawn } from 'node:child_process';
import type { LoadResult } from './options.ts';

/** What is counted of a load, whoever makes it. */
export type Tally = Pick<LoadResult, 'requests' | 'succeeded' | 'failed' | 'failures' | 'samples' | 'generations'>;

/** wrk (Debian's) as a second opinion: a connection a request, no rest between two, no retry; it counts, and says nothing of each. */
export function startWrk(
  url: string,
  connections: number,
): { stop(): void; begun: Promise<void>; result: Promise<Tally> } {
  // It ends when it is told to.
  const args = [
    '-t',
    '1',
    '-c',
    String(connections),
    '-d',
    '86400s',
    '--timeout',
    '60s',
    '-H',
    'Connection: close',
    url,
  ];
  const child = spawn('/usr/bin/wrk', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  const begun = new Promise<void>((resolve) => {
    // What it prints at its beginning comes at its end when that goes to a pipe.
    child.once('spawn', () => resolve());
    child.once('close', () => resolve());
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const result = new Promise<Tally>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const tally = tallyOf(output);
      if (code === 0 && tally !== null) resolve(tally);
      else reject(new Error(`wrk ended with ${code}: ${output}`));
    });
  });
  return { stop: () => child.kill('SIGINT'), begun, result };
}

/** What wrk prints when it ends; null: that it does not. Lines about errors are there only when there were any. */
export function tallyOf(output: string): Tally | null {
  const [, answers] = /^ *(\d+) requests in /m.exec(output) ?? [];
  if (answers === undefined) return null;
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(output) ?? [];
  const [connect = 0, read = 0, write = 0, timeout = 0] = errors.slice(1).map(Number);
  const status = Number(/Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? 0);
  const failed = connect + read + write + timeout + status;
  return {
    requests: Number(answers) + failed - status,
    succeeded: Number(answers) - status,
    failed,
    failures: {
      connect: some({ connect }),
      first: some({ read, write, timeout }),
      reused: {},
      body: {},
      status: some({ 'not 2xx or 3xx': status }),
    },
    samples: [],
    generations: {},
  };
}

function some(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}
