import type { Place } from './config.ts';
import { ConfigError } from './config-error.ts';
import { isSpace, repr, strip, stripEnd } from './python-text.ts';

/** One key's value, with the place of the key. `continued` are the indented lines that were joined to it. */
export type Entry = {
  value: string;
  readonly place: Place;
  continued?: { readonly text: string; readonly line: number }[];
};

export type Section = {
  readonly name: string;
  readonly place: Place;
  /** The included file that brought the section first; null: the main file. Error texts name it. */
  readonly includedFrom: string | null;
  readonly entries: Map<string, Entry>;
};

/** The text's name for defaults of every section. */
const defaultSection = 'DEFAULT';

/**
 * A configuration as sections of keys, with places. The grammar is that of Python's RawConfigParser as Supervisor uses it:
 * duplicates merge and the last one wins, `;` and `#` after white space begin a comment, indented lines continue a value.
 */
export class Ini {
  readonly sections: Map<string, Section> = new Map();
  readonly defaults: Map<string, Entry> = new Map();

  /** The entry of a key: the section's own, else that of [DEFAULT]. */
  find(section: Section, key: string): Entry | undefined {
    return section.entries.get(key) ?? (this.defaults.size === 0 ? undefined : this.defaults.get(key));
  }

  /** All keys of a section, its own first, then those only [DEFAULT] has. */
  keys(section: Section): string[] {
    return [...new Set([...section.entries.keys(), ...this.defaults.keys()])];
  }

  /**
   * Replaces the text `%(here)s` in every value. Supervisor does so, once per file, when there is an [include] section:
   * that is how an included file's `here` becomes its own directory.
   */
  replaceHere(here: string): void {
    for (const section of this.sections.values()) {
      for (const [key, entry] of this.defaults) {
        if (!section.entries.has(key) && entry.value.includes('%(here)s')) section.entries.set(key, { ...entry });
      }
      for (const entry of section.entries.values()) {
        if (entry.value.includes('%(here)s')) entry.value = entry.value.replaceAll('%(here)s', here);
      }
    }
  }

  /**
   * Reads one file into what is there. `file` is its name as messages write it.
   * @throws ConfigError for text before the first header (at once) or lines that are neither header nor key (all of them, at the end).
   */
  read(text: string, file: string, included: boolean): void {
    const bad: { line: number; text: string }[] = [];
    let entries: Map<string, Entry> | null = null;
    /** What an indented line is joined to. */
    let open: Entry | null = null;
    let parts: string[] = [];
    let indent = 0;
    const close = (): void => {
      if (open !== null && parts.length > 1) open.value = stripEnd(parts.join('\n'));
      open = null;
    };
    let number = 0;
    for (const line of lines(text)) {
      number += 1;
      const cut = commentStart(line);
      const value = strip(cut < 0 ? line : line.slice(0, cut));
      if (value === '') {
        if (cut < 0 && open !== null) parts.push('');
        continue;
      }
      let level = 0;
      while (isSpace(line.charCodeAt(level))) level += 1;
      if (open !== null && level > indent) {
        parts.push(value);
        (open.continued ??= []).push({ text: value, line: number });
        continue;
      }
      indent = level;
      const end = value.startsWith('[') ? value.lastIndexOf(']') : -1;
      if (end > 1) {
        close();
        entries = this.#section(value.slice(1, end), { file, line: number }, included);
        continue;
      }
      if (entries === null) {
        throw new ConfigError(
          `File contains no section headers.\nfile: ${repr(file)}, line: ${number}\n${repr(line)}`,
          { file, line: number },
        );
      }
      const delimiter = value.search(/[=:]/);
      if (delimiter < 0) {
        bad.push({ line: number, text: line });
        continue;
      }
      close();
      const key = stripEnd(value.slice(0, delimiter)).toLowerCase();
      if (key === '') {
        bad.push({ line: number, text: line });
        continue;
      }
      const entry: Entry = { value: strip(value.slice(delimiter + 1)), place: { file, line: number } };
      entries.set(key, entry);
      open = entry;
      parts = [entry.value];
    }
    close();
    const first = bad[0];
    if (first === undefined) return;
    const list = bad.map((one) => `\n\t[line ${String(one.line).padStart(2)}]: ${repr(one.text)}`);
    throw new ConfigError(`Source contains parsing errors: ${repr(file)}${list.join('')}`, { file, line: first.line });
  }

  #section(name: string, place: Place, included: boolean): Map<string, Entry> {
    if (name === defaultSection) return this.defaults;
    const known = this.sections.get(name);
    if (known !== undefined) return known.entries;
    const section = { name, place, includedFrom: included ? place.file : null, entries: new Map<string, Entry>() };
    this.sections.set(name, section);
    return section.entries;
  }
}

/** Lines with their ends, CR and CRLF made LF, as Python reads text. */
function* lines(text: string): Generator<string> {
  const unified = text.includes('\r') ? text.replaceAll('\r\n', '\n').replaceAll('\r', '\n') : text;
  let start = 0;
  while (start < unified.length) {
    const end = unified.indexOf('\n', start);
    const next = end < 0 ? unified.length : end + 1;
    yield unified.slice(start, next);
    start = next;
  }
}

/** Where the comment begins: at a `;` or `#` that stands first or after white space. -1: none. Quotes do not protect. */
function commentStart(line: string): number {
  if (!line.includes(';') && !line.includes('#')) return -1;
  for (let i = 0; i < line.length; i += 1) {
    const code = line.charCodeAt(i);
    if ((code === 0x3b || code === 0x23) && (i === 0 || isSpace(line.charCodeAt(i - 1)))) return i;
  }
  return -1;
}
