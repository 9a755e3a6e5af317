import { LastBytes } from './last-bytes.ts';

const begin = Buffer.from('<!--XSUPERVISOR:BEGIN-->');
const end = Buffer.from('<!--XSUPERVISOR:END-->');

/** Who hears of the pieces, which are only borrowed. */
export type TagListener = {
  /** Output as any other. */
  readonly plain: (bytes: Buffer) => void;
  /** What stood between the tags; of more than fits the end. */
  readonly said: (bytes: Buffer) => void;
};

/**
 * Supervisor's capture mode: what a service writes between the tags is not output but something said. A tag may be cut anywhere between
 * two reads; nothing but the beginning of a tag is ever held back, and at the end nothing is lost: a capture without its end tag is said
 * as far as it came.
 */
export class CaptureTags {
  readonly #captured: LastBytes;
  #capturing = false;
  /** The beginning of a tag, as it seems. */
  #held: Buffer = Buffer.alloc(0);

  /** maxbytes: what is kept between two tags, at least 1. */
  constructor(maxbytes: number) {
    this.#captured = new LastBytes(maxbytes);
  }

  push(bytes: Buffer, listener: TagListener): void {
    let rest = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    for (;;) {
      const tag = this.#capturing ? end : begin;
      const at = rest.indexOf(tag);
      if (at < 0) break;
      this.#pass(rest.subarray(0, at), listener);
      rest = rest.subarray(at + tag.length);
      if (this.#capturing) listener.said(this.#captured.take());
      this.#capturing = !this.#capturing;
    }
    const held = beginningAtEnd(rest, this.#capturing ? end : begin);
    this.#held = Buffer.from(rest.subarray(rest.length - held));
    this.#pass(rest.subarray(0, rest.length - held), listener);
  }

  /** No more will come. */
  end(listener: TagListener): void {
    this.#pass(this.#held, listener);
    this.#held = Buffer.alloc(0);
    if (!this.#capturing) return;
    this.#capturing = false;
    listener.said(this.#captured.take());
  }

  #pass(bytes: Buffer, listener: TagListener): void {
    if (bytes.length === 0) return;
    if (this.#capturing) this.#captured.add(bytes);
    else listener.plain(bytes);
  }
}

/** How many of the last bytes are the beginning of the tag. */
function beginningAtEnd(bytes: Buffer, tag: Buffer): number {
  for (let length = Math.min(bytes.length, tag.length - 1); length > 0; length--) {
    if (bytes.subarray(bytes.length - length).equals(tag.subarray(0, length))) return length;
  }
  return 0;
}
