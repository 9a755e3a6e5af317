import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The inodes of the listener sockets that init holds, sorted: its links to others have no address, and its notify sockets are named for legato. */
export function heldInodes(pid: number): string[] {
  const bound = new Set(['tcp', 'tcp6', 'udp', 'udp6'].flatMap((table) => column(pid, table, 9)));
  for (const line of lines(pid, 'unix')) {
    const words = line.trim().split(/\s+/);
    if (words.length > 7 && words[7]?.startsWith('@legato/') === false) bound.add(words[6] ?? '');
  }
  const own = readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
  return own
    .flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? [])
    .filter((inode) => bound.has(inode))
    .sort();
}

function column(pid: number, table: string, index: number): string[] {
  return lines(pid, table).flatMap((line) => line.trim().split(/\s+/)[index] ?? []);
}

function lines(pid: number, table: string): string[] {
  return readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n').slice(1);
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
