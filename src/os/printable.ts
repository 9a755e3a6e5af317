/**
 * What a stranger has written (a command line, the name of a process, a line of output) as part of a line of ours, in a log or on a terminal:
 * it must neither begin a line of its own nor speak to the terminal.
 */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\t]/gu, '?');
}
