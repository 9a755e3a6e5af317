import type { ReadyEndpoint } from '../config/config.ts';
import { holdsSocket } from './evidence.ts';
import { type Listener, listenersSeenBy } from './listeners.ts';
import { readProc } from './proc-stat.ts';

/** Who listens where a probe was answered: one of the processes, another one, or nobody who can be seen (another machine or namespace). */
export type EndpointOwner = 'own' | 'other' | 'unknown';

/** Whose an endpoint is, as /proc tells: an answer from it is evidence of these processes only if it is theirs. */
export function ownsEndpoint(pids: readonly number[], endpoint: ReadyEndpoint): EndpointOwner {
  const [first] = pids;
  if (first === undefined) return 'unknown';
  const inodes = endpoint.kind === 'unix' ? unixSockets(first, endpoint.path) : tcpSockets(first, endpoint);
  if (inodes.length === 0) return 'unknown';
  return inodes.some((inode) => holdsSocket(pids, inode).length > 0) ? 'own' : 'other';
}

function tcpSockets(pid: number, { host, port }: { readonly host: string; readonly port: number }): number[] {
  const takes = (one: Listener): boolean => one.port === port && (one.host === host || isAnyOrNamed(one, host));
  return (listenersSeenBy(pid) ?? []).filter(takes).map(({ inode }) => inode);
}

/** A wildcard takes every address; a name may be any, and `localhost` is most often a loopback one. */
function isAnyOrNamed(one: Listener, host: string): boolean {
  if (one.host === '0.0.0.0' || one.host === '::') return true;
  return host === 'localhost' ? one.host.startsWith('127.') || one.host === '::1' : !/^[0-9.]+$|:/.test(host);
}

function unixSockets(pid: number, path: string): number[] {
  return (readProc(`/proc/${pid}/net/unix`) ?? '').split('\n').flatMap((line) => {
    // Num RefCount Protocol Flags Type St Inode Path; __SO_ACCEPTCON is set in the flags of one that listens.
    const [, flags = '0', inode, name] = /^\S+ \S+ \S+ (\S+) \S+ \S+ +(\d+) (.*)$/.exec(line) ?? [];
    return name === path && (Number.parseInt(flags, 16) & 0x10000) !== 0 ? [Number(inode)] : [];
  });
}
