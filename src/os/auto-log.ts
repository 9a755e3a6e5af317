import { closeSync, constants, openSync, readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from './error-code.ts';

/** What an AUTO log is named by. */
export type AutoLogName = {
  readonly directory: string;
  readonly process: string;
  readonly channel: 'stdout' | 'stderr';
  readonly identifier: string;
};

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789_';

/**
 * Makes a new file for a log nobody named, readable by its owner only: `<process>-<channel>---<identifier>-<random>.log`, Supervisor's
 * rule. Returns its path. Throws the system's error when the directory takes no file.
 */
export function createAutoLog({ directory, process, channel, identifier }: AutoLogName): string {
  for (;;) {
    const path = join(directory, `${process}-${channel}---${identifier}-${randomPart()}.log`);
    try {
      closeSync(openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600));
      return path;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
}

/** It need not be secret: the file must be new to be taken. */
function randomPart(): string {
  return Array.from({ length: 8 }, () => letters[Math.floor(Math.random() * letters.length)]).join('');
}

/**
 * Deletes the AUTO logs, and their backups, that earlier daemons of this identifier left in a directory, but for those to be kept. Returns
 * Supervisor's warnings about what could not be done.
 */
export function removeOldAutoLogs(directory: string, identifier: string, keep: ReadonlySet<string>): string[] {
  const literal = identifier.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  // Supervisor's pattern, but to the end of the name and with the identifier taken literally.
  const ours = new RegExp(`^(.+?---${literal}-\\S+\\.log)\\.?\\d{0,4}$`);
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return ['Could not clear childlog dir'];
  }
  const warnings: string[] = [];
  for (const name of names) {
    const base = ours.exec(name)?.[1];
    if (base === undefined || keep.has(join(directory, base))) continue;
    try {
      unlinkSync(join(directory, name));
    } catch {
      warnings.push(`Failed to clean up '${join(directory, name)}'`);
    }
  }
  return warnings;
}
