import { readFileSync } from 'node:fs';

/** A resource limit; 2^64 - 1 is RLIM_INFINITY (getrlimit(2)). */
export type Limit = { readonly soft: bigint; readonly hard: bigint };

/** RLIM_INFINITY. */
export const infinity: bigint = 2n ** 64n - 1n;
/** The bit of CAP_SYS_RESOURCE in a set of capabilities (capabilities(7)). */
const capSysResource = 24n;
const number = (text: string | undefined): bigint =>
  text === undefined || text === 'unlimited' ? infinity : BigInt(text);

/** A limit of this process by its name in /proc/self/limits (proc(5)), e.g. `Max processes`; null where it cannot be read. */
export function ownLimit(name: string): Limit | null {
  const line = textOf('/proc/self/limits')
    .split('\n')
    .find((candidate) => candidate.startsWith(`${name} `));
  const [soft, hard] = line?.slice(name.length).trim().split(/\s+/) ?? [];
  return line === undefined ? null : { soft: number(soft), hard: number(hard) };
}

/** Whether this process may raise a hard limit: CAP_SYS_RESOURCE. Root in a container is as a rule without it. */
export function mayRaiseLimits(): boolean {
  const [, effective] = /^CapEff:\s*([0-9a-f]+)$/m.exec(textOf('/proc/self/status')) ?? [];
  return effective !== undefined && ((BigInt(`0x${effective}`) >> capSysResource) & 1n) === 1n;
}

/** More descriptors no limit can allow (proc_sys_fs(5): nr_open); a million, the kernel's default, where it cannot be read. */
export function mostFiles(): bigint {
  const [, most] = /^(\d+)$/m.exec(textOf('/proc/sys/fs/nr_open')) ?? [];
  return BigInt(most ?? 1_048_576);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
