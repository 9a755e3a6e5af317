// An HTTP server that binds 127.0.0.1:PORT, or listens on descriptor FD. What it does on TERM is said by ON_TERM:
// nothing (the signal ends it), `close` (what is open is finished), `drain` (every answer from then on says Connection: close).
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Server } from 'node:net';

const here = (file: string): URL => new URL(file, import.meta.url);

const release: unknown = await import(here('release.mjs').href);
const settings: unknown = JSON.parse(readFileSync(here('settings.json'), 'utf8'));
const read = (from: unknown, key: string): string =>
  String(typeof from === 'object' && from !== null ? Reflect.get(from, key) : undefined);
const name = read(release, 'name');
const delay = Number(read(settings, 'delay'));
const { FD: fd, PORT: port, ON_TERM: onTerm } = process.env;
let draining = false;

const server = createServer((request, response) => {
  request.resume();
  const body = `generation=${name}\n`;
  if (draining) response.setHeader('Connection', 'close');
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': body.length });
  response.flushHeaders();
  setTimeout(() => response.end(body), delay);
});

if (onTerm === 'close') process.once('SIGTERM', () => server.close());
if (onTerm === 'drain') {
  process.once('SIGTERM', () => {
    draining = true;
    // http.Server's own close() ends idle connections at once, in the face of the next request on them.
    Server.prototype.close.call(server);
    setTimeout(() => server.closeIdleConnections(), 2000).unref();
  });
}

if (fd !== undefined) server.listen({ fd: Number(fd) });
else server.listen(Number(port), '127.0.0.1');
