/** What to send, and for how long. */

export type LoadMode = 'close' | 'keep' | 'post' | 'stream';

export interface LoadOptions {
  /** `http://host:port/path`, or a unix socket's path with `path` for the request. */
  readonly url?: string;
  readonly unix?: string;
  /** The request's path when `unix` is given. */
  readonly path?: string;
  /**
   * `close`: a connection per request. `keep`: a connection for as many requests as the server lets it. `post`: a connection
   * per request that carries a body of 16 KB. `stream`: a connection per request, whose body is read for as long as it lasts.
   */
  readonly mode: LoadMode;
  readonly concurrency: number;
  /** Milliseconds that a client rests between an answer and its next request; 0 unless said. */
  readonly pauseMs?: number;
  /** The load ends after so many milliseconds, or … */
  readonly durationMs?: number;
  /** … when this file exists, or on SIGTERM or SIGINT. Requests under way are finished in every case. */
  readonly stopFile?: string;
  /** A request that has not ended by then has failed with ETIMEDOUT. */
  readonly timeoutMs: number;
}

/** Where a request failed. Nothing is ever tried again. */
export type Phase = 'connect' | 'first' | 'reused' | 'body' | 'status';

export interface GenerationSeen {
  readonly requests: number;
  /** Milliseconds from the start of the load to the end of its first and of its last answer. */
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface LoadResult {
  readonly mode: LoadMode;
  readonly concurrency: number;
  readonly elapsedMs: number;
  readonly requests: number;
  readonly succeeded: number;
  readonly failed: number;
  /**
   * `connect`: no connection. `first`: no answer to the first request of a connection. `reused`: none to a later one.
   * `body`: the answer had begun and was cut. `status`: a whole answer, but not a 2xx.
   */
  readonly failures: Readonly<Record<Phase, Readonly<Record<string, number>>>>;
  /** The first failures, with the moment: milliseconds from the start. */
  readonly samples: readonly { readonly atMs: number; readonly phase: Phase; readonly error: string }[];
  readonly connections: number;
  /** Kept connections that the server closed between two requests, seen before the next was sent: no failure. */
  readonly closedIdle: number;
  /** Who answered: the header `X-Generation`, or `generation=NAME` at the beginning of the body. */
  readonly generations: Readonly<Record<string, GenerationSeen>>;
  /** Of the successful requests, in milliseconds, the connection included. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly p999: number; readonly max: number };
  /** The longest time in which no request succeeded, the ends of the load included. */
  readonly longestPauseMs: number;
}
