const escape = 0x1b;
const bracket = 0x5b;

/**
 * Takes terminal control sequences (ESC [ … letter) out of a stream of bytes, also those that a chunk's end cuts. ECMA-48, 5.4: parameters
 * and intermediates are 0x20–0x3f, the final byte is 0x40–0x7e. Supervisor's strip_ansi knows a list of finals and swallows text up to the next
 * of them after any other.
 */
export class AnsiStripper {
  #state: 'text' | 'escape' | 'sequence' = 'text';

  /** What is left of a chunk: the chunk itself when there is nothing to take out, else the same memory, overwritten, or a new piece. */
  strip(chunk: Buffer): Buffer {
    if (this.#state === 'text' && !chunk.includes(escape)) return chunk;
    // An escape that was held back comes out before the chunk when no sequence follows it: one byte more than the chunk has.
    const out = this.#state === 'escape' ? Buffer.allocUnsafe(chunk.length + 1) : chunk;
    let length = 0;
    for (const byte of chunk) {
      if (this.#state === 'escape') {
        if (byte === bracket) {
          this.#state = 'sequence';
          continue;
        }
        out[length++] = escape;
        this.#state = 'text';
      } else if (this.#state === 'sequence') {
        if (byte >= 0x20 && byte <= 0x3f) continue;
        this.#state = 'text';
        if (byte >= 0x40 && byte <= 0x7e) continue;
      }
      if (byte === escape) this.#state = 'escape';
      else out[length++] = byte;
    }
    return out.subarray(0, length);
  }

  /** What is held back, at the end of the stream: an escape that nothing followed. */
  end(): Buffer {
    const held = this.#state === 'escape';
    this.#state = 'text';
    return held ? Buffer.of(escape) : Buffer.alloc(0);
  }
}
