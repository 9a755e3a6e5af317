import { listenersOf, unixListenersOf } from './listeners.ts';
import { feeds } from './pipes.ts';
import { targetOf } from './proc-fd.ts';

/**
 * Whether a child only helps its parent, which is then no wrapper: the parent serves by itself (it listens on a socket that the child does
 * not have), or feeds the child through its standard input.
 */
export function isHelper(child: number, parent: number): boolean {
  return feeds(parent, child) || hasOwnSocketpair(child, parent) || listensAlone(parent, child);
}

/** /proc does not tell the other end of a pair; but a socket that is not the parent's own input was made by the parent. */
function hasOwnSocketpair(child: number, parent: number): boolean {
  const input = targetOf(child, 0);
  return input.startsWith('socket:') && input !== targetOf(parent, 0);
}

function listensAlone(parent: number, child: number): boolean {
  const shared = new Set(listeningSockets(child));
  return listeningSockets(parent).some((inode) => !shared.has(inode));
}

const listeningSockets = (pid: number): number[] => [
  ...listenersOf([pid]).map(({ inode }) => inode),
  ...unixListenersOf(pid),
];
