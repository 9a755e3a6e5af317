// Answers every request with its pid and age. Serves the socket that it is given (LISTEN_FDS, sd_listen_fds(3)), or else 127.0.0.1:PORT.
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';

const { LISTEN_FDS, PORT = '8008', RUN_DIR = '.' } = process.env;
if (existsSync(`${RUN_DIR}/broken`)) throw new Error('this release is broken');

const server = createServer((request, response) => {
  response.end(`${request.method} ${request.url}: pid ${process.pid}, up ${Math.round(process.uptime())} s\n`);
});

// What is being answered is answered to its end; then nothing keeps the process.
process.on('SIGTERM', () => server.close());
server.listen(LISTEN_FDS === undefined ? { port: Number(PORT), host: '127.0.0.1' } : { fd: 3 });
