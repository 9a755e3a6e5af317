import { readdirSync, readFileSync } from 'node:fs';

/** Memory of a set of processes together, in KiB (smaps_rollup of proc_pid_smaps(5)). */
export type Memory = { readonly rss: number; readonly pss: number; readonly anonymous: number };

/** What a set of processes has used since it was started: processor time in ms, and how often a thread went to sleep by itself. */
export type Usage = { readonly cpu: number; readonly sleeps: number };

export function memoryOf(pids: readonly number[]): Memory {
  const rollups = pids.map((pid) => readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
  const sum = (field: string): number =>
    rollups.reduce(
      (total, text) => total + Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0),
      0,
    );
  return { rss: sum('Rss'), pss: sum('Pss'), anonymous: sum('Anonymous') };
}

/** A voluntary switch is a sleep, and each sleep that ends is a wake-up. */
export function usageOf(pids: readonly number[]): Usage {
  let cpu = 0;
  let sleeps = 0;
  for (const pid of pids) {
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const [nanoseconds = '0'] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ');
      const status = readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8');
      cpu += Number(nanoseconds) / 1e6;
      sleeps += Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1] ?? 0);
    }
  }
  return { cpu, sleeps };
}
