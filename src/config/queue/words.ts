/** The words of a command line, those of nested command lines too, and each program without its directory. */
export function wordsOf(command: string): readonly string[] {
  const words = command.split(/[\s'"`;&|()]+/).filter((word) => word !== '');
  return words.map((word) => (word.startsWith('-') ? word : word.slice(word.lastIndexOf('/') + 1)));
}

/** Whether it starts something in the background: then it is more than one program, whatever its words are. */
export function hasBackground(command: string): boolean {
  return /(?<![&>])&(?=[\s"']|$)/.test(command);
}

/** The first of these options that is given, also as `--option=value`. */
export function optionIn(words: readonly string[], options: readonly string[]): string | null {
  return options.find((option) => words.some((word) => word === option || word.startsWith(`${option}=`))) ?? null;
}

/** What these options are given, also as `--option=value`. */
export function valuesOf(words: readonly string[], options: readonly string[]): readonly string[] {
  return words.flatMap((word, index) => {
    const option = options.find((one) => word === one || word.startsWith(`${one}=`));
    if (option === undefined) return [];
    return [word === option ? (words[index + 1] ?? '') : word.slice(option.length + 1)];
  });
}

/** What follows the first of these words; null: none of them is there. */
export function afterAny(words: readonly string[], names: readonly string[]): readonly string[] | null {
  const at = words.findIndex((word) => names.includes(word));
  return at < 0 ? null : words.slice(at + 1);
}

/** Options after which a command begins, not their value. */
const before = new Set(['-c', '-lc', '-ic', '-m', '--']);

/** As `afterAny`, for a name that alone says what runs: no value of an option and no file that somebody reads. */
export function afterProgram(words: readonly string[], names: readonly string[]): readonly string[] | null {
  if (readers.has(words[0] ?? '')) return null;
  const at = words.findIndex((word, index) => {
    const former = words[index - 1] ?? '';
    return names.includes(word) && (!former.startsWith('-') || before.has(former));
  });
  return at < 0 ? null : words.slice(at + 1);
}

const readers = new Set(['tail', 'cat', 'less', 'grep', 'logger', 'multitail']);
