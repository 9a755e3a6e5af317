import { readFileSync } from 'node:fs';

/** Clock ticks a second in /proc (proc(5)); 100 on every Linux there is. */
const ticks = 100;

/** CPU seconds that processes have used so far. */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return sum + (Number(fields[11]) + Number(fields[12])) / ticks;
  }, 0);
}

/** A supervisor without what it supervises: supervisord alone; of legato init and all its children, which are its brain, its loggers and the shims. */
export function ownProcesses(peer: 'legato' | 'Supervisor', pid: number): number[] {
  if (peer === 'Supervisor') return [pid];
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  return [pid, ...children];
}
