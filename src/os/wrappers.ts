import { argumentsOf } from './proc.ts';

/**
 * Programs that run another one and wait for it. A `shell` passes no signal on; where it catches one, a trap in its script says what is
 * to be done. A `forwarder` may well catch a signal, and does with it what it likes: su kills its command two seconds after a TERM,
 * npm signals only its shell, dumb-init signals a whole group. (Programs that exec what they run need no line here.)
 */
export type WrapperKind = 'shell' | 'forwarder';

const shells = words('sh dash bash ash ksh mksh zsh busybox');
const forwarders = words(
  'su runuser sudo doas inv invoke fab npm npm-cli npx npx-cli pnpm yarn make gmake timeout flock setsid script tini tini-static ' +
    'docker-init dumb-init catatonit legato-init env nice ionice nohup stdbuf time unshare nsenter setpriv strace ltrace xvfb-run ' +
    'dbus-run-session xargs uv uvx poetry pipenv pdm hatch conda bundle',
);
/** What runs a script whose name says what it is. */
const interpreter = /^(?:python|pypy|node|nodejs|ruby|perl|php)[\d.]*$/;

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}

/** What a process is by its command line; null: no wrapper that is known. */
export function wrapperKind(pid: number): WrapperKind | null {
  const name = programOf(argumentsOf(pid));
  if (shells.has(name)) return 'shell';
  return forwarders.has(name) ? 'forwarder' : null;
}

/** Whether it is an interpreter of Python that runs something, by its command line. */
export function isPython(pid: number): boolean {
  const [path = ''] = argumentsOf(pid);
  return /^(?:python|pypy)[\d.]*$/.test(nameOf(path));
}

/** The name of the program that a command line runs: of the script, where an interpreter runs one. */
export function programOf(args: readonly string[]): string {
  // Some write a title over all their arguments: `npm start`.
  const [first = ''] = (args[0] ?? '').split(' ');
  const name = nameOf(first.replace(/^-/, ''));
  if (!interpreter.test(name)) return name;
  const rest = args.slice(1);
  const module = rest.indexOf('-m');
  const script = rest.findIndex((word) => !word.startsWith('-'));
  if (script === -1) return name;
  return nameOf(module !== -1 && module < script ? (rest[module + 1] ?? '') : (rest[script] ?? ''));
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1).replace(/\.(?:c?js|mjs|py|sh)$/, '');
