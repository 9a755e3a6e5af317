import type { Snapshot } from '../os/link.ts';

/** What a brain that is to be replaced tells the one that may come, as JSON on its stdin. */
export type Legacy = Pick<Snapshot, 'memos' | 'generations'> & {
  /** What lies on the shelf that the memos speak of; null: nothing. */
  readonly shelf: string | null;
};

/** What that says of itself, a line each: `name=value`; `flag`, `trouble` and `note` may come more than once. */
export type Credentials = {
  readonly version: string;
  readonly link: number;
  readonly node: string;
  readonly flags: readonly string[];
  readonly bundle: string;
  readonly init: string;
  /** Why it cannot take over. */
  readonly troubles: readonly string[];
  /** What should be known besides. */
  readonly notes: readonly string[];
};

/** Reads what another one has said; null: it has not come to its end, or was never begun: that is no legato, or an old one. */
export function credentials(lines: readonly string[]): Credentials | null {
  const pairs = lines.map((line): [string, string] => {
    const at = line.indexOf('=');
    return at < 0 ? ['', line] : [line.slice(0, at), line.slice(at + 1)];
  });
  const all = (name: string): string[] => pairs.flatMap(([found, value]) => (found === name ? [value] : []));
  const [version, link, node, bundle, init] = ['version', 'link', 'node', 'bundle', 'init'].map((name) => all(name)[0]);
  if (version === undefined || link === undefined || node === undefined || bundle === undefined) return null;
  if (init === undefined || all('end').length === 0) return null;
  return {
    version,
    link: Number(link),
    node,
    flags: all('flag'),
    bundle,
    init,
    troubles: all('trouble'),
    notes: all('note'),
  };
}
