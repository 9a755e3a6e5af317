import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { TestContext } from 'node:test';

import { freePort } from './free-port.ts';
import { until } from './until.ts';

export type Redis = {
  readonly url: string;
  /** One command, its answer as redis sends it (RESP); enough for a test that counts. */
  ask(...words: readonly string[]): Promise<string>;
};

/** A redis-server of the test's own: free port, no persistence; it goes when the test ends. */
export async function startRedis(t: Pick<TestContext, 'after'>, dir: string): Promise<Redis> {
  const port = await freePort();
  const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dir];
  const server = spawn('/usr/bin/redis-server', options, { stdio: 'ignore' });
  t.after(async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill('SIGKILL');
    await once(server, 'exit');
  });
  const ask = (...words: readonly string[]): Promise<string> => asked(port, words);
  await until('redis to answer', async () => (await ask('PING').catch(() => '')).startsWith('+PONG'));
  return { url: `redis://127.0.0.1:${port}/0`, ask };
}

/** One connection a command: QUIT after it, so that the end of the stream is the end of the answer. */
async function asked(port: number, words: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('utf8');
  let answer = '';
  socket.on('data', (chunk: string) => {
    answer += chunk;
  });
  socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);
  // Not `end`: redis drops what is left of an answer when it sees that nobody will ask any more.
  socket.write('*1\r\n$4\r\nQUIT\r\n');
  await once(socket, 'close');
  return answer.replace(/\+OK\r\n$/, '');
}
