import { isUtf8 } from 'node:buffer';

/**
 * Output as event listeners may read it: UTF-8. What is none is told in Supervisor's words, `Undecodable: b'…'`. A character that two reads
 * have cut in two is not: its beginning waits for its end.
 */
export class ReadableText {
  #held: Buffer = Buffer.alloc(0);

  /** What can be told now, maybe nothing: borrowed as the bytes are. */
  push(bytes: Buffer): Buffer {
    const whole = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    this.#held = Buffer.alloc(0);
    if (isUtf8(whole)) return whole;
    const cut = whole.length - unfinished(whole);
    if (cut === whole.length || !isUtf8(whole.subarray(0, cut))) return undecodable(whole);
    this.#held = Buffer.from(whole.subarray(cut));
    return whole.subarray(0, cut);
  }

  /** No more will come: what was held back, if anything. */
  end(): Buffer {
    const held = this.#held;
    this.#held = Buffer.alloc(0);
    return held.length === 0 ? held : undecodable(held);
  }
}

/** The text of something that comes whole: borrowed as the bytes are. */
export function readable(bytes: Buffer): Buffer {
  return isUtf8(bytes) ? bytes : undecodable(bytes);
}

/** How many of the last bytes begin a character that is longer (RFC 3629). */
function unfinished(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

const escapes: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 13: '\\r', 92: '\\\\' };

/** With Python's repr of the bytes. */
function undecodable(bytes: Buffer): Buffer {
  const quote = bytes.includes("'") && !bytes.includes('"') ? '"' : "'";
  let text = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    if (character === quote) text += `\\${quote}`;
    else if (escapes[byte] !== undefined) text += escapes[byte];
    else text += byte >= 32 && byte < 127 ? character : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return Buffer.from(`Undecodable: b${quote}${text}${quote}`);
}
