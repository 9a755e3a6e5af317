import { headerLength, maxPayload, type Wire } from './wire.ts';
import { WireError } from './wire-error.ts';

const nothing = Buffer.alloc(0);

/** Cuts a byte stream into frames, however it is chunked. */
export class FrameSplitter<F extends { readonly type: string; readonly id: number }> {
  readonly #wire: Wire<F>;
  /** The beginning of a frame whose end has not come yet: a copy, the chunk it came in belongs to the caller. */
  #rest: Buffer = nothing;

  constructor(wire: Wire<F>) {
    this.#wire = wire;
  }

  /** The frames that are complete with this chunk, which is only borrowed. Throws WireError; the stream is then broken for good. */
  push(chunk: Buffer): F[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: F[] = [];
    let at = 0;
    while (bytes.length - at >= headerLength) {
      const length = bytes.readUInt32LE(at);
      if (length > maxPayload)
        throw new WireError('too-long', `cannot take a frame of ${length} bytes: ${maxPayload} are the limit`);
      if (bytes.readUInt16LE(at + 6) !== 0)
        throw new WireError('unknown-frame', 'cannot take a frame whose reserved field is not 0');
      const start = at + headerLength;
      const end = start + length;
      if (end > bytes.length) break;
      frames.push(this.#wire.read(bytes.readUInt16LE(at + 4), bytes.readUInt32LE(at + 8), bytes, start, end));
      at = end;
    }
    this.#rest = at === bytes.length ? nothing : Buffer.from(bytes.subarray(at));
    return frames;
  }
}
