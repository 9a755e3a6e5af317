// Answers every request with its pid and age. Listens on 127.0.0.1:8008, or where there is room if that is taken.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  response.end(`${request.method} ${request.url}: pid ${process.pid}, up ${Math.round(process.uptime())} s\n`);
});

server.on('listening', () => console.log(`listening on http://127.0.0.1:${server.address().port}/`));
server.on('error', (error) => {
  if (error.code !== 'EADDRINUSE') throw error;
  server.listen(0, '127.0.0.1');
});
process.on('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
server.listen(Number(process.env.PORT ?? 8008), '127.0.0.1');
