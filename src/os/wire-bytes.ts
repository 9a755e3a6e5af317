import { WireError } from './wire-error.ts';

/** Bytes on their way out; grows as needed and is used again after `clear`. All numbers are little-endian. */
export class ByteWriter {
  #bytes: Buffer;
  #length = 0;

  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** A view of what was written, valid until the next write. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Forgets what was written after the first `length` bytes. */
  cut(length: number): void {
    this.#length = length;
  }

  #reserve(count: number): number {
    const at = this.#length;
    if (at + count > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, at + count));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    this.#length = at + count;
    return at;
  }

  u8(value: number): void {
    const at = this.#reserve(1);
    this.#bytes[at] = inRange(value, 0, 0xff);
  }

  u16(value: number): void {
    const at = this.#reserve(2);
    inRange(value, 0, 0xffff);
    this.#bytes[at] = value;
    this.#bytes[at + 1] = value >>> 8;
  }

  u32(value: number): void {
    this.#put32(inRange(value, 0, 0xffff_ffff), this.#reserve(4));
  }

  i32(value: number): void {
    this.#put32(inRange(value, -0x8000_0000, 0x7fff_ffff), this.#reserve(4));
  }

  /** Byte by byte: a hundred spawns are thousands of numbers, and Buffer's own methods look at each twice more. */
  #put32(value: number, at: number): void {
    const bytes = this.#bytes;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value >>> 16;
    bytes[at + 3] = value >>> 24;
  }

  u64(value: bigint): void {
    if (value < 0n || value > 0xffff_ffff_ffff_ffffn) throw new WireError('bad-value', `cannot send ${value} as u64`);
    const at = this.#reserve(8);
    this.#bytes.writeBigUInt64LE(value, at);
  }

  /** Sets bits in the byte written last. */
  orLast(bits: number): void {
    const at = this.#length - 1;
    this.#bytes.writeUInt8(this.#bytes.readUInt8(at) | bits, at);
  }

  /** Puts a number into bytes written before, where a count was not known yet. */
  patchU32(value: number, at: number): void {
    this.#put32(value, at);
  }

  str(value: string): void {
    if (value.includes('\0')) throw new WireError('bad-value', 'cannot send a string with a NUL inside');
    // Room for the longest encoding (three bytes for each UTF-16 unit): the bytes are then counted and written in one go.
    const at = this.#reserve(4 + value.length * 3);
    const count = this.#bytes.write(value, at + 4, 'utf8');
    this.#put32(count, at);
    this.#length = at + 4 + count;
  }
}

/** One payload being read. It borrows the bytes: what it returns is copied out of them. */
export class ByteReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.#end - at) throw new WireError('cut-short', 'cannot read a frame that ends inside a field');
    this.#at = at + count;
    return at;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  u16(): number {
    return this.#bytes.readUInt16LE(this.#take(2));
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  i32(): number {
    return this.#bytes.readInt32LE(this.#take(4));
  }

  u64(): bigint {
    return this.#bytes.readBigUInt64LE(this.#take(8));
  }

  /** The byte read last, once more. */
  lastU8(): number {
    return this.#bytes.readUInt8(this.#at - 1);
  }

  /** A count of items that take at least `size` bytes each: one that the payload cannot hold is refused before anything is allocated. */
  count(size: number): number {
    const count = this.u32();
    if (count * size > this.#end - this.#at)
      throw new WireError('cut-short', 'cannot read a frame that ends inside a list');
    return count;
  }

  str(): string {
    const count = this.u32();
    const at = this.#take(count);
    const text = this.#bytes.toString('utf8', at, at + count);
    if (text.includes('\0')) throw new WireError('bad-value', 'cannot take a string with a NUL inside');
    return text;
  }

  /** Says that everything was read. */
  end(): void {
    const left = this.#end - this.#at;
    if (left !== 0) throw new WireError('left-over', `cannot read a frame with ${left} bytes after its last field`);
  }
}

function inRange(value: number, low: number, high: number): number {
  if (!Number.isInteger(value) || value < low || value > high)
    throw new WireError('bad-value', `cannot send ${value} where ${low} to ${high} is wanted`);
  return value;
}
