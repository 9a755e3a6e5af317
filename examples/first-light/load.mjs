// Asks the service at 127.0.0.1:PORT again and again, each time on a new connection and never twice, until TERM; then says what has become of it.
import { get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const [port] = process.argv.slice(2);
const clients = 8;
const failures = [];
const processes = new Set();
let requests = 0;
let going = true;

const ask = () =>
  new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, agent: false }, async (response) => {
      let text = '';
      try {
        for await (const chunk of response) text += chunk;
        resolve(text);
      } catch (error) {
        reject(error);
      }
    });
    request.on('error', reject);
  });

async function client() {
  while (going) {
    requests++;
    try {
      processes.add(/pid (\d+)/.exec(await ask())?.[1]);
    } catch (error) {
      failures.push(error.code ?? error.message);
    }
    await pause(5);
  }
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => (going = false));
await Promise.all(Array.from({ length: clients }, client));
const why = failures.length > 0 ? ` (${[...new Set(failures)].join(', ')})` : '';
console.log(
  `${requests} requests, each on a connection of its own: ${failures.length} failed${why}; ${processes.size} processes have answered.`,
);
