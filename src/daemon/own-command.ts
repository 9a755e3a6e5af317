import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';

/** Where this brain was installed, as it was called: what is there now may be another version. */
export function installationCalled(): string {
  return resolve(process.argv[1] ?? '', '../../..');
}

/** The same without symbolic links: what has been there when this brain was started. */
export function installationRunning(): string {
  return resolve(bundle, '../../..');
}

/** What init started this brain with. */
export function commandCalled(): string[] {
  return [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
}

/** The same, under names that stay what they are when a symbolic link is turned. */
export function ownCommand(): string[] {
  return [process.execPath, ...process.execArgv, bundle, ...process.argv.slice(2)];
}

const bundle = realPath(process.argv[1] ?? '');

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
