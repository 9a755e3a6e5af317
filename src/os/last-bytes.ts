/** The last bytes of a text that may be longer than the memory for it. */
export class LastBytes {
  readonly #limit: number;
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;

  /** limit: bytes that are kept, at least 1. At most twice as many are held, and not before they come. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  add(piece: Buffer): void {
    const bytes = piece.length > this.#limit ? piece.subarray(piece.length - this.#limit) : piece;
    if (this.#length + bytes.length > 2 * this.#limit) this.#shift();
    this.#reserve(this.#length + bytes.length);
    bytes.copy(this.#bytes, this.#length);
    this.#length += bytes.length;
  }

  /** What is kept; after that nothing is. */
  take(): Buffer {
    const kept = Buffer.from(this.#bytes.subarray(Math.max(0, this.#length - this.#limit), this.#length));
    this.#bytes = Buffer.alloc(0);
    this.#length = 0;
    return kept;
  }

  /** Forgets what is too old. */
  #shift(): void {
    const start = Math.max(0, this.#length - this.#limit);
    this.#bytes.copyWithin(0, start, this.#length);
    this.#length -= start;
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.min(2 * this.#limit, Math.max(length, 2 * this.#bytes.length)));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
