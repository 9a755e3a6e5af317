/**
 * Reads one HTTP/1 answer, piece by piece (RFC 9112 §6: chunked, a length, or until the connection ends), as little as is
 * needed to know whether it was whole. Anything that is not HTTP/1 is an error, never a success.
 */
export class ResponseReader {
  status = 0;
  generation: string | null = null;
  /** A byte of it has come. */
  begun = false;
  /** It was whole. */
  done = false;
  /** The server will take no further request on this connection. */
  closes = false;
  #head: string | null = '';
  #framing: 'length' | 'chunked' | 'until-end' = 'until-end';
  #left = 0;
  #line = '';
  #chunk: 'size' | 'data' | 'data-end' | 'trailer' = 'size';
  #beginning = '';

  /** Takes the next bytes. @throws Error when they are no HTTP/1 answer, or more than one. */
  read(bytes: Buffer): void {
    this.begun = true;
    let rest = bytes;
    if (this.#head !== null) {
      const before = this.#head.length;
      this.#head += bytes.toString('latin1');
      const end = this.#head.indexOf('\r\n\r\n');
      if (end < 0) {
        if (this.#head.length > 65_536) throw new Error('EHEADER');
        return;
      }
      const head = this.#head.slice(0, end);
      this.#head = null;
      this.#readHead(head);
      rest = bytes.subarray(end + 4 - before);
    }
    if (this.#beginning.length < 256) this.#beginning += rest.subarray(0, 256).toString('latin1');
    this.#readBody(rest);
    if (this.done) this.generation ??= /generation=([\w.:-]+)/.exec(this.#beginning)?.[1] ?? null;
  }

  /** The connection has ended in order. true: that was the end of the answer. */
  end(): boolean {
    if (this.#head === null && this.#framing === 'until-end' && !this.done) {
      this.done = true;
      this.generation ??= /generation=([\w.:-]+)/.exec(this.#beginning)?.[1] ?? null;
    }
    return this.done;
  }

  #readHead(head: string): void {
    const match = /^HTTP\/1\.([01]) (\d{3})/.exec(head);
    if (match === null) throw new Error('EPROTOCOL');
    this.status = Number(match[2]);
    const header = (name: string): string | undefined =>
      new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*$`, 'im').exec(head.replaceAll('\r', ''))?.[1];
    this.generation = header('x-generation') ?? null;
    const connection = header('connection')?.toLowerCase() ?? '';
    this.closes = match[1] === '0' ? !connection.includes('keep-alive') : connection.includes('close');
    const length = header('content-length');
    if (header('transfer-encoding')?.toLowerCase().includes('chunked') === true) {
      this.#framing = 'chunked';
    } else if (length !== undefined) {
      this.#framing = 'length';
      this.#left = Number(length);
    } else {
      this.closes = true;
    }
  }

  #readBody(bytes: Buffer): void {
    if (this.#framing === 'length') {
      this.#left -= bytes.length;
      if (this.#left < 0) throw new Error('EOVERLONG');
      this.done = this.#left === 0;
    } else if (this.#framing === 'chunked') {
      this.#readChunks(bytes);
    }
  }

  #readChunks(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.done) throw new Error('EOVERLONG');
      if (this.#chunk === 'data') {
        const taken = Math.min(this.#left, bytes.length - at);
        this.#left -= taken;
        at += taken;
        if (this.#left === 0) this.#chunk = 'data-end';
        continue;
      }
      const newline = bytes.indexOf(10, at);
      this.#line += bytes.toString('latin1', at, newline < 0 ? bytes.length : newline + 1);
      at = newline < 0 ? bytes.length : newline + 1;
      if (newline < 0) return;
      this.#endLine(this.#line.trimEnd());
      this.#line = '';
    }
  }

  #endLine(line: string): void {
    if (this.#chunk === 'data-end') {
      if (line !== '') throw new Error('EPROTOCOL');
      this.#chunk = 'size';
    } else if (this.#chunk === 'trailer') {
      this.done = line === '';
    } else {
      this.#left = Number.parseInt(line, 16);
      if (!(this.#left >= 0)) throw new Error('EPROTOCOL');
      this.#chunk = this.#left === 0 ? 'trailer' : 'data';
    }
  }
}
