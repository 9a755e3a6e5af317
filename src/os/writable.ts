import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from './error-code.ts';

/** Why a log file could not be appended to, or made; null: it can, as far as can be told without doing so. */
export function whyNotWritable(path: string): string | null {
  try {
    if (statSync(path).isDirectory()) return 'EISDIR';
    accessSync(path, constants.W_OK);
    return null;
  } catch (error) {
    const code = errorCode(error);
    return code === 'ENOENT' ? whyNoFile(dirname(path)) : code;
  }
}

function whyNoFile(directory: string): string | null {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    return statSync(directory).isDirectory() ? null : 'ENOTDIR';
  } catch (error) {
    return `${errorCode(error)} (${directory})`;
  }
}
