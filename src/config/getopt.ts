/** One option as met: `name` is how it was written, `-c` or the whole `--configuration`; the argument is '' where there is none. */
export type GivenOption = { readonly name: string; readonly argument: string };

export type Parsed =
  | { readonly ok: true; readonly options: readonly GivenOption[]; readonly rest: readonly string[] }
  | { readonly ok: false; readonly message: string };

/**
 * Python's `getopt.getopt`: options up to the first word that is none; long ones may be abbreviated while they stay unique.
 * `short` is letters, each followed by `:` when it wants an argument; `long` are names, with `=` when they do.
 * `exact` are long options without argument that are known only by their whole name, so that they never make an abbreviation ambiguous.
 */
export function getopt(
  argv: readonly string[],
  short: string,
  long: readonly string[],
  exact: readonly string[] = [],
): Parsed {
  const options: GivenOption[] = [];
  const rest = [...argv];
  for (let word = rest[0]; word?.startsWith('-') && word !== '-'; word = rest[0]) {
    rest.shift();
    if (word === '--') break;
    const fault = word.startsWith('--')
      ? readLong(word.slice(2), rest, options, long, exact)
      : readShort(word.slice(1), rest, options, short);
    if (fault !== null) return { ok: false, message: fault };
  }
  return { ok: true, options, rest };
}

function readLong(
  word: string,
  rest: string[],
  options: GivenOption[],
  long: readonly string[],
  exact: readonly string[],
): string | null {
  const equals = word.indexOf('=');
  const written = equals < 0 ? word : word.slice(0, equals);
  let argument = equals < 0 ? null : word.slice(equals + 1);
  const possible = exact.includes(written) ? [written] : long.filter((name) => name.startsWith(written));
  const whole = possible.find((name) => name === written || name === `${written}=`);
  const found = whole ?? possible[0];
  if (found === undefined) return `option --${written} not recognized`;
  if (whole === undefined && possible.length > 1) return `option --${written} not a unique prefix`;
  const name = found.replace('=', '');
  if (found.endsWith('=')) {
    argument ??= rest.shift() ?? null;
    if (argument === null) return `option --${name} requires argument`;
  } else if (argument !== null) {
    return `option --${name} must not have an argument`;
  }
  options.push({ name: `--${name}`, argument: argument ?? '' });
  return null;
}

function readShort(letters: string, rest: string[], options: GivenOption[], short: string): string | null {
  const characters = Array.from(letters);
  for (const [i, letter] of characters.entries()) {
    const at = letter === ':' ? -1 : short.indexOf(letter);
    if (at < 0) return `option -${letter} not recognized`;
    if (short[at + 1] !== ':') {
      options.push({ name: `-${letter}`, argument: '' });
      continue;
    }
    const attached = characters.slice(i + 1).join('');
    const argument = attached === '' ? rest.shift() : attached;
    if (argument === undefined) return `option -${letter} requires argument`;
    options.push({ name: `-${letter}`, argument });
    return null;
  }
  return null;
}
