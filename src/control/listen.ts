import { createServer, isIPv4, type Server } from 'node:net';
import { listenError } from './listen-error.ts';
import { listenUnix, type UnixAddress } from './unix-socket.ts';

/** Where a server listens. */
export type ListenAddress =
  | ({ readonly family: 'unix' } & UnixAddress)
  /** host '' is every interface. */
  | { readonly family: 'inet'; readonly host: string; readonly port: number };

/**
 * Makes a server listen. `warn` gets lines for stderr, before there is a log.
 * @returns what removes the socket's file again, where there is one
 * @throws ListenError when the socket cannot be had
 */
export async function listen(
  server: Server,
  address: ListenAddress,
  warn: (text: string) => void,
): Promise<() => void> {
  if (address.family === 'unix') return listenUnix(server, address, warn);
  await listenInet(server, address.host, address.port);
  return () => undefined;
}

/**
 * Listens for a moment: whether the sockets can be had, asked where the answer can still be read on a terminal.
 * @throws ListenError
 */
export async function tryListening(addresses: readonly ListenAddress[], warn: (text: string) => void): Promise<void> {
  for (const address of addresses) {
    const server = createServer();
    const remove = await listen(server, address, warn);
    remove();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function listenInet(server: Server, host: string, port: number): Promise<void> {
  const address = await ipv4Of(host);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error)));
    server.listen({ host: address, port, backlog: 1024 }, () => resolve());
  });
}

/** Supervisor is IPv4 only: `localhost` is 127.0.0.1, also where hosts(5) names ::1 first. */
async function ipv4Of(host: string): Promise<string> {
  if (host === '' || isIPv4(host)) return host || '0.0.0.0';
  try {
    const { lookup } = await import('node:dns/promises');
    return (await lookup(host, { family: 4 })).address;
  } catch (error) {
    throw listenError(error);
  }
}
