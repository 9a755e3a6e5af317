import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { HttpConnection } from './http-connection.ts';
import { Routes } from './http-routes.ts';
import type { ServerAddress } from './http-server.ts';
import { codeOf } from './listen-error.ts';
import type { SiteLoader } from './site.ts';
import type { Supervisor } from './supervisor.ts';

/** Takes a paused connection and speaks HTTP on it until it ends. */
export type Conversation = (socket: Socket) => void;

/**
 * Clients such as event listeners hold a connection and speak once in a while, some of them every hour, and Python's does not try again.
 * (Supervisor looks for idle ones at every 500th connection only.)
 */
const idleTimeout = 24 * 60 * 60_000;

/** Request line and headers in bytes; no client of Supervisor sends a tenth of it. */
const maxHeaderSize = 16 * 1024;

/**
 * What node:http calls a request that it cannot read. Its parser takes no URL that is not percent-encoded either, and
 * supervisorctl does not encode the names that it follows.
 */
function statusOf(code: string | undefined): number {
  return code === 'HPE_HEADER_OVERFLOW' ? 431 : code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW' ? 413 : 400;
}

/** Makes the HTTP side of one server. Its node:http server never listens itself: connections are handed to it. */
export async function converse(
  supervisor: Supervisor,
  address: ServerAddress,
  loadSite: SiteLoader | null,
): Promise<Conversation> {
  const routes = await Routes.of(supervisor, address, loadSite);
  const connections = new WeakMap<object, HttpConnection>();
  const server = createServer({
    maxHeaderSize,
    keepAliveTimeout: idleTimeout,
    noDelay: true,
    requireHostHeader: false,
  });
  server.timeout = 0;
  const fail = (socket: object & { destroy: () => unknown }, status: number): void => {
    const connection = connections.get(socket);
    if (connection === undefined) socket.destroy();
    else connection.fail(status);
  };
  server.on('clientError', (error, socket) => fail(socket, statusOf(codeOf(error))));
  server.on('connect', (_request, socket) => fail(socket, 400));
  server.on('request', (request, response) => {
    connections.get(request.socket)?.take(request, response, routes.answer);
  });
  return (socket) => {
    server.emit('connection', socket);
    connections.set(socket, new HttpConnection(socket));
    socket.resume();
  };
}
