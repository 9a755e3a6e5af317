/**
 * A command line as its words: Python's `shlex.split` in POSIX mode, which Supervisor uses. No shell: `$`, `*`, `;` and `#` are characters.
 * @throws Error `No closing quotation` or `No escaped character`.
 */
export function splitCommand(command: string): string[] {
  const words: string[] = [];
  /** null: no word has begun; a quoted nothing is a word. */
  let word: string | null = null;
  let quote = '';
  for (let i = 0; i < command.length; i += 1) {
    const character = command.charAt(i);
    if (quote === "'") {
      if (character === quote) quote = '';
      else word = (word ?? '') + character;
    } else if (character === '\\') {
      i += 1;
      if (i >= command.length) throw new Error('No escaped character');
      const escaped = command.charAt(i);
      // Inside double quotes a backslash escapes only itself and the quote.
      const kept = quote !== '' && escaped !== '\\' && escaped !== quote ? '\\' : '';
      word = (word ?? '') + kept + escaped;
    } else if (quote !== '') {
      if (character === quote) quote = '';
      else word = (word ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (character === ' ' || character === '\t' || character === '\r' || character === '\n') {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== '') throw new Error('No closing quotation');
  if (word !== null) words.push(word);
  return words;
}
