import type { LogLevel } from '../core/effects.ts';
import type { Sink } from './sink.ts';

/** Supervisor's levels: a line is written when its number is not below the log's (supervisor.loggers.LevelsByName). */
const levels: { readonly [L in LogLevel]: { readonly number: number; readonly code: string } } = {
  critical: { number: 50, code: 'CRIT' },
  error: { number: 40, code: 'ERRO' },
  warn: { number: 30, code: 'WARN' },
  info: { number: 20, code: 'INFO' },
  debug: { number: 10, code: 'DEBG' },
  trace: { number: 5, code: 'TRAC' },
  blather: { number: 3, code: 'BLAT' },
};

/** What goes out in one write at most, unless one line is longer: where several write to one pipe, no other comes in between (pipe(7), PIPE_BUF). */
const wholeAtMost = 4096;

/**
 * The daemon's own log, in Supervisor's lines, on every sink: the file, and stdout in the foreground. The lines of a turn are written together
 * when it is over, so that what the turn asks of init does not wait for them (nor for a disk that stands still: a signal that comes late has the time
 * that was counted for it no more), and the stop of a hundred processes is one write.
 */
export class MainLog {
  readonly #threshold: number;
  readonly #sinks: readonly Sink[];
  /** The second whose text is at hand: lines come in bursts. */
  #second = Number.NaN;
  #secondText = '';
  /** What each write will be. */
  #held: string[] = [];

  constructor(level: LogLevel, sinks: readonly Sink[]) {
    this.#threshold = levels[level].number;
    this.#sinks = sinks;
  }

  /** Whether lines of a level are written: ask before making a costly one. */
  has(level: LogLevel): boolean {
    return levels[level].number >= this.#threshold;
  }

  /** A line. The text may have several; only the first gets a head, as in Supervisor. */
  log(level: LogLevel, text: string): void {
    if (!this.has(level)) return;
    const line = `${this.#stamp(Date.now())} ${levels[level].code} ${text}\n`;
    // What is asked of init goes out in a microtask as well, and may be queued behind this one: hence a second one.
    if (this.#held.length === 0) queueMicrotask(() => queueMicrotask(() => this.flush()));
    const last = this.#held.pop();
    if (last === undefined) this.#held.push(line);
    else if (last.length + line.length > wholeAtMost) this.#held.push(last, line);
    else this.#held.push(last + line);
  }

  /** Writes what is held back: before an end in the middle of a turn. */
  flush(): void {
    const held = this.#held;
    this.#held = [];
    for (const text of held) {
      const bytes = Buffer.from(text);
      for (const sink of this.#sinks) sink.write(bytes);
    }
  }

  #stamp(at: number): string {
    const milliseconds = at % 1000;
    const second = at - milliseconds;
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = localTime(new Date(second));
    }
    return `${this.#secondText},${digits(milliseconds, 3)}`;
  }
}

function localTime(at: Date): string {
  const day = `${digits(at.getFullYear(), 4)}-${digits(at.getMonth() + 1, 2)}-${digits(at.getDate(), 2)}`;
  return `${day} ${digits(at.getHours(), 2)}:${digits(at.getMinutes(), 2)}:${digits(at.getSeconds(), 2)}`;
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, '0');
}
