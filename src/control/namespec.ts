import type { ProcessKey } from '../core/program.ts';

/** A name as clients write it: `name`, `group:name`, or `group:*` and `group:` for a whole group. */
export type Namespec = {
  readonly group: string;
  /** null: the whole group. */
  readonly name: string | null;
  /** The process's key; null for a whole group. */
  readonly key: ProcessKey | null;
};

/** `name` alone is the process of that name in the group of that name (supervisor.options.split_namespec). */
export function splitNamespec(text: string): Namespec {
  const colon = text.indexOf(':');
  if (colon < 0) return { group: text, name: text, key: `${text}:${text}` };
  const group = text.slice(0, colon);
  const name = text.slice(colon + 1);
  if (name === '' || name === '*') return { group, name: null, key: null };
  return { group, name, key: `${group}:${name}` };
}

/** The short form where group and process have the same name (supervisor.options.make_namespec). */
export function makeNamespec(group: string, name: string): string {
  return group === name ? name : `${group}:${name}`;
}
