import { createServer, type Socket } from 'node:net';
import type { Conversation } from './http-conversation.ts';
import { type ListenAddress, listen } from './listen.ts';
import type { SiteLoader } from './site.ts';
import type { Supervisor } from './supervisor.ts';

/** One [unix_http_server] or [inet_http_server] section. */
export type ServerAddress = {
  /** The section's name, for messages. */
  readonly section: string;
  /** Basic authentication is asked for when there is a user name. */
  readonly username: string | null;
  /** Clear, or `{SHA}` and the SHA-1 in hexadecimal. */
  readonly password: string | null;
} & ListenAddress;

/** A socket that is being served. */
export type Serving = {
  /** The port it got; 0 for a unix socket. */
  readonly port: number;
  /** Stops listening, ends every connection, removes the socket file. What waits for an answer does not get it. */
  readonly close: () => Promise<void>;
  /** The same, but connections that are open have a moment: whoever asked for the change gets the answer. */
  readonly retire: () => void;
};

/** How long that moment is, in milliseconds. */
const lastAnswers = 1000;

/** Connections at one time; clients are few, and each one costs memory. */
const maxConnections = 512;

/**
 * Serves one socket: XML-RPC, log streams and the pages that `loadSite` brings (src/control/http-routes.ts). Nothing that speaks HTTP is loaded before somebody
 * connects: node:http costs 6.8 MB which a supervisor that nobody asks does not need.
 * `warn` gets lines for stderr, before there is a log.
 * @throws ListenError when the socket cannot be had
 */
export async function serve(
  supervisor: Supervisor,
  wanted: ServerAddress,
  warn: (text: string) => void,
  loadSite: SiteLoader | null = null,
): Promise<Serving> {
  // As Supervisor has it: an empty name (of a variable that is not set) asks for none.
  const address = wanted.username === '' ? { ...wanted, username: null, password: null } : wanted;
  const sockets = new Set<Socket>();
  let conversation: Promise<Conversation> | null = null;
  const server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    conversation ??= import('./http-conversation.ts').then(({ converse }) => converse(supervisor, address, loadSite));
    conversation.then(
      (take) => take(socket),
      (error: unknown) => {
        supervisor.log('critical', `cannot serve HTTP: ${String(error)}`);
        socket.destroy();
      },
    );
  });
  server.maxConnections = maxConnections;
  const remove = await listen(server, address, warn);
  server.on('error', (error) => supervisor.log('error', `Server '${address.section}': ${error.message}`));
  if (address.username === null) {
    supervisor.log('critical', `Server '${address.section}' running without any HTTP authentication checking`);
  }
  const bound = server.address();
  const endConnections = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: bound === null || typeof bound === 'string' ? 0 : bound.port,
    close: () =>
      new Promise((resolve) => {
        remove();
        server.close(() => resolve());
        endConnections();
      }),
    retire: () => {
      remove();
      server.close();
      setTimeout(endConnections, lastAnswers).unref();
    },
  };
}
