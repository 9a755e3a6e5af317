import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Collects the garbage of a burst of work and gives the memory back to the system: of a start that is two megabytes, for thirty milliseconds. V8
 * itself does so much later, and would wake an idle brain for it several times (bin/legatod). False: this Node has no way to ask for it.
 */
export function giveMemoryBack(): boolean {
  // The one way from inside. The option is put back, for V8 takes no kept code under other options than it was made with.
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('globalThis.gc');
  setFlagsFromString('--no-expose-gc');
  if (!isCollector(collect)) return false;
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  return true;
}

function isCollector(found: unknown): found is NodeJS.GCFunction {
  return typeof found === 'function';
}
