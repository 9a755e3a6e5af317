import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { openNamed } from './named-file.ts';

/**
 * Writes `<pid>\n`, as Supervisor does. It is not a lock. False when it cannot be written. One that says so already is left alone: somebody may be
 * reading it, and a brain that is killed while it writes would leave an empty one.
 */
export function writePidfile(path: string, pid: number): boolean {
  const text = `${pid}\n`;
  try {
    if (textOf(path) !== text) write(path, text);
    return true;
  } catch {
    return false;
  }
}

function write(path: string, text: string): void {
  const fd = openNamed(path, constants.O_WRONLY | constants.O_CREAT, 0o644);
  try {
    // Not by O_TRUNC: a device or a FIFO has nothing to be cut.
    if (fstatSync(fd).isFile()) ftruncateSync(fd);
    writeFileSync(fd, text);
  } finally {
    closeSync(fd);
  }
}

/** The first word of legato-init's arguments, from its start on or after an upgrade (native/init/main.c). */
const inBrainMode: ReadonlySet<string> = new Set(['--brain', '--resume', '--return']);

/** Whether the process that it names lives and is a legato-init with a brain. */
export function namesLivingInit(path: string): boolean {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    const [, option = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return readFileSync(`/proc/${pid}/comm`, 'utf8') === 'legato-init\n' && inBrainMode.has(option);
  } catch {
    return false;
  }
}

/** null: it is no file, or cannot be read. */
function textOf(path: string): string | null {
  try {
    return statSync(path).isFile() ? readFileSync(path, 'utf8') : null;
  } catch {
    return null;
  }
}

/**
 * Removes one that holds this pid. A device, a FIFO and what another daemon has written are not ours; one that is already gone, or may not be removed, is
 * nobody's trouble at the end of a daemon.
 */
export function removePidfile(path: string, pid: number): void {
  try {
    if (textOf(path) === `${pid}\n`) unlinkSync(path);
  } catch {
    // Nothing is left to be done about it.
  }
}
