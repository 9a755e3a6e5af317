import type { ListenerState } from '../core/listener.ts';

/** What a listener has said. `line` of what should have been a result: for the log. */
export type Word =
  | { readonly kind: 'ready' }
  /** Its answer; of one longer than `keptOfResult` the beginning. */
  | { readonly kind: 'result'; readonly body: Buffer; readonly length: number }
  | { readonly kind: 'unfit'; readonly line: string }
  | { readonly kind: 'garbage' };

const ready = Buffer.from('READY\n');
const resultLine = /^RESULT\s+(\d{1,15})\s*$/;
/** `RESULT `, fifteen digits and blanks fit with room to spare. */
const longestLine = 256;
/** A result handler wants a short word, or at most the notice again (which is a read of a pipe and a line). */
export const keptOfResult: number = 256 * 1024;

/** A result whose length is known. */
type Result = { readonly length: number; missing: number; kept: Buffer[] };

/**
 * The words on the stdout of one life of a listener, out of bytes that come as they like (http://supervisord.org/events.html). What a
 * byte means depends on the listener's state, so that is asked for before each word. Memory is bounded, whatever is written.
 */
export class ListenerWords {
  #rest: Buffer = Buffer.alloc(0);
  #result: Result | null = null;

  /** It is not in the middle of a word. */
  get isAtRest(): boolean {
    return this.#rest.length === 0 && this.#result === null;
  }

  /** bytes are borrowed. state: as it is when it is asked for; heard may change it. */
  push(bytes: Buffer, state: () => ListenerState, heard: (word: Word) => void): void {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    for (;;) {
      const word = this.#next(state());
      if (word === null) break;
      heard(word);
    }
    // Not more than a line is ever left; it must not keep the whole read alive, which is not ours.
    if (this.#rest.length > 0) this.#rest = Buffer.from(this.#rest);
  }

  #next(state: ListenerState): Word | null {
    if (this.#rest.length === 0) return null;
    switch (state) {
      case 'UNKNOWN':
        return this.#drop(null);
      case 'READY':
        return this.#drop({ kind: 'garbage' });
      case 'ACKNOWLEDGED':
        // As Supervisor: nothing is decided before there is as much as the word is long.
        if (this.#rest.length < ready.length) return null;
        if (!this.#rest.subarray(0, ready.length).equals(ready)) return this.#drop({ kind: 'garbage' });
        this.#rest = this.#rest.subarray(ready.length);
        return { kind: 'ready' };
      case 'BUSY':
        return this.#result === null ? this.#readLine() : this.#readBody(this.#result);
    }
  }

  #readLine(): Word | null {
    const end = this.#rest.indexOf('\n');
    if (end < 0 && this.#rest.length <= longestLine) return null;
    const line = this.#rest.subarray(0, end < 0 ? longestLine : Math.min(end, longestLine)).toString('latin1');
    const digits = end > longestLine ? undefined : resultLine.exec(line)?.[1];
    if (end < 0 || digits === undefined) return this.#drop({ kind: 'unfit', line });
    this.#rest = this.#rest.subarray(end + 1);
    const length = Number(digits);
    const result = { length, missing: length, kept: [] };
    this.#result = result;
    return this.#readBody(result);
  }

  #readBody(result: Result): Word | null {
    const part = this.#rest.subarray(0, result.missing);
    const room = keptOfResult - (result.length - result.missing);
    if (room > 0 && part.length > 0) result.kept.push(Buffer.from(part.subarray(0, room)));
    result.missing -= part.length;
    this.#rest = this.#rest.subarray(part.length);
    if (result.missing > 0) return null;
    this.#result = null;
    return { kind: 'result', body: Buffer.concat(result.kept), length: result.length };
  }

  #drop(word: Word | null): Word | null {
    this.#rest = Buffer.alloc(0);
    this.#result = null;
    return word;
  }
}
