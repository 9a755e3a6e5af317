/**
 * Who has bound an address, as /proc tells it: /proc/net/tcp and its kin for the socket's inode (proc_pid_net(5)), and every process's
 * descriptors for whoever has that. Only what this process may see is found: its own network namespace, and the processes it may trace.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { endianness } from 'node:os';
import type { ListenPlace } from '../config/listen-url.ts';
import { printable } from './printable.ts';

export type SocketOwner = { readonly pid: number; readonly name: string };

/** The first process found to have a socket that stands in the way of binding `place`; null: none can be seen. */
export function socketOwner(place: ListenPlace): SocketOwner | null {
  const inodes = 'path' in place ? unixInodes(place.path) : inetInodes(place);
  return inodes.length === 0 ? null : processWith(new Set(inodes.map((inode) => `socket:[${inode}]`)));
}

/** Num, RefCount, Protocol, Flags, Type, St, Inode, Path. */
function unixInodes(path: string): string[] {
  return linesOf('/proc/net/unix').flatMap((line) => {
    const [, inode, name] = /^\S+: \S+ \S+ \S+ \S+ \S+ +(\d+) (.+)$/.exec(line) ?? [];
    return inode !== undefined && name === path ? [inode] : [];
  });
}

/** sl, local_address, rem_address, st, …; the inode is the tenth. Only listening TCP sockets (0A) stand in the way, and all of UDP. */
function inetInodes(place: Extract<ListenPlace, { readonly port: number }>): string[] {
  const protocol = place.family.slice(0, 3);
  const port = place.port.toString(16).toUpperCase().padStart(4, '0');
  const found = [protocol, `${protocol}6`].flatMap((table) =>
    linesOf(`/proc/net/${table}`).flatMap((line) => {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
      const [address = '', its] = local.split(':');
      if (inode === undefined || its !== port || (protocol === 'tcp' && state !== '0A')) return [];
      return [{ address, inode, table }];
    }),
  );
  const same = found.filter(
    ({ address }) => /^0+$/.test(address) || isWildcard(place.host) || address === hexOf(place),
  );
  return same.map(({ inode }) => inode);
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** As /proc/net writes it: words of 32 bits in the machine's own order. */
function hexOf({ family, host }: Extract<ListenPlace, { readonly port: number }>): string {
  const bytes = family.endsWith('4') ? host.split('.').map(Number) : bytesOfIpv6(host);
  const words: string[] = [];
  for (let at = 0; at < bytes.length; at += 4) {
    const word = bytes.slice(at, at + 4);
    const ordered = endianness() === 'LE' ? word.reverse() : word;
    words.push(ordered.map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(''));
  }
  return words.join('');
}

/** Of an address in its canonical form. */
function bytesOfIpv6(host: string): number[] {
  const [address = ''] = host.split('%');
  const [head = '', tail] = address.split('::');
  const groups = (text: string | undefined): string[] => (text === undefined || text === '' ? [] : text.split(':'));
  const [before, after] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

function processWith(links: ReadonlySet<string>): SocketOwner | null {
  for (const pid of namesIn('/proc').filter((name) => /^\d+$/.test(name))) {
    if (!namesIn(`/proc/${pid}/fd`).some((fd) => links.has(linkTarget(`/proc/${pid}/fd/${fd}`)))) continue;
    return { pid: Number(pid), name: printable(textOf(`/proc/${pid}/comm`).trimEnd()) };
  }
  return null;
}

function linesOf(path: string): string[] {
  return textOf(path).split('\n').slice(1);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function linkTarget(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
