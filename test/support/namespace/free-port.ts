import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that the kernel gives to clients (ip_local_port_range): a load beside us must not take one that is only chosen. */
const [lowest, count] = [10_000, 20_000];

/** What was chosen here and may not be listened on yet: no second test of this process is to have it as well. */
const given = new Set<number>();

/** A TCP port of 127.0.0.1 that nobody has at the moment; another one each time. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * count);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}

export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  const listens = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  if (!listens) return false;
  server.close();
  await once(server, 'close');
  return true;
}
