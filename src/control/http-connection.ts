import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { refusal, refuse } from './http-reply.ts';

/** A request must have arrived whole this long after its first byte. */
const requestTimeout = 30_000;

/** An answer of which nothing is taken for this long is given up. */
const readerTimeout = 60_000;

/** Requests that may wait behind the one that is being answered. */
const maxAhead = 16;

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * One client. Requests that are sent ahead (pipelining) are answered one after the other: what one connection can ask for at
 * once is bounded.
 */
export class HttpConnection {
  readonly #socket: Socket;
  #timer: NodeJS.Timeout | undefined;
  /** Requests that have not been answered. */
  #pending = 0;
  /** The last one that was taken has been answered. */
  #turn: Promise<void> = Promise.resolve();

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#expect();
    socket.on('data', () => {
      if (this.#pending === 0) this.#expect();
    });
    socket.once('close', () => this.#arrived());
  }

  take(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
    // What has no body is here; node:http says so only to who reads it, and nobody reads the request of a stream.
    if (hasBody(request)) request.once('end', () => this.#arrived());
    else this.#arrived();
    if (this.#pending > maxAhead) {
      refuse(response, 503);
      // Nothing more is read; the connection ends with this answer.
      this.#socket.pause();
      return;
    }
    this.#pending += 1;
    const before = this.#turn;
    this.#turn = new Promise((resolve) => {
      response.once('close', () => {
        this.#pending -= 1;
        resolve();
      });
    });
    response.once('prefinish', () => this.#socket.setTimeout(readerTimeout));
    void before.then(() => (this.#socket.destroyed ? undefined : answer(request, response)));
  }

  /** What came is no request. It is said so, unless an answer is on its way. */
  fail(status: number): void {
    this.#arrived();
    if (this.#pending > 0 || !this.#socket.writable) {
      this.#socket.destroy();
      return;
    }
    this.#socket.setTimeout(readerTimeout);
    this.#socket.end(refusal(status), () => this.#socket.destroy());
  }

  /** The clock runs only while a part of a request is there. */
  #expect(): void {
    this.#timer ??= setTimeout(() => this.#late(), requestTimeout);
  }

  #late(): void {
    // A request whose body is missing has been taken, but nothing has been answered.
    this.#pending = 0;
    this.fail(408);
  }

  #arrived(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
