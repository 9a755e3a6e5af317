import { accessSync, constants, existsSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { errorCode } from '../os/error-code.ts';

/** What of an installation is executed by root, or as whom legato runs. */
const parts = ['bin/legatod', 'bin/legato-init', 'dist/bundle/legatod.cjs'] as const;

/** Where the launcher looks for Node. */
const nodes = ['node_modules', '..'].flatMap((above) =>
  ['x64', 'arm64'].map((arch) => `${above}/node-linux-${arch}/bin/node`),
);

/** The launcher of an installation. */
export const launcherOf = (root: string): string => join(root, parts[0]);

/** Why nothing can be started from there; null: nothing is known against it. */
export function installationTrouble(root: string): string | null {
  for (const part of parts) {
    const path = join(root, part);
    try {
      if (!statSync(path).isFile()) return `${path} is no file`;
      if (part.startsWith('bin/')) accessSync(path, constants.X_OK);
    } catch (error) {
      const code = errorCode(error);
      return code === 'EACCES' ? `${path} cannot be executed` : `no legato is installed at ${root}: ${path}: ${code}`;
    }
  }
  return null;
}

/**
 * Why whoever asks may not have this run: it must be named by an absolute path, and nobody but root and legato's own user may be able to change
 * what lies there. null: all is well.
 * @param uid legato's own user
 */
export function distrust(root: string, uid: number): string | null {
  if (!isAbsolute(root)) return `${root} is no absolute path`;
  try {
    const files = executed(root).map((path) => realpathSync(path));
    const above = new Set(files.flatMap(directoriesAbove));
    for (const path of [...files, ...above]) {
      const stat = statSync(path);
      if (stat.uid !== 0 && stat.uid !== uid)
        return `${path} belongs to user ${stat.uid}, neither to root nor to ${uid}`;
      if (isOpenToOthers(stat)) return `${path} can be written to by others (mode ${(stat.mode & 0o7777).toString(8)})`;
    }
    return null;
  } catch (error) {
    return `no legato is installed at ${root}: ${errorCode(error)}`;
  }
}

/** @throws the system's error where a part is missing */
function executed(root: string): string[] {
  const bundle = join(root, 'dist/bundle');
  const rest = [...nodes.map((path) => join(root, path)), join(root, 'node_modules/sax/package.json')];
  return [
    ...parts.map((part) => join(root, part)),
    ...readdirSync(bundle, { recursive: true, encoding: 'utf8' }).map((name) => join(bundle, name)),
    ...rest.filter((path) => existsSync(path)),
  ];
}

/** In a directory with the sticky bit, as /tmp, nobody can replace what is not theirs; root's group is root. */
function isOpenToOthers(stat: Stats): boolean {
  if (stat.isDirectory() && (stat.mode & 0o1000) !== 0) return false;
  return (stat.mode & 0o002) !== 0 || ((stat.mode & 0o020) !== 0 && stat.gid !== 0);
}

function directoriesAbove(path: string): string[] {
  const directory = dirname(path);
  return directory === path ? [] : [directory, ...directoriesAbove(directory)];
}
