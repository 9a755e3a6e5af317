import { ascii, repr } from './python-text.ts';

/** Numbers are Python ints here (process_num, numprocs); everything else is text. */
export type FormatValue = string | number;

export type Names = { readonly get: (name: string) => FormatValue | undefined; readonly names: () => string[] };

/** `missing`: the name that is unknown. `fault`: Python's message for any other failure. */
export type Formatted =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly missing: string | null; readonly fault: string };

/** One conversion: `%(key)-05.2d`. */
type Conversion = { flags: string; width: number; precision: number; kind: string; at: number };

/** Python's limits of what may be written, and that of what can be had: a longer text is a MemoryError there, which has no message. */
const largestWidth = 2 ** 63;
const largestPrecision = 2 ** 31 - 1;
const longest = 2 ** 28;

class FormatFault extends Error {}

class MissingName extends Error {}

/**
 * Python's `text % dict` (printf-style formatting, library reference "printf-style String Formatting"), with its messages.
 * A conversion without a key takes the dict itself, once: `%s` alone is legal and prints every name.
 */
export function format(text: string, names: Names): Formatted {
  const simple = plainNames(text, names);
  if (simple !== null) return { ok: true, text: simple };
  try {
    return { ok: true, text: new Formatter(text, names).run() };
  } catch (error) {
    if (error instanceof MissingName) return { ok: false, missing: error.message, fault: '' };
    if (error instanceof FormatFault) return { ok: false, missing: null, fault: error.message };
    throw error;
  }
}

/** The common case, quickly: nothing but `%(name)s` of known names and `%%`. null: there is more to it. */
function plainNames(text: string, names: Names): string | null {
  let out = '';
  let from = 0;
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', from)) {
    out += text.slice(from, at);
    if (text[at + 1] === '%') {
      out += '%';
      from = at + 2;
      continue;
    }
    const end = text.indexOf(')', at);
    if (text[at + 1] !== '(' || end < 0 || text[end + 1] !== 's') return null;
    const value = names.get(text.slice(at + 2, end));
    if (value === undefined) return null;
    out += String(value);
    from = end + 2;
  }
  return out + text.slice(from);
}

class Formatter {
  // Code points, because positions in messages count them.
  readonly #text: readonly string[];
  readonly #names: Names;
  #at = 0;
  /** What a conversion without a key would take: the dict, or the last value that was looked up. Python's own oddity. */
  #argument: FormatValue | Names;
  #taken = false;

  constructor(text: string, names: Names) {
    this.#text = Array.from(text);
    this.#names = names;
    this.#argument = names;
  }

  run(): string {
    let out = '';
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at] ?? '';
      this.#at += 1;
      out += character === '%' ? this.#conversion() : character;
    }
    return out;
  }

  #conversion(): string {
    if (this.#peek() === '%') return this.#next();
    if (this.#text[this.#at] === '(') this.#key();
    const conversion: Conversion = { flags: '', width: 0, precision: -1, kind: '', at: 0 };
    while ('-+ #0'.includes(this.#peek())) conversion.flags += this.#next();
    conversion.width = this.#number(largestWidth, 'width too big') ?? 0;
    if (this.#peek() === '.') {
      this.#next();
      conversion.precision = this.#number(largestPrecision, 'precision too big') ?? 0;
    }
    if ('hlL'.includes(this.#peek())) this.#next();
    conversion.kind = this.#peek();
    conversion.at = this.#at;
    this.#next();
    return convert(conversion, this.#take());
  }

  /** `(name)`; brackets nest. The value becomes what the conversion takes. */
  #key(): void {
    const start = this.#at + 1;
    let depth = 1;
    let end = start;
    for (; end < this.#text.length && depth > 0; end += 1) {
      if (this.#text[end] === '(') depth += 1;
      if (this.#text[end] === ')') depth -= 1;
    }
    if (depth > 0) throw new FormatFault('incomplete format key');
    this.#at = end;
    const name = this.#text.slice(start, end - 1).join('');
    const value = this.#names.get(name);
    if (value === undefined) throw new MissingName(name);
    this.#argument = value;
    this.#taken = false;
  }

  #number(largest: number, tooBig: string): number | null {
    if (this.#peek() === '*') {
      this.#next();
      // A star takes a number from the arguments; there the dict or a text is found, or nothing any more.
      const value = this.#take();
      if (typeof value !== 'number') throw new FormatFault('* wants int');
      return value;
    }
    let digits = '';
    while (/^[0-9]$/.test(this.#peek())) digits += this.#next();
    if (Number(digits) > largest) throw new FormatFault(tooBig);
    return digits === '' ? null : Number(digits);
  }

  #peek(): string {
    const character = this.#text[this.#at];
    if (character === undefined) throw new FormatFault('incomplete format');
    return character;
  }

  #next(): string {
    const character = this.#peek();
    this.#at += 1;
    return character;
  }

  #take(): FormatValue | Names {
    if (this.#taken) throw new FormatFault('not enough arguments for format string');
    this.#taken = true;
    return this.#argument;
  }
}

function typeName(value: FormatValue | Names): string {
  return typeof value === 'string' ? 'str' : typeof value === 'number' ? 'int' : 'dict';
}

/** `str(dict)`. */
function dictText(names: Names): string {
  const items = names.names().map((name) => {
    const value = names.get(name) ?? '';
    return `${repr(name)}: ${typeof value === 'number' ? String(value) : repr(value)}`;
  });
  return `{${items.join(', ')}}`;
}

function convert(conversion: Conversion, value: FormatValue | Names): string {
  const { kind, precision } = conversion;
  const plain = typeof value === 'object' ? dictText(value) : String(value);
  const cut = (text: string): string =>
    pad(conversion, '', precision < 0 ? text : Array.from(text).slice(0, precision).join(''), false);
  switch (kind) {
    case 's':
      return cut(plain);
    case 'r':
      return cut(typeof value === 'string' ? repr(value) : plain);
    case 'a':
      return cut(ascii(plain).slice(typeof value === 'string' ? 0 : 1, typeof value === 'string' ? undefined : -1));
    case 'c':
      return character(conversion, value);
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X':
      if (typeof value !== 'number') {
        const wanted = 'oxX'.includes(kind) ? 'an integer' : 'a real number';
        throw new FormatFault(`%${kind} format: ${wanted} is required, not ${typeName(value)}`);
      }
      return integer(conversion, value);
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      if (typeof value !== 'number') throw new FormatFault(`must be real number, not ${typeName(value)}`);
      return pad(conversion, sign(conversion, value), floating(conversion, Math.abs(value)), true);
    default: {
      const code = kind.codePointAt(0) ?? 0;
      const shown = code > 30 && code < 127 ? kind : '?';
      throw new FormatFault(
        `unsupported format character '${shown}' (0x${code.toString(16)}) at index ${conversion.at}`,
      );
    }
  }
}

function character(conversion: Conversion, value: FormatValue | Names): string {
  if (typeof value === 'number') {
    if (value < 0 || value > 0x10ffff) throw new FormatFault('%c arg not in range(0x110000)');
    return pad(conversion, '', String.fromCodePoint(value), false);
  }
  if (typeof value !== 'string' || Array.from(value).length !== 1) throw new FormatFault('%c requires int or char');
  return pad(conversion, '', value, false);
}

function integer(conversion: Conversion, value: number): string {
  const { kind, flags, precision } = conversion;
  if (precision > longest) throw new FormatFault('precision too large');
  const base = kind === 'o' ? 8 : kind.toLowerCase() === 'x' ? 16 : 10;
  let digits = Math.abs(value).toString(base).padStart(Math.max(precision, 0), '0');
  if (kind === 'X') digits = digits.toUpperCase();
  const prefix = flags.includes('#') && base !== 10 ? `0${kind}` : '';
  return pad(conversion, sign(conversion, value) + prefix, digits, true);
}

function floating({ kind, precision, flags }: Conversion, value: number): string {
  const places = precision < 0 ? 6 : Math.min(precision, 100);
  const lower = kind.toLowerCase();
  let text: string;
  if (lower === 'f') text = value.toFixed(places);
  else if (lower === 'e') text = exponent(value.toExponential(places));
  else {
    const digits = Math.max(places, 1);
    const power = value === 0 ? 0 : Number(value.toExponential(digits - 1).split('e')[1]);
    text = power < -4 || power >= digits ? value.toExponential(digits - 1) : value.toFixed(digits - 1 - power);
    // %g drops trailing zeros, unless # keeps them.
    if (!flags.includes('#') && text.includes('.')) text = text.replace(/\.?0+(?=e|$)/, '');
    text = exponent(text);
  }
  if (flags.includes('#') && !text.includes('.')) text = text.replace(/(?=e|$)/, '.');
  return kind === lower ? text : text.toUpperCase();
}

/** Python writes at least two digits of exponent. */
function exponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

function sign({ flags }: Conversion, value: number): string {
  if (value < 0) return '-';
  return flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
}

function pad({ flags, width }: Conversion, prefix: string, body: string, numeric: boolean): string {
  const gap = width - prefix.length - Array.from(body).length;
  if (gap <= 0) return prefix + body;
  if (gap > longest) throw new FormatFault('');
  if (flags.includes('-')) return prefix + body + ' '.repeat(gap);
  if (numeric && flags.includes('0')) return prefix + '0'.repeat(gap) + body;
  return ' '.repeat(gap) + prefix + body;
}
