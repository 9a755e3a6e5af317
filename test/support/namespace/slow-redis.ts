import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/**
 * Stands between a worker and redis, and keeps every answer to BLPOP to itself for so many milliseconds: what redis has handed over
 * is on its way for that time. Returns the url for the worker.
 */
export async function slowRedis(t: Pick<TestContext, 'after'>, url: string, delay: number): Promise<string> {
  const { hostname, port } = new URL(url);
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const redis = connect(Number(port), hostname);
    let slow = false;
    client.on('data', (bytes) => {
      slow = bytes.includes('BLPOP');
      redis.write(bytes);
    });
    redis.on('data', (bytes) => {
      if (slow) setTimeout(() => client.write(bytes), delay);
      else client.write(bytes);
    });
    for (const [one, other] of [
      [client, redis],
      [redis, client],
    ] as const) {
      open.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  const here = new URL(url);
  here.port = String(address.port);
  return here.href;
}
