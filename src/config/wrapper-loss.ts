import { getopt } from './getopt.ts';
import { flockOptions } from './lock.ts';
import { programIn } from './shell-script.ts';
import { splitCommand } from './shell-words.ts';

/**
 * What a program below a wrapper does not get of what was given to the wrapper: the descriptors from 3 on, the variables, LD_PRELOAD alone of
 * these, the pid (that of LISTEN_PID is the wrapper's then, and sd_listen_fds(3) finds nothing).
 */
export type Loss = {
  readonly wrapper: string;
  readonly lost: readonly ('descriptors' | 'variables' | 'preload' | 'pid')[];
};

/** As they were seen to do on Debian 12. What execs its program (env, nice, nohup, setpriv, `poetry run`, `bundle exec`) takes nothing away. */
const losses: readonly { readonly names: string; readonly lost: Loss['lost'] }[] = [
  { names: 'sudo doas', lost: ['descriptors', 'variables', 'pid'] },
  { names: 'inv invoke fab npm npx yarn pnpm', lost: ['descriptors', 'pid'] },
  { names: 'su runuser make timeout script xargs tini dumb-init catatonit uv flock', lost: ['pid'] },
];
const wrappers = new Map(losses.flatMap(({ names, lost }) => names.split(' ').map((name) => [name, lost] as const)));

/** dash starts even a single command as a child; bash becomes the last one. */
const forkingShells = new Set(['sh', 'dash', 'ash']);
const shells = new Set([...forkingShells, 'bash', 'zsh', 'ksh']);

/** A value that does not go on with the one that was given; legato's library is in that. */
const preloads = /\bLD_PRELOAD=(?!\S*\$\{?LD_PRELOAD)|(?:\bunset|-u|--unset=?)\s*LD_PRELOAD\b/;

/** The wrappers in front of a program, as far as its command line tells. */
export function lossesOf(command: string): Loss[] {
  return preloads.test(command)
    ? [{ wrapper: 'LD_PRELOAD=', lost: ['preload'] }, ...wrappersIn(command)]
    : wrappersIn(command);
}

function wrappersIn(command: string): Loss[] {
  try {
    return lossesOfWords(splitCommand(command));
  } catch {
    return [];
  }
}

function lossesOfWords([path = '', ...rest]: readonly string[]): Loss[] {
  const wrapper = path.slice(path.lastIndexOf('/') + 1);
  const script = rest[rest.findIndex((word) => /^-[a-z]*c$/.test(word)) + 1];
  if (shells.has(wrapper) && script !== undefined && rest.length > 1) return lossesOfScript(wrapper, script);
  if (wrapper === 'env') return lossesOfEnv(rest);
  const lost = wrappers.get(wrapper);
  if (lost === undefined || (wrapper === 'flock' && flockExecs(rest))) return [];
  return [{ wrapper, lost: isLogin(wrapper, rest) ? ['variables', ...lost] : lost }];
}

function lossesOfScript(shell: string, script: string): Loss[] {
  const { command, becomes } = programIn(script);
  const stays = becomes === null || (becomes === 'as last' && forkingShells.has(shell));
  return [...(stays ? [{ wrapper: `${shell} -c`, lost: ['pid'] as const }] : []), ...wrappersIn(command)];
}

/** It execs its program; `env -i`, or `env -`, with nothing of the variables that were given. */
function lossesOfEnv(words: readonly string[]): Loss[] {
  const parsed = getopt(words, 'i0vu:C:S:', [
    'ignore-environment',
    'unset=',
    'chdir=',
    'null',
    'debug',
    'split-string=',
  ]);
  if (!parsed.ok) return [];
  const { options, rest } = parsed;
  const clears = rest[0] === '-' || options.some(({ name }) => name === '-i' || name === '--ignore-environment');
  const program = rest.slice(rest.findIndex((word) => word !== '-' && !/^\w+=/.test(word)));
  return [...(clears ? [{ wrapper: 'env -i', lost: ['variables'] as const }] : []), ...lossesOfWords(program)];
}

function flockExecs(words: readonly string[]): boolean {
  const { short, long } = flockOptions;
  const parsed = getopt(words, short, long);
  return parsed.ok && parsed.options.some(({ name }) => name === '-F' || name === '--no-fork');
}

/** They take options up to `--`, also behind the user. */
function isLogin(wrapper: string, words: readonly string[]): boolean {
  if (wrapper !== 'su' && wrapper !== 'runuser') return false;
  const end = words.indexOf('--');
  return (end < 0 ? words : words.slice(0, end)).some((word) => /^(-|-l|--login)$/.test(word));
}
