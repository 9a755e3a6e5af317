import { ConfigError } from './config-error.ts';
import type { ConfigHost } from './host.ts';
import { join } from './path.ts';

/**
 * Paths that match a pattern, as Python's `glob.glob` finds them: `*`, `?` and `[…]` within one path component, a leading dot
 * only where the pattern has one. Unsorted. @throws ConfigError for a NUL in a directory's name.
 */
export function glob(pattern: string, host: ConfigHost): string[] {
  return match(pattern, host, false);
}

const magic = /[*?[]/;

function match(pattern: string, host: ConfigHost, directoriesOnly: boolean): string[] {
  const slash = pattern.lastIndexOf('/') + 1;
  const name = pattern.slice(slash);
  const head = pattern.slice(0, slash);
  // As os.path.split: the slashes between go, those of the root stay.
  const parent = head.replace(/\/+$/, '') === '' ? head : head.replace(/\/+$/, '');
  if (!magic.test(pattern)) {
    const found = name === '' ? host.isDirectory(parent) : host.linkExists(pattern);
    return found ? [pattern] : [];
  }
  const parents = parent !== '' && magic.test(parent) && parent !== pattern ? match(parent, host, true) : [parent];
  return parents.flatMap((directory) =>
    namesIn(directory, name, host, directoriesOnly).map((one) => join(directory, one)),
  );
}

function namesIn(directory: string, pattern: string, host: ConfigHost, directoriesOnly: boolean): string[] {
  if (!magic.test(pattern)) {
    const found = pattern === '' ? host.isDirectory(directory) : host.linkExists(join(directory, pattern));
    return found ? [pattern] : [];
  }
  if (directory.includes('\0')) throw new ConfigError('embedded null byte');
  const hidden = pattern.startsWith('.');
  return host
    .readDirectory(directory === '' ? '.' : directory)
    .filter((name) => (hidden || !name.startsWith('.')) && matchName(Array.from(name), Array.from(pattern)))
    .filter((name) => !directoriesOnly || host.isDirectory(join(directory, name)));
}

/** fnmatch(3) of one name, without recursion: on a mismatch the last `*` takes one character more. */
function matchName(name: readonly string[], pattern: readonly string[]): boolean {
  let n = 0;
  let p = 0;
  let star = -1;
  let resume = 0;
  while (n < name.length) {
    const wanted = pattern[p];
    if (wanted === '*') {
      star = p;
      resume = n;
      p += 1;
      continue;
    }
    const width = wanted === undefined ? 0 : matchOne(name[n] ?? '', pattern, p);
    if (width > 0) {
      n += 1;
      p += width;
    } else if (star >= 0) {
      resume += 1;
      n = resume;
      p = star + 1;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}

/** Characters of the pattern that matched this one character; 0: none did. */
function matchOne(character: string, pattern: readonly string[], at: number): number {
  const wanted = pattern[at];
  if (wanted === '?') return 1;
  if (wanted !== '[') return wanted === character ? 1 : 0;
  const negated = pattern[at + 1] === '!';
  const first = at + (negated ? 2 : 1);
  // A bracket right at the start is a member; without a closing one, `[` is itself.
  const end = pattern.indexOf(']', first + 1);
  if (end < 0) return character === '[' ? 1 : 0;
  return inClass(character, pattern.slice(first, end)) === negated ? 0 : end + 1 - at;
}

function inClass(character: string, members: readonly string[]): boolean {
  const code = character.codePointAt(0) ?? 0;
  for (let i = 0; i < members.length; i += 1) {
    const low = members[i] ?? '';
    const high = members[i + 2];
    if (members[i + 1] === '-' && high !== undefined) {
      if (code >= (low.codePointAt(0) ?? 0) && code <= (high.codePointAt(0) ?? 0)) return true;
      i += 2;
    } else if (low === character) {
      return true;
    }
  }
  return false;
}
