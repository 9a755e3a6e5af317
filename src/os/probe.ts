import { connect, type Socket } from 'node:net';
import type { ReadyEndpoint } from '../config/config.ts';
import { errorCode } from './error-code.ts';

/** ok: it serves. detail: what was seen, in a few words. */
export type Probed = { readonly ok: boolean; readonly detail: string };

/** No status line is longer. */
const longestHead = 4096;

/** Asks once; resolves within `timeout` milliseconds and never rejects. A connection is enough, but of http, which must answer 2xx or 3xx. */
export async function probe(endpoint: ReadyEndpoint, timeout: number): Promise<Probed> {
  let socket: Socket;
  try {
    socket = await open(endpoint);
  } catch (error) {
    return { ok: false, detail: String(error) };
  }
  return new Promise((resolve) => {
    const end = (probed: Probed): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(probed);
    };
    const timer = setTimeout(() => end({ ok: false, detail: `no answer within ${timeout / 1000} s` }), timeout);
    let head = '';
    socket.on('error', (error) => end({ ok: false, detail: errorCode(error) ?? error.message }));
    socket.on('close', () => end({ ok: false, detail: 'closed without an answer' }));
    socket.once(endpoint.kind === 'http' && endpoint.secure ? 'secureConnect' : 'connect', () => {
      if (endpoint.kind !== 'http') return end({ ok: true, detail: 'connected' });
      socket.write(
        `GET ${endpoint.path} HTTP/1.1\r\nHost: ${endpoint.authority}\r\nUser-Agent: legato\r\nConnection: close\r\n\r\n`,
      );
    });
    socket.on('data', (bytes: Buffer) => {
      head += bytes.toString('latin1');
      const [, status] = /^HTTP\/1\.[01] (\d{3})[ \r]/.exec(head) ?? [];
      if (status !== undefined) end({ ok: /^[23]/.test(status), detail: `HTTP ${status}` });
      else if (head.length > longestHead || head.includes('\n')) end({ ok: false, detail: 'no answer of HTTP' });
    });
  });
}

async function open(endpoint: ReadyEndpoint): Promise<Socket> {
  if (endpoint.kind === 'unix') return connect({ path: endpoint.path });
  const { host, port } = endpoint;
  if (endpoint.kind !== 'http' || !endpoint.secure) return connect({ host, port });
  const { connect: connectSecurely } = await import('node:tls');
  // Whether it serves is asked, not who it is: the certificate is for the name that its clients use.
  return connectSecurely({ host, port, rejectUnauthorized: false });
}
