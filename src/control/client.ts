import { connect, type NetConnectOpts } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { BadResponse, HttpResponse } from './http-response.ts';
import { codeOf } from './listen-error.ts';
import type { Value } from './value.ts';
import { encodeCall } from './xml-rpc-encode.ts';

/** The server answered with another HTTP status than 200. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string) {
    super(`${status} ${reason}`);
    this.status = status;
    this.reason = reason;
  }
}

/** A server URL that is neither `unix://PATH` nor `http://HOST[:PORT]`. */
export class UnknownProtocol extends Error {
  override readonly name = 'UnknownProtocol';
}

export type ClientOptions = {
  readonly serverurl: string;
  readonly username: string | null;
  readonly password: string | null;
  /** Whether a daemon that cannot be reached is there all the same: its brain is being started again. Absent: nobody knows. */
  readonly isComingBack?: () => boolean;
};

/** For how long a daemon may be coming back, and how often it is tried meanwhile; ms. */
const comesBackWithin = 20_000;
/** The same of one of which it is not known, whose unix socket has nobody behind it: who ends in order removes that. */
const mayComeBackWithin = 2000;
const triedEvery = 25;

/** What changes nothing, and so may be asked twice. */
const questions = /^(?:supervisor\.(?:get|read|tail)|legato\.tree$|system\.(?:list|method))/;

/** The connection ended before the answer did: nobody knows whether what was asked for was done. */
function isCutOff(error: unknown): boolean {
  return error instanceof BadResponse || ['ECONNRESET', 'EPIPE'].includes(codeOf(error));
}

/** Nobody has heard of what was asked for. */
function isAway(error: unknown): boolean {
  return ['ECONNREFUSED', 'ENOENT'].includes(codeOf(error));
}

type Target = { readonly connect: NetConnectOpts; readonly host: string };

/** Where a URL leads. No proxy variable of the environment is looked at: this is local administration. */
function targetOf(serverurl: string): Target {
  if (serverurl.startsWith('unix://')) {
    return { connect: { path: serverurl.slice('unix://'.length) }, host: 'localhost' };
  }
  const [, host, port = '80'] = /^http:\/\/(?:[^@/]*@)?(\[[^\]]*\]|[^:/]*)(?::(\d+))?(?:\/.*)?$/.exec(serverurl) ?? [];
  if (host === undefined) throw new UnknownProtocol(`Unknown protocol for serverurl ${serverurl}`);
  return { connect: { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }, host: `${host}:${port}` };
}

type Request = { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: string };

/** Speaks to a daemon: one connection for each call, over a unix socket or TCP. */
export class Client {
  readonly #target: Target;
  readonly #authorization: string | null;
  readonly #isComingBack: () => boolean;

  /** @throws UnknownProtocol */
  constructor({ serverurl, username, password, isComingBack = () => false }: ClientOptions) {
    this.#isComingBack = isComingBack;
    this.#target = targetOf(serverurl);
    this.#authorization =
      username === null || password === null
        ? null
        : `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }

  /**
   * Calls a method and waits for its answer, however long it takes; for a daemon that is coming back, too, where what is asked for cannot have
   * been done yet, or changes nothing. A unix socket that was left behind is given two seconds, for its daemon may be coming back.
   * @throws Fault what the method faults with
   * @throws ProtocolError another status than 200
   * @throws Error of node:net when there is no connection (its `code` says why), BadResponse, MalformedXml
   */
  async call(method: string, ...params: readonly Value[]): Promise<Value> {
    const mayBeRepeated = (error: unknown): boolean => isAway(error) || (isCutOff(error) && questions.test(method));
    const begun = performance.now();
    let isLeft = false;
    for (;;) {
      try {
        return await this.#call(method, params);
      } catch (error) {
        isLeft ||= codeOf(error) === 'ECONNREFUSED' && 'path' in this.#target.connect;
        const within = this.#isComingBack() ? comesBackWithin : isLeft && isAway(error) ? mayComeBackWithin : 0;
        if (!mayBeRepeated(error) || performance.now() - begun > within) throw error;
        await pause(triedEvery);
      }
    }
  }

  async #call(method: string, params: readonly Value[]): Promise<Value> {
    const chunks: Buffer[] = [];
    // The parser is read and compiled while the daemon works on the answer.
    const decoder = import('./xml-rpc-decode.ts');
    const response = await this.#exchange(
      { method: 'POST', path: '/RPC2', body: encodeCall(method, params) },
      (chunk) => chunks.push(chunk),
    );
    const { decodeResponse } = await decoder;
    if (response.status !== 200) throw new ProtocolError(response.status, response.reason);
    return decodeResponse(Buffer.concat(chunks).toString('utf8'));
  }

  /**
   * Gets a page that may have no end; `signal` ends it.
   * @throws ProtocolError as `call`
   */
  async follow(path: string, onData: (data: Buffer) => void, signal?: AbortSignal): Promise<void> {
    const response = await this.#exchange({ method: 'GET', path }, onData, signal);
    if (response.status !== 200 && !signal?.aborted) throw new ProtocolError(response.status, response.reason);
  }

  #head({ method, path, body }: Request): string {
    const lines = [`${method} ${path} HTTP/1.1`, `Host: ${this.#target.host}`, 'User-Agent: legatoctl', 'Accept: */*'];
    // Not for pages that are followed: Supervisor's server then keeps what is written until there are 64 KiB of it.
    if (method === 'POST') lines.push('Connection: close');
    if (this.#authorization !== null) lines.push(`Authorization: ${this.#authorization}`);
    if (body !== undefined) lines.push('Content-Type: text/xml', `Content-Length: ${Buffer.byteLength(body)}`);
    return `${lines.join('\r\n')}\r\n\r\n`;
  }

  #exchange(request: Request, onBody: (data: Buffer) => void, signal?: AbortSignal): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#target.connect);
      const response: HttpResponse = new HttpResponse((data) => {
        if (response.status === 200) onBody(data);
      });
      const finish = (): void => {
        socket.destroy();
        resolve(response);
      };
      const attempt = (what: () => void): void => {
        try {
          what();
        } catch (error) {
          socket.destroy();
          reject(error instanceof Error ? error : new Error(String(error)));
          return;
        }
        if (response.done) finish();
      };
      signal?.addEventListener('abort', finish, { once: true });
      socket.once('error', reject);
      socket.on('data', (data: Buffer | string) =>
        attempt(() => response.push(typeof data === 'string' ? Buffer.from(data) : data)),
      );
      socket.once('end', () => attempt(() => response.end()));
      socket.write(this.#head(request) + (request.body ?? ''));
    });
  }
}
