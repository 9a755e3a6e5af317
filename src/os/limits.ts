import { readFileSync } from 'node:fs';

/** A resource limit; 2^64 - 1 is RLIM_INFINITY (getrlimit(2)). */
export type Limit = { readonly soft: bigint; readonly hard: bigint };

const infinity = 2n ** 64n - 1n;
const number = (text: string | undefined): bigint =>
  text === undefined || text === 'unlimited' ? infinity : BigInt(text);

/** A limit of this process by its name in /proc/self/limits (proc(5)), e.g. `Max processes`; null where it cannot be read. */
export function ownLimit(name: string): Limit | null {
  let text: string;
  try {
    text = readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return null;
  }
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  const [soft, hard] = line?.slice(name.length).trim().split(/\s+/) ?? [];
  return line === undefined ? null : { soft: number(soft), hard: number(hard) };
}
