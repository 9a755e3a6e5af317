import { splitCommand } from './shell-words.ts';

/**
 * What a program below a wrapper does not get of what was given to the wrapper: the descriptors from 3 on, the variables, the pid (that of
 * LISTEN_PID is the wrapper's then, and sd_listen_fds(3) finds nothing).
 */
export type Loss = {
  readonly wrapper: string;
  readonly lost: readonly ('descriptors' | 'variables' | 'pid')[];
};

/** As they were seen to do on Debian 12. What execs its program (env, nice, nohup, setpriv, `poetry run`, `bundle exec`) takes nothing away. */
const losses: readonly { readonly names: string; readonly lost: Loss['lost'] }[] = [
  { names: 'sudo doas', lost: ['descriptors', 'variables', 'pid'] },
  { names: 'inv invoke fab npm npx yarn pnpm', lost: ['descriptors', 'pid'] },
  { names: 'su runuser make timeout script xargs tini dumb-init catatonit uv flock', lost: ['pid'] },
];
const wrappers = new Map(losses.flatMap(({ names, lost }) => names.split(' ').map((name) => [name, lost] as const)));

/** dash starts even a single command as a child; bash becomes it. */
const forkingShells = new Set(['sh', 'dash', 'ash']);
const shells = new Set([...forkingShells, 'bash', 'zsh', 'ksh']);

/** The wrappers in front of a program, as far as its command line tells. */
export function lossesOf(command: string): Loss[] {
  let words: string[];
  try {
    words = splitCommand(command);
  } catch {
    return [];
  }
  const [path = '', ...rest] = words;
  const wrapper = path.slice(path.lastIndexOf('/') + 1);
  const script = rest[rest.findIndex((word) => /^-[a-z]*c$/.test(word)) + 1];
  if (shells.has(wrapper) && script !== undefined && rest.length > 1) {
    const inner = /^\s*exec\s+(.*)/s.exec(script)?.[1];
    if (inner !== undefined) return lossesOf(inner);
    return [
      ...(forkingShells.has(wrapper) ? [{ wrapper: `${wrapper} -c`, lost: ['pid'] as const }] : []),
      ...lossesOf(script),
    ];
  }
  const lost = wrappers.get(wrapper);
  if (lost === undefined || (wrapper === 'flock' && rest.some((word) => /^(-F|--no-fork)$/.test(word)))) return [];
  const isLogin = (wrapper === 'su' || wrapper === 'runuser') && rest.some((word) => /^(-|-l|--login)$/.test(word));
  return [{ wrapper, lost: isLogin ? ['variables', ...lost] : lost }];
}
