import { readFileSync } from 'node:fs';

/** '' where it cannot be read: not there yet, or, of a process, not any more. */
export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
