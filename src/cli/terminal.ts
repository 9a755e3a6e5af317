import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';

/** Completes the word at the end of a line: candidates, and the part that they replace. */
export type Complete = (line: string) => Promise<readonly [readonly string[], string]>;

/** Lines that a history file keeps. */
const historyLines = 500;

function readHistory(file: string | null): string[] {
  try {
    return file === null ? [] : readFileSync(file, 'utf8').split('\n').filter(Boolean).reverse();
  } catch {
    // A first use has no history yet; one that cannot be read is none.
    return [];
  }
}

/** Whoever sits at stdin: lines with editing, history and completion on a terminal, plain lines from a pipe. */
export class Terminal {
  complete: Complete = () => Promise.resolve([[], '']);
  readonly #interface: Interface;
  readonly #historyFile: string | null;
  /** Lines that came before they were asked for (from a pipe all come at once). */
  readonly #lines: string[] = [];
  #waiting: ((line: string | null) => void) | null = null;
  #over = false;
  #interrupted = false;
  /** What is typed is not shown. */
  #hidden = false;
  #history: string[];

  constructor(historyFile: string | null) {
    this.#historyFile = historyFile;
    this.#history = readHistory(historyFile);
    const output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        if (!this.#hidden) process.stdout.write(chunk);
        done();
      },
    });
    Object.defineProperty(output, 'columns', { get: () => process.stdout.columns });
    this.#interface = createInterface({
      input: process.stdin,
      output,
      terminal: process.stdin.isTTY && process.stdout.isTTY,
      history: this.#history,
      historySize: historyLines,
      completer: (line: string, give: (error: null, result: [string[], string]) => void) => {
        this.complete(line).then(
          ([candidates, word]) => give(null, [[...candidates], word]),
          () => give(null, [[], line]),
        );
      },
    });
    this.#interface.on('history', (history) => {
      this.#history = history;
    });
    this.#interface.on('line', (line) => this.#take(line));
    this.#interface.on('SIGINT', () => {
      this.#interrupted = true;
      this.close();
    });
    this.#interface.once('close', () => {
      this.#over = true;
      this.#waiting?.(null);
    });
  }

  /** The last line was not a line but ^C. */
  get interrupted(): boolean {
    return this.#interrupted;
  }

  /** Shows a prompt and waits for a line; null at the end of input. */
  readonly ask = async (prompt: string, secret: boolean): Promise<string | null> => {
    const early = this.#lines.shift();
    this.#show(prompt);
    if (early !== undefined || this.#over) return early ?? null;
    this.#hidden = secret;
    try {
      return await new Promise((resolve) => {
        this.#waiting = resolve;
      });
    } finally {
      this.#hidden = false;
      this.#waiting = null;
    }
  };

  /** Keeps the history, and stdin no longer. */
  close(): void {
    if (this.#over) return;
    this.#interface.close();
    if (this.#historyFile === null) return;
    try {
      writeFileSync(this.#historyFile, `${this.#history.toReversed().join('\n')}\n`, { mode: 0o600 });
    } catch {
      // As in supervisorctl: a history that cannot be kept is not worth a word.
    }
  }

  /** Without a terminal the prompt is text like any other, also after the last line of a pipe. */
  #show(prompt: string): void {
    this.#interface.setPrompt(prompt);
    if (!this.#interface.terminal) process.stdout.write(prompt);
    else if (!this.#over) this.#interface.prompt();
  }

  #take(line: string): void {
    if (this.#waiting === null) this.#lines.push(line);
    else this.#waiting(line);
  }
}
