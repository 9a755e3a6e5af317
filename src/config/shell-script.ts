/** What a script of `sh -c` comes down to. */
export type ScriptProgram = {
  /** The command of its program, without `exec`. */
  readonly command: string;
  /** How the shell that runs it becomes the program: any shell by `exec`; bash also by its last command. null: it stays above it. */
  readonly becomes: 'by exec' | 'as last' | null;
};

/** A command of a script, and what ends it (`;`, `&&`, `||`, `|`, `&`, a line's end). Quotes hold one together; `2>&1` ends nothing. */
const command = /((?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[<>]&|&>|[^'"\\;&|\n])+)([;&|\n]*)/gs;

/** What prepares or ends a script, and is no program of its own. */
const beside = new Set(
  '. : cd echo exit export false kill printf pwd read return set shift source test trap true ulimit umask unset wait ['.split(
    ' ',
  ),
);

/** As bash 5.2 does it: it becomes its last command unless that is part of a pipe, is redirected, or a trap has yet to run. */
export function programIn(script: string): ScriptProgram {
  const commands = [...script.matchAll(command)]
    .map(([, text = '', end = '']) => ({ text: text.trim(), isPiped: /^(?:\||&)$/.test(end.trim()) }))
    .filter(({ text }) => text !== '');
  const executed = commands
    .map(({ text }) => /^exec\s+(?!\d*[<>]|&>)(.*)/s.exec(text)?.[1])
    .find((text) => text !== undefined);
  if (executed !== undefined) return { command: executed, becomes: 'by exec' };
  const at = commands.findLastIndex(({ text }) => !beside.has(text.split(/\s/, 1)[0] ?? ''));
  const found = commands[at];
  if (found === undefined) return { command: '', becomes: null };
  const isLast = at === commands.length - 1 && !commands.some(({ text, isPiped }) => isPiped || /^trap\s/.test(text));
  return { command: found.text, becomes: isLast && !/[<>]/.test(found.text) ? 'as last' : null };
}
