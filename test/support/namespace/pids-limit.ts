import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { TestContext } from 'node:test';

import { until } from './until.ts';

/** Below which cgroups with a limit of processes can be made (cgroups(7)): of the first version, or of the second. */
const parent = ['/sys/fs/cgroup/pids', '/sys/fs/cgroup'].find((path) => {
  if (!existsSync(join(path, 'cgroup.procs'))) return false;
  const controllers = join(path, 'cgroup.subtree_control');
  return !existsSync(controllers) || /\bpids\b/.test(readFileSync(controllers, 'utf8'));
});

export const canLimitPids: boolean = parent !== undefined && canMake(join(parent, `legato-test-${process.pid}`));

function canMake(cgroup: string): boolean {
  try {
    mkdirSync(cgroup);
    rmdirSync(cgroup);
    return true;
  } catch {
    return false;
  }
}

export type PidsLimit = {
  /** Starts a command that, with all its descendants, has as many processes and threads as the limit says. */
  readonly wrap: readonly string[];
  /** How many there are. */
  count(): number;
};

/** Whatever of the test is left in it, all of whose processes are the test's. */
function kill(cgroup: string): number {
  const pids = readFileSync(join(cgroup, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean);
  for (const pid of pids) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended by itself in the meantime.
    }
  }
  return pids.length;
}

/** Another limit of processes, for the time of the test. */
export function limitPids(t: Pick<TestContext, 'after'>, dir: string, most: number): PidsLimit {
  const cgroup = join(parent ?? '', basename(dir));
  mkdirSync(cgroup);
  writeFileSync(join(cgroup, 'pids.max'), String(most));
  t.after(async () => {
    await until('the cgroup to be empty', () => kill(cgroup) === 0);
    rmdirSync(cgroup);
  });
  return {
    wrap: ['/bin/sh', '-c', 'echo 0 >"$1/cgroup.procs" && shift && exec "$@"', 'sh', cgroup],
    count: () => Number(readFileSync(join(cgroup, 'pids.current'), 'utf8')),
  };
}
