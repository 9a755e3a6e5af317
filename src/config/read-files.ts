import { ConfigError } from './config-error.ts';
import { expand, Scope } from './expand.ts';
import { glob } from './glob.ts';
import { absolute, dirname, join } from './path.ts';
import { compareText, words } from './python-text.ts';
import type { Source } from './source.ts';

/** Reads the main file alone. @throws ConfigError when it cannot be read, and for bad syntax. */
export function readMainFile({ ini, host, file }: Source): void {
  if (!host.exists(file)) throw new ConfigError(`could not find config file ${file}`);
  const main = host.readFile(file);
  if (!main.ok) {
    throw new ConfigError(main.reason === 'undecodable' ? main.detail : `could not read config file ${file}`);
  }
  ini.read(main.text, file, false);
}

/**
 * Reads the main file and the files its [include] names. Patterns are relative to the main file; the matches of each are read
 * in the order of their names, and sections merge: the later file wins, key by key. An [include] of an included file is not heeded.
 * @throws ConfigError for a main file that cannot be read, and for bad syntax in any.
 */
export function readFiles(source: Source): void {
  const { ini, host, here, file } = source;
  readMainFile(source);
  const include = ini.sections.get('include');
  if (include === undefined) return;
  ini.replaceHere(here);
  const files = ini.find(include, 'files');
  if (files === undefined) {
    throw new ConfigError('.ini file has [include] section, but no files setting', include.place);
  }
  const names = new Scope(source.environment, { here, host_node_name: host.hostName });
  const base = dirname(absolute(file, host));
  for (const written of words(expandAt(files.value, names, files.place))) {
    const pattern = join(base, written);
    const found = glob(pattern, host).sort(compareText);
    if (found.length === 0) source.note('warn', `No file matches via include "${pattern}"`, files.place);
    for (const name of found) {
      source.note('info', `Included extra file "${name}" during parsing`, files.place);
      readIncluded(source, name);
    }
  }
}

/** A file that cannot be opened is passed over, as ConfigParser.read does. */
function readIncluded(source: Source, name: string): void {
  const content = source.host.readFile(name);
  if (content.ok) source.ini.read(content.text, name, true);
  else if (content.reason === 'undecodable') throw new ConfigError(content.detail, { file: name, line: 1 });
  source.ini.replaceHere(absolute(dirname(name), source.host));
}

function expandAt(text: string, names: Scope, place: { readonly file: string; readonly line: number }): string {
  try {
    return expand(text, names, 'include.files');
  } catch (error) {
    if (error instanceof ConfigError) error.place ??= place;
    throw error;
  }
}
