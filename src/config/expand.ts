import { ConfigError } from './config-error.ts';
import { type FormatValue, format, type Names } from './percent-format.ts';
import { compareText, repr } from './python-text.ts';

/**
 * The names a value may use as `%(name)s`: those of an outer scope (the environment, as ENV_x) with some of its own over them.
 * The order is Python's dict order, which `%s` alone shows.
 */
export class Scope implements Names {
  readonly outer: Names | null;
  readonly own: Map<string, FormatValue>;

  constructor(outer: Names | null, own: Readonly<Record<string, FormatValue>> = {}) {
    this.outer = outer;
    this.own = new Map(Object.entries(own));
  }

  get(name: string): FormatValue | undefined {
    return this.own.get(name) ?? this.outer?.get(name);
  }

  names(): string[] {
    return [...new Set([...(this.outer?.names() ?? []), ...this.own.keys()])];
  }
}

/** The names of a scope in the order of a dict into which Supervisor puts the environment last, and then what the process sets for itself. */
export class EnvironmentLast implements Names {
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  get(name: string): FormatValue | undefined {
    return this.#scope.get(name);
  }

  names(): string[] {
    const { own, outer } = this.#scope;
    const first = [...own.keys()].filter((name) => !name.startsWith('ENV_'));
    return [...new Set([...first, ...(outer?.names() ?? []), ...own.keys()])];
  }
}

/**
 * Python's `text % names`.
 * @throws ConfigError with Supervisor's text, naming `label`, for an unknown name or a bad format.
 */
export function expand(text: string, names: Names, label: string): string {
  if (!text.includes('%')) return text;
  const result = format(text, names);
  if (result.ok) return result.text;
  if (result.missing !== null) {
    throw new ConfigError(
      `Format string ${repr(text)} for ${repr(label)} contains names (${repr(result.missing)}) which cannot be expanded. ` +
        `Available names: ${names.names().sort(compareText).join(', ')}`,
    );
  }
  throw new ConfigError(`Format string ${repr(text)} for ${repr(label)} is badly formatted: ${result.fault}`);
}
