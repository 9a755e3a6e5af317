import { makeNamespec, splitNamespec } from '../control/namespec.ts';
import { listOf, type ProcessStatus, processStatus } from '../control/replies.ts';
import type { Session } from './session.ts';

/** What a word selects from: a process, and the name of its state. */
type Candidate = { readonly group: string; readonly name: string; readonly state: string };

/** A word that stands for several processes. */
export type Selection = {
  /** A name in which `*` and `?` stand for any letters and any one; `all` for every process. */
  readonly pattern: string;
  /** Only those in this state; null: in any. */
  readonly state: string | null;
};

const states: readonly string[] = [
  'STOPPED',
  'STARTING',
  'RUNNING',
  'BACKOFF',
  'STOPPING',
  'EXITED',
  'FATAL',
  'UNKNOWN',
];

const magic = /[*?]/;

/**
 * Reads `web*`, `*:worker`, `web*@fatal`, `@stopped`. null: a name as Supervisor knows it, also `group:*`. No word that means something to
 * supervisorctl is taken for a selection, but for a process whose name ends in `@` and the name of a state.
 */
export function selectionOf(word: string): Selection | null {
  const at = word.lastIndexOf('@');
  const state = at < 0 ? '' : word.slice(at + 1).toUpperCase();
  if (states.includes(state)) return { pattern: word.slice(0, at) || 'all', state };
  const { group, name } = splitNamespec(word);
  return magic.test(name ?? group) || magic.test(group) ? { pattern: word, state: null } : null;
}

/** A pattern without a colon is held against names as `status` shows them, one with a colon against `group:name`. */
function isNamed(pattern: string, group: string, name: string): boolean {
  if (pattern === 'all') return true;
  const wanted = splitNamespec(pattern).name === null ? `${splitNamespec(pattern).group}:*` : pattern;
  const text = wanted.replace(/[\\^$.+()[\]{}|/]/g, '\\$&').replace(/[*?]/g, (one) => (one === '*' ? '.*' : '.'));
  const written = wanted.includes(':') ? `${group}:${name}` : makeNamespec(group, name);
  return new RegExp(`^${text}$`, 'su').test(written);
}

/** Those that a selection means; null: its name fits no process, whatever its state. */
export function selected<T>(
  { pattern, state }: Selection,
  all: readonly T[],
  read: (one: T) => Candidate,
): readonly T[] | null {
  const named = all.filter((one) => isNamed(pattern, read(one).group, read(one).name));
  if (named.length === 0 && pattern !== 'all') return null;
  return named.filter((one) => state === null || read(one).state === state);
}

export const candidateOf = ({ group, name, statename }: ProcessStatus): Candidate => ({
  group,
  name,
  state: statename,
});

export async function activeGroups(session: Session): Promise<readonly string[]> {
  const all = listOf(await session.call('getAllProcessInfo'), processStatus);
  return [...new Set(all.map(({ group }) => group))];
}

/** Groups that fit a word; the word itself when it is none that selects, or when none fits. */
export function selectedGroups(word: string, groups: readonly string[]): readonly string[] {
  if (!magic.test(word) || word.includes(':')) return [word];
  const fitting = groups.filter((group) => isNamed(word, group, group));
  return fitting.length === 0 ? [word] : fitting;
}

/**
 * Each word with the names it stands for. What fits nothing stands for itself, so that the daemon says so; a state that nobody is in stands
 * for nothing. The daemon is asked only where a word selects.
 */
export async function expand(session: Session, words: readonly string[]): Promise<readonly (readonly string[])[]> {
  if (words.includes('all')) return [['all']];
  if (!words.some((word) => selectionOf(word) !== null)) return words.map((word) => [word]);
  const all = listOf(await session.call('getAllProcessInfo'), processStatus);
  return words.map((word) => {
    const selection = selectionOf(word);
    const found = selection === null ? null : selected(selection, all, candidateOf);
    return found === null ? [word] : found.map(({ group, name }) => `${group}:${name}`);
  });
}
