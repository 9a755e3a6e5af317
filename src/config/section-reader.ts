import type { Place } from './config.ts';
import { ConfigError } from './config-error.ts';
import { expand } from './expand.ts';
import type { Section } from './ini.ts';
import type { SectionKeys } from './key-spec.ts';
import type { Names } from './percent-format.ts';
import type { Source } from './source.ts';
import { parsers, presetOf, type TypeName, type ValueOf } from './values/types.ts';

/** Keys that have a value without being set. */
type PresetName<Keys extends SectionKeys> = {
  [N in keyof Keys & string]: Keys[N]['preset'] extends string ? N : never;
}[keyof Keys & string];

/** Reads one section by its part of the schema: each value expanded, typed, and with its place in any error. */
export class SectionReader<Keys extends SectionKeys> {
  readonly section: Section;
  readonly #source: Source;
  readonly #keys: Keys;
  readonly #names: Names;

  constructor(source: Source, section: Section, keys: Keys, names: Names) {
    this.#source = source;
    this.section = section;
    this.#keys = keys;
    this.#names = names;
  }

  /** The key's value, or its default. @throws ConfigError */
  read<N extends PresetName<Keys>>(name: N): ValueOf[Keys[N]['type']] {
    const key: Keys[N] = this.#keys[name];
    return (
      this.#value<Keys[N]['type']>(name, key.type) ??
      presetOf<Keys[N]['type']>(key.type, key.preset ?? '', this.#source.host)
    );
  }

  /** The key's value; null when it is not set. @throws ConfigError */
  optional<N extends keyof Keys & string>(name: N): ValueOf[Keys[N]['type']] | null {
    const key: Keys[N] = this.#keys[name];
    return this.#value<Keys[N]['type']>(name, key.type);
  }

  /** As `optional`, but a value that is refused is refused with this sentence instead of its type's. @throws ConfigError */
  renamed<N extends keyof Keys & string>(name: N, refusal: string): ValueOf[Keys[N]['type']] | null {
    const key: Keys[N] = this.#keys[name];
    return this.at(name, () => {
      const text = this.expanded(name);
      if (text === null) return null;
      try {
        return this.#parse<Keys[N]['type']>(key.type, text);
      } catch (error) {
        throw error instanceof ConfigError ? new ConfigError(`${refusal} ${text}`) : error;
      }
    });
  }

  /** The key's text as written; null when it is not set. */
  raw(name: string): string | null {
    return this.#source.ini.find(this.section, name)?.value ?? null;
  }

  /** The key's text, expanded but not typed; null when it is not set. @throws ConfigError */
  expanded(name: string): string | null {
    const text = this.raw(name);
    return text === null || !text.includes('%') ? text : expand(text, this.#names, `${this.section.name}.${name}`);
  }

  /** Place of a key; of the section when the key is not set. */
  place(name: string): Place {
    return this.#source.ini.find(this.section, name)?.place ?? this.section.place;
  }

  /** Runs `work` for a key: an error in it that has no place yet gets the key's. */
  at<T>(name: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof ConfigError) error.place ??= this.place(name);
      throw error;
    }
  }

  #value<T extends TypeName>(name: string, type: T): ValueOf[T] | null {
    // Most keys are not set: this is the path that a start-up takes some thousands of times.
    const entry = this.#source.ini.find(this.section, name);
    if (entry === undefined) return null;
    try {
      return this.#parse(type, this.expanded(name) ?? '');
    } catch (error) {
      if (error instanceof ConfigError) error.place ??= entry.place;
      throw error;
    }
  }

  #parse<T extends TypeName>(type: T, text: string): ValueOf[T] {
    return parsers[type](text, this.#source.host);
  }
}
