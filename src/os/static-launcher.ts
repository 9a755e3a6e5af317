import { basename } from 'node:path';

/**
 * Launchers of container images that are often static programs, which no preload library reaches, but hand their environment on to what they
 * exec, and how many words of their own come before that: `gosu USER COMMAND`.
 */
const launchers: ReadonlyMap<string, number> = new Map([
  ['gosu', 1],
  ['su-exec', 1],
  ['s6-setuidgid', 1],
  ['tini', 0],
  ['tini-static', 0],
  ['docker-init', 0],
  ['dumb-init', 0],
  ['catatonit', 0],
]);

/** Options that take the word after them: of tini, and of dumb-init. */
const valued: ReadonlySet<string> = new Set(['-p', '-e', '-r', '--rewrite']);

/** The command line that a command line of one of them executes; empty: it is of none. */
export function launchedBy([program = '', ...words]: readonly string[]): readonly string[] {
  const own = launchers.get(basename(program));
  if (own === undefined) return [];
  let at = 0;
  while (words[at]?.startsWith('-')) {
    const option = words[at++] ?? '';
    if (option === '--') break;
    if (valued.has(option)) at += 1;
  }
  return words.slice(at + own);
}
