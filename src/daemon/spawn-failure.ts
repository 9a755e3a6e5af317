import type { ProcessConfig } from '../config/config.ts';
import { EAGAIN, ECHILD, EMFILE, EPERM, errnoName } from '../os/errno.ts';
import { reasonAgainst } from './identity.ts';

/** The step at which a spawn failed; the words of docs/protocol.md. */
export type Stage =
  | 'pipe'
  | 'shim'
  | 'fork'
  | 'group'
  | 'stdio'
  | 'rlimit'
  | 'groups'
  | 'gid'
  | 'uid'
  | 'cwd'
  | 'exec'
  | 'descriptors'
  | 'notify'
  | 'page';

/** Steps before there is a child. */
const beforeFork: ReadonlySet<Stage> = new Set(['pipe', 'shim', 'fork', 'notify', 'page']);

/** Whether the child itself took this step: when it fails, the child has lived and ended. */
export function isOfChild(stage: Stage): boolean {
  return !beforeFork.has(stage);
}

/** The step that failed and why, in Supervisor's words where Supervisor has words for it: becomes `spawnerr` and a line of the main log. */
export function spawnFailure(process: ProcessConfig, executable: string, stage: Stage, errno: number): string {
  const why = errnoName(errno);
  const against = errno === EPERM ? reasonAgainst(process.identity) : null;
  if (against !== null) return `couldn't setuid to ${process.identity?.uid ?? '?'}: ${against}`;
  switch (stage) {
    case 'pipe':
    case 'shim':
      if (errno === EMFILE) return `too many open files to spawn '${process.name}'`;
      if (errno === EAGAIN) return `Too many processes in process table to spawn '${process.name}'`;
      if (errno === ECHILD)
        return `the shim of '${process.name}' was killed before it could say what became of the program`;
      return stage === 'pipe'
        ? `unknown error making dispatchers for '${process.name}': ${why}`
        : `unknown error during fork for '${process.name}': ${why}`;
    case 'fork':
      return errno === EAGAIN
        ? `Too many processes in process table to spawn '${process.name}'`
        : `unknown error during fork for '${process.name}': ${why}`;
    case 'group':
      return `couldn't make a process group: ${why}`;
    case 'stdio':
      return `couldn't attach stdin, stdout and stderr: ${why}`;
    case 'rlimit':
      return `couldn't set a resource limit: ${why}`;
    case 'groups':
      return `couldn't set the supplementary groups of ${process.identity?.user ?? 'the user'}: ${why}`;
    case 'gid':
      return `couldn't setgid to ${process.identity?.gid ?? '?'}: ${why}`;
    case 'uid':
      return `couldn't setuid to ${process.identity?.uid ?? '?'}: ${why}`;
    case 'cwd':
      return `couldn't chdir to ${process.directory ?? '?'}: ${why}`;
    case 'descriptors':
      return `couldn't hand on the listener sockets: ${why}`;
    case 'notify':
      return `couldn't make the notify socket: ${why}`;
    case 'page':
      return `couldn't make the page for adopt: ${why}`;
    case 'exec':
      return `couldn't exec ${executable}: ${why}`;
  }
}
