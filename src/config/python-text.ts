/**
 * The few habits of Python's `str` that show in Supervisor's behaviour and error texts.
 * Source: the Python language reference, "Text Sequence Type", and runs of Python 3.11.
 */

/** Characters `str.strip()` removes: Unicode white space and the four separators U+001C to U+001F, but no byte order mark. */
export function isSpace(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d) || (code >= 0x1c && code <= 0x1f);
  if (code < 0x2000) return code === 0x85 || code === 0xa0 || code === 0x1680;
  return code <= 0x200a || code === 0x2028 || code === 0x2029 || code === 0x202f || code === 0x205f || code === 0x3000;
}

/** Whether Python's `\s` is found in it. */
export function hasSpace(text: string): boolean {
  return Array.from(text).some((character) => isSpace(character.charCodeAt(0)));
}

/** `text.rstrip()`. */
export function stripEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** `text.strip()`. */
export function strip(text: string): string {
  let start = 0;
  while (start < text.length && isSpace(text.charCodeAt(start))) start += 1;
  return stripEnd(start === 0 ? text : text.slice(start));
}

/** `text.split()`: words between runs of white space. */
export function words(text: string): string[] {
  const found: string[] = [];
  let start = -1;
  for (let i = 0; i <= text.length; i += 1) {
    if (i < text.length && !isSpace(text.charCodeAt(i))) {
      if (start < 0) start = i;
    } else if (start >= 0) {
      found.push(text.slice(start, i));
      start = -1;
    }
  }
  return found;
}

const named: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** `repr(text)`: quoted, with everything that does not print escaped. */
export function repr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = quote;
  for (const character of text) {
    const escape = named[character];
    if (escape !== undefined) out += escape;
    else if (character === quote) out += `\\${character}`;
    else if (character !== ' ' && /[\p{C}\p{Z}]/u.test(character)) out += hexEscape(character);
    else out += character;
  }
  return out + quote;
}

/** `ascii(text)`: `repr` with everything outside ASCII escaped. */
export function ascii(text: string): string {
  return repr(text).replace(/[^\p{ASCII}]/gu, hexEscape);
}

function hexEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}

/** `repr` of a list of strings. */
export function reprList(texts: readonly string[]): string {
  return `[${texts.map(repr).join(', ')}]`;
}

const surrogate = /[\ud800-\udfff]/;

/** Order of Python's `sorted()` and `<` on strings: by code points, where JavaScript compares UTF-16 units. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  if (!surrogate.test(a) && !surrogate.test(b)) return a < b ? -1 : 1;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    // A surrogate stands for a code point above every other unit.
    if (x !== y) return aboveSurrogates(x) - aboveSurrogates(y);
  }
  return a.length - b.length;
}

function aboveSurrogates(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}
