import { createServer, type Server } from 'node:net';
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

function listenInet(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error)));
    // Supervisor is IPv4 only; '::' would also be refused where IPv6 is off.
    server.listen({ host: host === '' ? '0.0.0.0' : host, port, backlog: 1024 }, () => resolve());
  });
}
