import { ConfigError } from '../config-error.ts';
import { repr, strip } from '../python-text.ts';

/** A way in which programs are told of descriptors they inherit; each is spoken by the program (or library) it is named for. */
const dialects = [
  'systemd',
  'server-starter',
  'einhorn',
  'nginx',
  'puma',
  'unicorn',
  'gunicorn',
  'fpm',
  'stdin',
] as const;

export type Dialect = (typeof dialects)[number];

/** Comma list of dialects, each once; `none`, alone, is none. @throws ConfigError */
export function dialectsOf(text: string): readonly Dialect[] {
  const words = text.split(',').map((word) => strip(word).toLowerCase());
  if (words.length === 1 && words[0] === 'none') return [];
  return words.map((word, index) => {
    const dialect = dialects.find((one) => one === word);
    if (dialect === undefined) throw new ConfigError(`${repr(word)} is none of ${dialects.join(', ')}, or none alone`);
    if (words.indexOf(word) < index) throw new ConfigError(`${word} is there twice`);
    return dialect;
  });
}
