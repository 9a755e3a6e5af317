import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** What came back: the status line's number, the headers by lower-case name, the body. */
export type Reply = { readonly status: number; readonly headers: ReadonlyMap<string, string>; readonly body: string };

/** Sends bytes as they are and collects what comes until the server ends the connection. */
export async function exchange(target: { path: string } | { port: number }, sent: string | Buffer): Promise<string> {
  const socket = connect(target);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  socket.write(sent);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

export function parseReply(text: string): Reply {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = new Map(
    lines.map((line) => [line.split(':', 1)[0]?.toLowerCase() ?? '', line.slice(line.indexOf(':') + 1).trim()]),
  );
  return { status: Number(first.split(' ')[1]), headers, body: rest.join('\r\n\r\n') };
}

/** The text of a request that ends its connection. */
export function request(method: string, path: string, body = '', headers: readonly string[] = []): string {
  const length = method === 'POST' ? [`Content-Length: ${Buffer.byteLength(body)}`] : [];
  return [`${method} ${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...length, ...headers, '', body].join('\r\n');
}

/** A connection whose text so far can be waited for. */
export class Stream {
  text = '';
  readonly socket: Socket;
  /** Kept when the connection has ended, in whatever way. */
  readonly closed: Promise<void>;

  constructor(target: { path: string } | { port: number }, sent: string) {
    this.socket = connect(target);
    this.socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString();
    });
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
    this.socket.write(sent);
  }
}
