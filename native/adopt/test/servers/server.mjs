// An HTTP server that binds its own port and has no idea of shutdown; with `cluster`, two workers behind a primary.
import cluster from 'node:cluster';
import { createServer } from 'node:http';

const [port, kind] = process.argv.slice(2);
if (kind === 'cluster' && cluster.isPrimary) {
  cluster.fork();
  cluster.fork();
} else {
  createServer((request, response) => {
    request.resume();
    const body = `generation=${process.env.GENERATION}\n`;
    response.writeHead(200, { 'Content-Length': body.length });
    response.flushHeaders();
    setTimeout(() => response.end(body), Number(process.env.DELAY ?? 0.002) * 1000);
  }).listen(port.startsWith('/') ? port : { port: Number(port), host: '127.0.0.1' });
}
