import type { ServerConfig } from '../config/config.ts';
import { infinity, type Limit, mayRaiseLimits, mostFiles, ownLimit } from '../os/limits.ts';
import type { WireRlimit } from '../os/wire.ts';

/** What services are given, as setrlimit(2) takes it. */
export type Limits = readonly WireRlimit[];

/** setrlimit(2)'s numbers on Linux. */
const RLIMIT_NPROC = 6;
const RLIMIT_NOFILE = 7;

export type LimitsResult =
  | { readonly ok: true; readonly limits: Limits }
  | { readonly ok: false; readonly reason: string };

/**
 * Supervisor's minfds and minprocs: the limits legatod was started with, raised where they are lower; services inherit them.
 * nofile is the soft limit of descriptors init was started with (Node raises its own). Where a hard limit is too low and cannot be raised
 * so far nothing can start, and Supervisor's sentence says so.
 */
export function serviceLimits(server: ServerConfig, nofile: bigint): LimitsResult {
  const files = ownLimit('Max open files');
  const limits: WireRlimit[] = [];
  const wanted: [number, number, Limit | null, bigint, string, string][] = [
    [RLIMIT_NOFILE, server.minfds, files && { ...files, soft: nofile }, mostFiles(), 'minfds', 'open'],
    [RLIMIT_NPROC, server.minprocs, ownLimit('Max processes'), infinity, 'minprocs', 'spawn'],
  ];
  for (const [resource, least, limit, most, key, verb] of wanted) {
    const soft = BigInt(Math.max(0, least));
    if (limit === null || limit.soft >= soft) continue;
    const hard = mayRaiseLimits() && most > limit.hard ? most : limit.hard;
    if (hard < soft) return { ok: false, reason: tooLow(key, verb, least, hard) };
    limits.push({ resource, soft, hard: limit.hard > soft ? limit.hard : soft });
  }
  return { ok: true, limits };
}

function tooLow(key: string, verb: string, least: number, hard: bigint): string {
  const what = key === 'minfds' ? 'file descriptors' : 'available processes';
  const unit = key === 'minfds' ? 'file descriptors' : 'processes';
  return (
    `The minimum number of ${what} required to run this process is ${least} as per the "${key}" command-line argument or config file setting. ` +
    `The current environment will only allow you to ${verb} ${hard} ${unit}.  Either raise the number of usable ${unit} in your environment ` +
    `(see README.rst) or lower the ${key} setting in the config file to allow the process to start.`
  );
}
