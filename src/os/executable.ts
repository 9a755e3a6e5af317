import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';

/** Where to look for a command. */
export type ExecutableSearch = {
  /** PATH of the service's environment. */
  readonly path: string | undefined;
  /** Where the service will run; null: where the daemon runs. */
  readonly directory: string | null;
};

export type Executable =
  /** What to give to execve(2) after the change of directory. */
  | { readonly ok: true; readonly path: string }
  /** Supervisor's fault for `start`, and its sentence for `spawnerr`. */
  | { readonly ok: false; readonly fault: 'NO_FILE' | 'NOT_EXECUTABLE'; readonly reason: string };

/** What Supervisor searches when nobody has a PATH. */
const defaultPath = '/bin:/usr/bin:/usr/local/bin';

/**
 * Finds a command by Supervisor's rule: a name with a slash is that file, any other is looked up in PATH, where the first entry that
 * has the name wins, even if it is a directory or cannot be executed.
 *
 * Repaired: Supervisor looks for a relative name below its own directory and then executes it below `directory`, so it must be in both.
 * Here it may be in either; the one below `directory` wins.
 */
export function findExecutable(name: string, search: ExecutableSearch): Executable {
  if (name.includes('/')) return judge(name, locate(name, search.directory));
  for (const entry of (search.path ?? defaultPath).split(':')) {
    const found = locate(join(entry, name), search.directory);
    if (found !== null) return judge(found.path, found);
  }
  return judge(name, null);
}

type Found = { readonly path: string; readonly file: string; readonly stat: Stats };

/** `path` is right for execve(2) in `directory`, `file` from here. */
function locate(name: string, directory: string | null): Found | null {
  const below = directory === null ? name : resolve(directory, name);
  const stat = statOf(below);
  if (stat !== null) return { path: name, file: below, stat };
  if (directory === null || isAbsolute(name)) return null;
  const file = resolve(name);
  const own = statOf(file);
  return own === null ? null : { path: file, file, stat: own };
}

function statOf(file: string): Stats | null {
  try {
    return statSync(file, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}

function judge(name: string, found: Found | null): Executable {
  if (found === null) return { ok: false, fault: 'NO_FILE', reason: `can't find command ${quoted(name)}` };
  if (found.stat.isDirectory()) return unusable(`command at ${quoted(name)} is a directory`);
  if ((found.stat.mode & 0o111) === 0) return unusable(`command at ${quoted(name)} is not executable`);
  try {
    accessSync(found.file, constants.X_OK);
  } catch {
    return unusable(`no permission to run command ${quoted(name)}`);
  }
  return { ok: true, path: found.path };
}

function unusable(reason: string): Executable {
  return { ok: false, fault: 'NOT_EXECUTABLE', reason };
}

/** As Python's repr writes a name, which is what clients of Supervisor see. */
function quoted(name: string): string {
  return name.includes("'") && !name.includes('"')
    ? `"${name}"`
    : `'${name.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
