import { ConfigError } from './config-error.ts';

/**
 * `KEY=value,KEY2="va,lue"`: the lexer of Supervisor 4.2.5, which is Python's shlex in its legacy mode with `/.+-():` among
 * the word characters. No escapes; a quote inside a word is a character of it; the token after a pair may be anything.
 * @throws ConfigError for what is not pairs, and for an open quote.
 */
export function parseEnvironment(text: string): Record<string, string> {
  const tokens = tokenize(text);
  const found = new Map<string, string>();
  for (let i = 0; i < tokens.length; i += 4) {
    const name = tokens[i];
    const value = tokens[i + 2];
    if (name === undefined || value === undefined || tokens[i + 1] !== '=') {
      throw new ConfigError(`Unexpected end of key/value pairs in value '${text}'`);
    }
    found.set(name, value.replace(/^['"]+|['"]+$/g, ''));
  }
  return Object.fromEntries(found);
}

const blank = /[ \t\r\n]/;
// The last one stands for the number of a generation (generation-name.ts).
const word = /[A-Za-z0-9_/.+\-():\uFDD0]/;

function tokenize(text: string): string[] {
  const characters = Array.from(text);
  const tokens: string[] = [];
  let token = '';
  /** null: between tokens; a quote: inside it; 'word'. */
  let state: string | null = null;
  for (let i = 0; i < characters.length; i += 1) {
    const character = characters[i] ?? '';
    if (state === '"' || state === "'") {
      token += character;
      if (character !== state) continue;
      tokens.push(token);
      token = '';
      state = null;
    } else if (character === '#') {
      // A comment to the end of the line; a word goes on behind it.
      while (i < characters.length && characters[i] !== '\n') i += 1;
    } else if (state === 'word') {
      if (word.test(character) || character === '"' || character === "'") {
        token += character;
        continue;
      }
      tokens.push(token);
      token = '';
      state = null;
      if (!blank.test(character)) tokens.push(character);
    } else if (character === '"' || character === "'") {
      token = character;
      state = character;
    } else if (word.test(character)) {
      token = character;
      state = 'word';
    } else if (!blank.test(character)) {
      tokens.push(character);
    }
  }
  if (state === '"' || state === "'") throw new ConfigError('No closing quotation');
  if (token !== '') tokens.push(token);
  return tokens;
}
