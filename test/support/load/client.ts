import { connect, type Socket } from 'node:net';
import type { LoadOptions, Phase } from './options.ts';
import { ResponseReader } from './response.ts';
import type { Tally } from './tally.ts';

export interface Target {
  readonly to: { readonly host: string; readonly port: number } | { readonly path: string };
  readonly request: Buffer;
}

/** @throws Error when the options name no server. */
export function targetOf(options: LoadOptions): Target {
  const url = new URL(options.url ?? `http://localhost${options.path ?? '/'}`);
  if (options.url === undefined && options.unix === undefined) throw new Error('a url or a unix socket is needed');
  const body = options.mode === 'post' ? 'x'.repeat(16_384) : '';
  const head = [
    `${options.mode === 'post' ? 'POST' : 'GET'} ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    `Connection: ${options.mode === 'keep' ? 'keep-alive' : 'close'}`,
    ...(body === '' ? [] : [`Content-Length: ${body.length}`, 'Content-Type: application/octet-stream']),
  ];
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    to: options.unix === undefined ? { host, port: Number(url.port || 80) } : { path: options.unix },
    request: Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1'),
  };
}

/** One of the load's concurrent clients: request after request until `stopped()`, each told to the tally exactly once. */
export class Client {
  readonly #target: Target;
  readonly #options: LoadOptions;
  readonly #tally: Tally;
  readonly #stopped: () => boolean;
  #finish: () => void = () => {};

  constructor(target: Target, options: LoadOptions, tally: Tally, stopped: () => boolean) {
    this.#target = target;
    this.#options = options;
    this.#tally = tally;
    this.#stopped = stopped;
  }

  run(): Promise<void> {
    return new Promise((resolve) => {
      this.#finish = resolve;
      this.#connect();
    });
  }

  #next(): void {
    rest(this.#options, () => (this.#stopped() ? this.#finish() : this.#connect()));
  }

  #connect(): void {
    const socket = connect({ ...this.#target.to, noDelay: true });
    const connection = new Connection(socket, this.#target.request, this.#options, this.#tally, this.#stopped);
    connection.onGone = () => this.#next();
  }
}

/** Through the event loop in any case, so that a server that refuses at once does not keep the others from their turn. */
function rest({ pauseMs = 0 }: LoadOptions, then: () => void): void {
  if (pauseMs > 0) setTimeout(then, pauseMs);
  else setImmediate(then);
}

/** One connection: its requests, one at a time. */
class Connection {
  onGone: () => void = () => {};
  readonly #socket: Socket;
  readonly #request: Buffer;
  readonly #options: LoadOptions;
  readonly #tally: Tally;
  readonly #stopped: () => boolean;
  #reader: ResponseReader | null = new ResponseReader();
  #phase: Phase = 'connect';
  #began = performance.now();
  #gone = false;

  constructor(socket: Socket, request: Buffer, options: LoadOptions, tally: Tally, stopped: () => boolean) {
    this.#socket = socket;
    this.#request = request;
    this.#options = options;
    this.#tally = tally;
    this.#stopped = stopped;
    socket.setTimeout(options.timeoutMs);
    socket.on('connect', () => {
      this.#tally.connections += 1;
      this.#phase = 'first';
      socket.write(request);
    });
    socket.on('data', (bytes) => this.#read(typeof bytes === 'string' ? Buffer.from(bytes) : bytes));
    socket.on('end', () => this.#end());
    socket.on('timeout', () => this.#fail('ETIMEDOUT'));
    socket.on('error', (error) => this.#fail('code' in error ? String(error.code) : error.message));
    socket.on('close', () => this.#end());
  }

  #read(bytes: Buffer): void {
    if (this.#gone) return;
    if (this.#reader === null) {
      this.#fail('EUNASKED');
      return;
    }
    try {
      this.#reader.read(bytes);
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
      return;
    }
    if (this.#reader.done) this.#answered(this.#reader);
  }

  #end(): void {
    if (this.#gone) return;
    if (this.#reader === null) {
      this.#tally.closedIdle += 1;
      this.#leave();
    } else if (this.#reader.end()) {
      this.#answered(this.#reader);
    } else {
      this.#fail('EOF');
    }
  }

  #fail(error: string): void {
    if (this.#gone) return;
    const phase = this.#reader?.begun === true ? 'body' : this.#phase;
    // A kept connection that is reset between two requests has cut none.
    if (this.#reader === null) this.#tally.closedIdle += 1;
    else this.#tally.fail(performance.now(), phase, error);
    this.#leave();
  }

  #answered(reader: ResponseReader): void {
    const now = performance.now();
    if (reader.status >= 200 && reader.status < 300) this.#tally.succeed(now, now - this.#began, reader.generation);
    else this.#tally.fail(now, 'status', String(reader.status));
    this.#reader = null;
    if (this.#options.mode !== 'keep' || reader.closes || this.#stopped()) {
      this.#leave();
      return;
    }
    rest(this.#options, () => this.#again());
  }

  #again(): void {
    if (this.#gone) return;
    this.#reader = new ResponseReader();
    this.#phase = 'reused';
    this.#began = performance.now();
    this.#socket.write(this.#request);
  }

  #leave(): void {
    this.#gone = true;
    this.#socket.destroy();
    this.onGone();
  }
}
