import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { scratch } from './scratch.ts';
import { repository } from './supervisor.ts';

/**
 * The tag of the last release before what is checked out; before the first release the oldest commit there is; or the commit that LEGATO_UPGRADE_FROM
 * names. null: there is none but what is checked out (a clone without its history).
 */
export function lastRelease(): string | null {
  const named = process.env['LEGATO_UPGRADE_FROM'];
  if (named !== undefined && named !== '') return named;
  const tag = git('describe', '--tags', '--abbrev=0', '--match', 'v[0-9]*');
  if (tag !== null) return tag;
  const oldest = git('rev-list', '--max-parents=0', 'HEAD');
  return oldest === git('rev-parse', 'HEAD') ? null : oldest;
}

/** What git says of this repository, on one line; null: it has no answer. */
function git(...words: readonly string[]): string | null {
  try {
    const said = execFileSync('git', ['-C', repository, ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return said.trim().split('\n').at(-1) ?? null;
  } catch {
    return null;
  }
}

/** The legato of that commit, built in a directory of its own. */
export function built(t: Pick<TestContext, 'after'>, commit: string): string {
  const root = scratch(t);
  const unpack = 'git -C "$1" archive "$2" | tar -x -C "$3"';
  execFileSync('/bin/sh', ['-c', unpack, 'sh', repository, commit, root]);
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  return root;
}
