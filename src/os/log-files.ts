import { unlinkSync } from 'node:fs';
import { errorCode } from './error-code.ts';
import { LogFile, type LogFileSettings } from './log-file.ts';
import type { Loggers } from './loggers.ts';
import type { OnTrouble } from './sink.ts';

type Shared = { readonly file: LogFile; users: number };

/**
 * All log files that are open. One path is one file, however many streams go to it (stdout and stderr of a program, the processes of a
 * numprocs): it is counted and rotated once. The settings of the first who opens it hold.
 */
export class LogFiles {
  readonly #byPath = new Map<string, Shared>();
  readonly #onTrouble: OnTrouble;
  readonly #loggers: Loggers | null;

  constructor(onTrouble: OnTrouble, loggers: Loggers | null = null) {
    this.#onTrouble = onTrouble;
    this.#loggers = loggers;
  }

  /** Never throws: what cannot be opened is tried again when there is something to write. To be given back by `release`. */
  open(settings: LogFileSettings): LogFile {
    const known = this.#byPath.get(settings.path);
    if (known !== undefined) {
      known.users++;
      return known.file;
    }
    const file = new LogFile(settings, this.#onTrouble, this.#loggers);
    this.#byPath.set(settings.path, { file, users: 1 });
    return file;
  }

  /** Closes the file when this was its last user. */
  release(file: LogFile): void {
    const shared = this.#byPath.get(file.path);
    if (shared === undefined || shared.file !== file) return;
    shared.users--;
    if (shared.users > 0) return;
    this.#byPath.delete(file.path);
    file.close();
  }

  /** Those that are open. */
  paths(): Set<string> {
    return new Set(this.#byPath.keys());
  }

  /** Supervisor's USR2: files that were moved away are made anew. */
  reopenAll(): void {
    for (const { file } of this.#byPath.values()) file.reopen();
  }

  /** Empties the log at a path, whether it is open or not (Supervisor does it only while the process runs). False when it cannot be removed. */
  clear(path: string): boolean {
    const shared = this.#byPath.get(path);
    if (shared !== undefined) return shared.file.clear();
    try {
      unlinkSync(path);
      return true;
    } catch (error) {
      return errorCode(error) === 'ENOENT';
    }
  }
}
