import { getSystemErrorName } from 'node:util';
import type { Sink } from './sink.ts';

/** What became of a batch: how many went, and the errno of the first that did not (0: all went). */
export type Sent = { readonly errno: number; readonly count: number };

/** Sends a batch of datagrams to /dev/log, each UTF-8 text. Never waits for whoever reads them. */
export type SendDatagrams = (messages: readonly string[]) => Promise<Sent>;

/** Where the C library's syslog(3) sends to. */
export const syslogAddress = '/dev/log';

/** Facility user (1), severity info (6): what Supervisor's lines have, whatever their level. */
const priority = (1 << 3) | 6;

/** The name in front of every line; Supervisor's is that of its program, and rules of syslog daemons ask for it. */
const ident = 'supervisord';

const EAGAIN = 11;

/** The largest batch, in messages and characters: a frame of the link holds a MiB, and init sends it at one go. */
const batchSize = 64;
const batchLength = 128 * 1024;
/** Messages that wait before writers are told to wait; what they have read already still comes. */
const keptAtMost = 256;
const keptAtLast = 65_536;
/** Between two attempts at a receiver that is behind, and at one that is not there, in ms. */
const behindPause = 5;
const goneAfter = 1000;
/** How long a receiver may be behind before its lines are dropped instead of waited for, in ms. */
const patience = 5000;
/** A line in characters; the rest becomes lines of its own. The kernel's datagrams end somewhere above 200 KiB. */
const longestLine = 16_384;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A datagram as syslog(3) writes it: `<14>Nov  5 09:07:03 supervisord: text`. */
export function syslogMessage(text: string, at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  const day = String(at.getDate()).padStart(2);
  // A NUL would end the message.
  return `<${priority}>${months[at.getMonth()] ?? ''} ${day} ${clock} ${ident}: ${text.replaceAll('\0', '')}`;
}

/**
 * The way to the syslog daemon, one for all who write. Lines wait while it is behind, within a bound, and whoever writes on is told to wait, for
 * some seconds; a daemon that hangs, or is not there, costs lines, which are counted, and nothing else.
 */
export class Syslog {
  readonly #send: SendDatagrams;
  readonly #onTrouble: (text: string) => void;
  #queue: string[] = [];
  #busy = false;
  #timer: NodeJS.Timeout | null = null;
  /** Since when nothing goes. */
  #behindSince: number | null = null;
  /** Lines lost since the trouble began; null: there is none. */
  #lost: number | null = null;
  #waiting: (() => void)[] = [];

  constructor(send: SendDatagrams, onTrouble: (text: string) => void) {
    this.#send = send;
    this.#onTrouble = onTrouble;
  }

  /** As Sink: more lines than may wait, and there is hope. */
  get blocked(): boolean {
    return this.#queue.length >= keptAtMost && this.#lost === null;
  }

  /** Takes a line without its end. */
  line(text: string): void {
    if (this.#lost !== null && this.#timer !== null) {
      this.#lost += 1;
      return;
    }
    const now = new Date();
    for (let at = 0; at === 0 || at < text.length; at += longestLine) {
      if (this.#queue.length < keptAtLast) this.#queue.push(syslogMessage(text.slice(at, at + longestLine), now));
      else this.#lose(1, 'it is behind');
    }
    if (!this.#busy && this.#timer === null) void this.#next();
  }

  whenWritable(call: () => void): void {
    if (this.blocked) this.#waiting.push(call);
    else call();
  }

  /** The end: what waits is sent without looking whether it arrives. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    while (this.#queue.length > 0 && this.#lost === null) {
      void this.#send(this.#takeBatch()).catch(() => undefined);
    }
  }

  async #next(): Promise<void> {
    this.#busy = true;
    const batch = this.#takeBatch();
    const { errno, count } = await this.#send(batch).catch(() => ({ errno: 0, count: batch.length }));
    this.#busy = false;
    this.#queue.unshift(...batch.slice(count));
    if (count > 0) this.#arrived();
    if (errno === EAGAIN) this.#waitBehind();
    else if (errno !== 0) this.#dropAll(getSystemErrorName(-errno));
    else if (this.#queue.length > 0) void this.#next();
    this.#release();
  }

  #takeBatch(): string[] {
    let [count, length] = [0, 0];
    for (const message of this.#queue) {
      length += message.length;
      if (count === batchSize || (count > 0 && length > batchLength)) break;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  #arrived(): void {
    this.#behindSince = null;
    if (this.#lost === null) return;
    const lost = this.#lost;
    this.#lost = null;
    this.#onTrouble(`can write to ${syslogAddress} again; ${lost} lines were lost`);
  }

  #waitBehind(): void {
    this.#behindSince ??= performance.now();
    if (performance.now() - this.#behindSince > patience) this.#dropAll('nobody reads it');
    else this.#again(behindPause);
  }

  #dropAll(why: string): void {
    const lost = this.#queue.length;
    this.#queue = [];
    this.#again(goneAfter);
    this.#lose(lost, why);
  }

  #again(pause: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#queue.length > 0 && !this.#busy) void this.#next();
    }, pause);
    this.#timer.unref();
  }

  #lose(count: number, why: string): void {
    const isNew = this.#lost === null;
    this.#lost = (this.#lost ?? 0) + count;
    // After the count: what is told may come here again.
    if (isNew) {
      this.#onTrouble(`cannot write to ${syslogAddress}: ${why}; what is meant for it is lost until that works again`);
    }
  }

  #release(): void {
    if (this.blocked) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const call of waiting) call();
  }
}

/**
 * One stream of lines on its way to syslog. A line that a read has cut is kept for its end, so that it arrives as one; as with Supervisor empty
 * lines at the end of a piece are none.
 */
export class SyslogSink implements Sink {
  readonly #syslog: Syslog;
  readonly #head: string;
  readonly #decoder = new TextDecoder();
  #begun = '';

  /** head: stands before every line. */
  constructor(syslog: Syslog, head: string) {
    this.#syslog = syslog;
    this.#head = head;
  }

  get blocked(): boolean {
    return this.#syslog.blocked;
  }

  write(bytes: Uint8Array): boolean {
    const text = this.#begun + this.#decoder.decode(bytes, { stream: true });
    const end = text.length > longestLine ? text.length : text.lastIndexOf('\n') + 1;
    this.#begun = text.slice(end);
    if (end > 0) this.#lines(text.slice(0, end));
    return !this.blocked;
  }

  /** The stream is over: a line that has no end. */
  end(): void {
    const rest = this.#begun + this.#decoder.decode();
    this.#begun = '';
    if (rest !== '') this.#lines(rest);
  }

  whenWritable(call: () => void): void {
    this.#syslog.whenWritable(call);
  }

  reopen(): void {
    // Every batch finds its receiver anew.
  }

  clear(): boolean {
    return true;
  }

  #lines(text: string): void {
    for (const line of text.replace(/\n+$/, '').split('\n')) this.#syslog.line(this.#head + line);
  }
}
