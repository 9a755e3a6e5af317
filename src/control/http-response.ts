/** The other side does not speak HTTP/1. */
export class BadResponse extends Error {
  override readonly name = 'BadResponse';
}

/** Bytes of status line and headers, and of a line before a chunk. */
const maxHead = 64 * 1024;

type State = 'head' | 'body' | 'size' | 'chunk' | 'after-chunk' | 'trailer' | 'done';

/**
 * Reads one HTTP/1 response (RFC 9112) from bytes as they come: bodies by length, by chunks, or up to the end of the
 * connection. It does no I/O and loads nothing; `node:http` alone would double the start-up time of the client.
 */
export class HttpResponse {
  /** 0 until the head has been read. */
  status = 0;
  reason = '';
  readonly #onBody: (data: Buffer) => void;
  #state: State = 'head';
  #waiting: Buffer = Buffer.alloc(0);
  /** Bytes of the body or chunk still to come; null: until the end of the connection. */
  #left: number | null = null;

  constructor(onBody: (data: Buffer) => void) {
    this.#onBody = onBody;
  }

  get done(): boolean {
    return this.#state === 'done';
  }

  /** @throws BadResponse */
  push(data: Buffer): void {
    let rest: Buffer = this.#waiting.length === 0 ? data : Buffer.concat([this.#waiting, data]);
    this.#waiting = Buffer.alloc(0);
    while (rest.length > 0 && this.#state !== 'done') {
      const next = this.#step(rest);
      if (next === null) {
        if (rest.length > maxHead) throw new BadResponse('a line without end');
        this.#waiting = rest;
        return;
      }
      rest = next;
    }
  }

  /**
   * The connection has ended.
   * @throws BadResponse when the response had not
   */
  end(): void {
    if (this.#state === 'body' && this.#left === null) this.#state = 'done';
    if (this.#state !== 'done') throw new BadResponse('the connection ended before the response did');
  }

  /** Takes one piece and gives what is left; null: the piece is not whole yet. */
  #step(data: Buffer): Buffer | null {
    switch (this.#state) {
      case 'head':
        return this.#upTo(data, '\r\n\r\n', (text) => this.#head(text));
      case 'body':
      case 'chunk':
        return this.#body(data);
      case 'size':
        return this.#upTo(data, '\r\n', (text) => this.#size(text));
      case 'after-chunk':
        return this.#upTo(data, '\r\n', () => {
          this.#state = 'size';
        });
      case 'trailer':
        return this.#upTo(data, '\r\n', (text) => {
          if (text === '') this.#state = 'done';
        });
      case 'done':
        return data;
    }
  }

  #upTo(data: Buffer, mark: string, take: (text: string) => void): Buffer | null {
    const at = data.indexOf(mark);
    if (at < 0) return null;
    take(data.subarray(0, at).toString('latin1'));
    return data.subarray(at + mark.length);
  }

  #head(text: string): void {
    const [first = '', ...lines] = text.split('\r\n');
    const [, status, reason = ''] = /^HTTP\/\S* (\d{3})(?: (.*))?$/.exec(first) ?? [];
    if (status === undefined) throw new BadResponse(`no HTTP: ${first.slice(0, 80)}`);
    const headers = new Map(lines.map((line) => [line.split(':', 1)[0]?.toLowerCase() ?? '', valueOf(line)]));
    this.status = Number(status);
    this.reason = reason;
    const length = headers.get('content-length');
    if (headers.get('transfer-encoding')?.toLowerCase() === 'chunked') this.#state = 'size';
    else if (length === undefined) this.#state = 'body';
    else this.#expect(Number(length));
  }

  #expect(length: number): void {
    if (!Number.isSafeInteger(length) || length < 0) throw new BadResponse('a length that is none');
    this.#left = length;
    this.#state = length === 0 ? 'done' : 'body';
  }

  #size(text: string): void {
    const size = Number.parseInt(text, 16);
    if (!Number.isSafeInteger(size) || size < 0) throw new BadResponse('a chunk size that is none');
    this.#left = size;
    this.#state = size === 0 ? 'trailer' : 'chunk';
  }

  #body(data: Buffer): Buffer {
    const taken = this.#left === null ? data : data.subarray(0, this.#left);
    this.#onBody(taken);
    if (this.#left !== null) {
      this.#left -= taken.length;
      if (this.#left === 0) this.#state = this.#state === 'chunk' ? 'after-chunk' : 'done';
    }
    return data.subarray(taken.length);
  }
}

function valueOf(line: string): string {
  return line.slice(line.indexOf(':') + 1).trim();
}
