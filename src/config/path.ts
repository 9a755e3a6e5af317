import type { ConfigHost } from './host.ts';

/**
 * Paths as Python's posixpath sees them. Node's own `path` is not used: this room knows no Node, and the two differ
 * (two leading slashes, `~`).
 */

/** `os.path.dirname`. */
export function dirname(path: string): string {
  const head = path.slice(0, path.lastIndexOf('/') + 1);
  const trimmed = head.replace(/\/+$/, '');
  return trimmed === '' ? head : trimmed;
}

/** `os.path.join` of two. */
export function join(base: string, name: string): string {
  if (name.startsWith('/')) return name;
  return base === '' || base.endsWith('/') ? base + name : `${base}/${name}`;
}

/** `os.path.normpath`; exactly two leading slashes are kept, as POSIX allows. */
export function normalize(path: string): string {
  if (path === '') return '.';
  const root = path.startsWith('/') ? (path.startsWith('//') && !path.startsWith('///') ? '//' : '/') : '';
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..' || (root === '' && parts.length === 0) || parts.at(-1) === '..') parts.push(part);
    else parts.pop();
  }
  const out = root + parts.join('/');
  return out === '' ? '.' : out;
}

/** `os.path.abspath`. */
export function absolute(path: string, host: ConfigHost): string {
  return normalize(join(host.cwd, path));
}

/** `os.path.expanduser`: `~` is HOME, else the user's home of the accounts; `~name` that user's. Unknown users stay as written. */
export function expandUser(path: string, host: ConfigHost): string {
  if (!path.startsWith('~')) return path;
  const slash = path.indexOf('/');
  const end = slash < 0 ? path.length : slash;
  const home =
    end === 1
      ? (host.environment['HOME'] ?? host.lookupUser(host.uid)?.home)
      : host.lookupUser(path.slice(1, end))?.home;
  if (home === undefined) return path;
  const out = home.replace(/\/+$/, '') + path.slice(end);
  return out === '' ? '/' : out;
}

/** Supervisor's way to make a path absolute: `~` expanded, relative to the working directory, normalised. */
export function resolvePath(path: string, host: ConfigHost): string {
  return absolute(expandUser(path, host), host);
}
