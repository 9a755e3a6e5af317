import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';

/** Writes `<pid>\n`, as Supervisor does. It is not a lock. False when it cannot be written. */
export function writePidfile(path: string, pid: number): boolean {
  try {
    writeFileSync(path, `${pid}\n`, { mode: 0o644 });
    return true;
  } catch {
    return false;
  }
}

/** Whether the process that it names lives and is a legato-init with a brain. */
export function namesLivingInit(path: string): boolean {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    const [program = '', option] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return program.endsWith('/legato-init') && option === '--brain';
  } catch {
    return false;
  }
}

/** Removes it; one that is already gone, or may not be removed, is nobody's trouble at the end of a daemon. */
export function removePidfile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Nothing is left to be done about it.
  }
}
