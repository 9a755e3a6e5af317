import { readlinkSync, writeSync } from 'node:fs';

/** The descriptor on which init gives a brain its own standard error: the brain's is kept for its last words (docs/protocol.md). */
const handed = 6;

/** The descriptor of what the one who started the daemon sees as its standard error stream. */
export const standardError: number = isKeptForLastWords() ? handed : 2;

function isKeptForLastWords(): boolean {
  try {
    return readlinkSync('/proc/self/fd/2').startsWith('/memfd:legato-words');
  } catch {
    return false;
  }
}

/** Says something to whoever started the daemon. Where that cannot be done there is nobody to tell. */
export function complain(text: string): void {
  try {
    writeSync(standardError, text);
  } catch {
    // Full or closed.
  }
}

/** The last words of a brain: init shows them to whoever started the daemon, where that still reads, and gives them to the next brain. */
export function leaveWords(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // No memory for them.
  }
}
