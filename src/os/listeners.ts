import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { isIPv4 } from 'node:net';

/** A TCP socket that listens. */
export type Listener = { readonly host: string; readonly port: number; readonly inode: number };

/** TCP_LISTEN and TCP_TIME_WAIT in the column `st` of proc_pid_net(5)'s tcp. */
const [listening, timeWait] = ['0A', '06'] as const;

/** What a row is of after its state: queues, timer, retransmits, user, timeout, inode. */
const upToInode = String.raw`\S+ \S+ \S+ +\d+ +\d+ (\d+)`;

/** The TCP sockets that listen in the network namespace of a process; null: that cannot be read. */
export function listenersSeenBy(pid: number): Listener[] | null {
  const row = new RegExp(`^ *\\d+: ([0-9A-F]+):([0-9A-F]{4}) \\S+ ([0-9A-F]{2}) ${upToInode}`, 'gm');
  const found: Listener[] = [];
  // The kernel tells those that listen first (tcp_seq_start), and there may be a hundred thousand others.
  const take = (lines: string): boolean => {
    for (const [, address = '', port = '', state, inode] of lines.matchAll(row)) {
      if (state !== listening) return false;
      found.push({ host: hostOf(address), port: Number.parseInt(port, 16), inode: Number(inode) });
    }
    return true;
  };
  if (!readTable(pid, 'tcp', take)) return null;
  readTable(pid, 'tcp6', take);
  return found;
}

/** Those of them that one of the processes has. */
export function listenersOf(pids: readonly number[]): Listener[] {
  const [first] = pids;
  if (first === undefined) return [];
  const owned = new Set(pids.flatMap(socketsOf));
  return (listenersSeenBy(first) ?? []).filter(({ inode }) => owned.has(inode));
}

/** The unix sockets of a process that listen, by their inodes. */
export function unixListenersOf(pid: number): number[] {
  const owned = new Set(socketsOf(pid));
  const found: number[] = [];
  readTable(pid, 'unix', (lines) => {
    // Num RefCount Protocol Flags Type St Inode Path; 10000: __SO_ACCEPTCON.
    for (const [, inode] of lines.matchAll(/^\S+ \S+ \S+ 00010000 \S+ \S+ +(\d+)/gm)) {
      if (owned.has(Number(inode))) found.push(Number(inode));
    }
    return true;
  });
  return found;
}

/**
 * Whether one of the processes has a connection that was accepted at this address: the best evidence there is of a server that is too busy
 * to be seen waiting. Of a wildcard host it is the port that counts.
 */
export function hasAccepted(pids: readonly number[], { host, port }: Omit<Listener, 'inode'>): boolean {
  const [first] = pids;
  if (first === undefined) return false;
  const owned = new Set(pids.flatMap(socketsOf));
  const anywhere = host === '0.0.0.0' || host === '::';
  const local = `([0-9A-F]+):${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const row = new RegExp(`^ *\\d+: ${local} \\S+ (?!${listening}|${timeWait})\\S+ ${upToInode}`, 'gm');
  let accepted = false;
  const take = (lines: string): boolean => {
    for (const [, address = '', inode] of lines.matchAll(row)) {
      accepted ||= owned.has(Number(inode)) && (anywhere || hostOf(address) === host);
    }
    return !accepted;
  };
  for (const table of tables) if (!accepted) readTable(first, table, take);
  return accepted;
}

/**
 * The same of a unix socket, by the inode of the one that listens: what it accepts has its name (unix(7)), whatever has become of the path since.
 */
export function hasAcceptedUnix(pids: readonly number[], inode: number): boolean {
  const [first] = pids;
  if (first === undefined) return false;
  const owned = new Set(pids.flatMap(socketsOf));
  let name: string | undefined;
  const accepted = new Set<string>();
  readTable(first, 'unix', (lines) => {
    // Num RefCount Protocol Flags Type St Inode Path; 03: SS_CONNECTED.
    for (const [, state, own, path = ''] of lines.matchAll(/^\S+ \S+ \S+ \S+ \S+ (\S\S) +(\d+) (.+)$/gm)) {
      if (Number(own) === inode) name = path;
      else if (state === '03' && owned.has(Number(own))) accepted.add(path);
    }
    return true;
  });
  return name !== undefined && accepted.has(name);
}

const tables = ['tcp', 'tcp6'] as const;

/**
 * Gives a table in pieces of whole lines to `take`, until that has enough (false). Of a row nothing is made that is not asked for: a busy host
 * has a hundred thousand in TIME_WAIT, and the brain has other things to do. False: it cannot be read.
 */
function readTable(pid: number, table: 'tcp' | 'tcp6' | 'unix', take: (lines: string) => boolean): boolean {
  let file: number;
  try {
    file = openSync(`/proc/${pid}/net/${table}`, 'r');
  } catch {
    return false;
  }
  try {
    const bytes = Buffer.allocUnsafe(65_536);
    let rest = '';
    for (let length = 1; length > 0; ) {
      length = readSync(file, bytes);
      const text = rest + bytes.toString('latin1', 0, length);
      const end = length === 0 ? text.length : text.lastIndexOf('\n') + 1;
      rest = text.slice(end);
      if (!take(text.slice(0, end))) return true;
    }
    return true;
  } catch {
    return false;
  } finally {
    closeSync(file);
  }
}

/** Words of 32 bits in the machine's order, which is little-endian wherever legato runs. */
function hostOf(text: string): string {
  const bytes = Buffer.from(text, 'hex');
  bytes.swap32();
  if (bytes.length === 4) return [...bytes].join('.');
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(at * 2).toString(16)).join(':');
  return new URL(`http://[${groups}]`).hostname.slice(1, -1);
}

function socketsOf(pid: number): number[] {
  let names: string[];
  try {
    names = readdirSync(`/proc/${pid}/fd`);
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    try {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${name}`)) ?? [];
      return inode === undefined ? [] : [Number(inode)];
    } catch {
      return [];
    }
  });
}

/** `tcp://HOST:PORT`, an IPv6 host in brackets. */
export function urlOfListener({ host, port }: Listener): string {
  return isIPv4(host) ? `tcp://${host}:${port}` : `tcp://[${host}]:${port}`;
}
