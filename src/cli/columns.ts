/** Sets words in as few rows as fit into a width, read downwards, two blanks apart: the layout of Python's cmd module. */
export function columns(words: readonly string[], width: number): string[] {
  for (let rows = 1; rows <= words.length; rows += 1) {
    const count = Math.ceil(words.length / rows);
    const widths = Array.from({ length: count }, (_, column) =>
      Math.max(...words.slice(column * rows, (column + 1) * rows).map((word) => word.length)),
    );
    const total = widths.reduce((sum, each) => sum + each + 2, -2);
    if (total > width && rows < words.length) continue;
    return Array.from({ length: rows }, (_, row) =>
      widths
        .map((each, column) => ({ word: words[column * rows + row] ?? '', each }))
        .filter(({ word }) => word !== '')
        .map(({ word, each }) => word.padEnd(each))
        .join('  '),
    );
  }
  return [];
}
