import { closeSync, constants, lstatSync, openSync, readdirSync, type Stats, unlinkSync } from 'node:fs';
import { errorCode } from './error-code.ts';

/** A file that was removed, or why one was not. */
export type StaleFile = { readonly path: string; readonly trouble: string | null };

/**
 * Removes the files that match. A glob is an absolute path whose last part may have `*` and `?`, which match no leading dot, and `[0-9]+`. Regular files
 * and sockets only; a symbolic link stays, and one in the directory's path is followed only if root or we have made it: others can write
 * to /tmp, and must not be able to point us elsewhere. What is not there is no trouble.
 */
export function removeStaleFiles(globs: readonly string[]): StaleFile[] {
  return globs.flatMap(removeMatching);
}

function removeMatching(glob: string): StaleFile[] {
  const [pattern = '', ...directories] = glob.split('/').filter(Boolean).reverse();
  let directory: number;
  try {
    directory = openDirectory(directories.reverse());
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? [] : [{ path: glob, trouble: String(errorCode(error) ?? error) }];
  }
  try {
    const place = glob.slice(0, glob.lastIndexOf('/') + 1);
    return namesOf(directory, pattern).flatMap((name) => removeOne(`/proc/self/fd/${directory}/${name}`, place + name));
  } finally {
    closeSync(directory);
  }
}

/** Step by step from the root, as openat(2) does: nobody can put a link in the way of what was looked at. */
function openDirectory(names: readonly string[]): number {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;
  let directory = openSync('/', O_RDONLY | O_DIRECTORY);
  for (const name of names) {
    const path = `/proc/self/fd/${directory}/${name}`;
    try {
      const next = openSync(path, O_RDONLY | O_DIRECTORY | (isTrustedLink(path) ? 0 : O_NOFOLLOW));
      closeSync(directory);
      directory = next;
    } catch (error) {
      closeSync(directory);
      throw error;
    }
  }
  return directory;
}

function isTrustedLink(path: string): boolean {
  const stat = lstatSync(path);
  return stat.isSymbolicLink() && (stat.uid === 0 || stat.uid === process.geteuid?.());
}

function namesOf(directory: number, pattern: string): string[] {
  if (!/[*?]|\[0-9\]\+/.test(pattern)) return [pattern];
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('\\[0-9\\]\\+', '[0-9]+')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const matches = new RegExp(`^${source}$`, 's');
  return readdirSync(`/proc/self/fd/${directory}`).filter(
    (name) => matches.test(name) && (!name.startsWith('.') || pattern.startsWith('.')),
  );
}

function removeOne(path: string, shown: string): StaleFile[] {
  try {
    const stat = lstatSync(path);
    if (!isRemovable(stat)) return [{ path: shown, trouble: `it is ${kindOf(stat)}` }];
    unlinkSync(path);
    return [{ path: shown, trouble: null }];
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? [] : [{ path: shown, trouble: String(errorCode(error) ?? error) }];
  }
}

const isRemovable = (stat: Stats): boolean => stat.isFile() || stat.isSocket();

function kindOf(stat: Stats): string {
  if (stat.isSymbolicLink()) return 'a symbolic link';
  return stat.isDirectory() ? 'a directory' : 'no regular file';
}
