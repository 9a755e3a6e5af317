import type { FormatValue, Names } from './percent-format.ts';

/*
 * `%(generation)s` and `%(generation_slot)s` have no value before a process is spawned: a configuration carries a mark in their place. The marks
 * are noncharacters of Unicode, which no text has, and word characters to the lexer of `environment`.
 */

/** The number of the generation. */
const generationMark = '\uFDD0';
/** The lowest number from 0 on that no other generation of the process has, of those that live. */
export const slotMark = '\uFDD1';

const marks: Readonly<Record<string, string>> = { generation: generationMark, generation_slot: slotMark };

/** What is not known before the spawn, of one generation. */
export type Numbers = { readonly generation: number; readonly slot: number };

/** The names of a value that is expanded at each spawn. Supervisor has no such names, so that its messages do not list them. */
export class SpawnNames implements Names {
  readonly #outer: Names;

  constructor(outer: Names) {
    this.#outer = outer;
  }

  get(name: string): FormatValue | undefined {
    return this.#outer.get(name) ?? (Object.hasOwn(marks, name) ? marks[name] : undefined);
  }

  names(): string[] {
    return this.#outer.names();
  }
}

/** Whether each generation has its own. */
export function isMarked(text: string): boolean {
  return Object.values(marks).some((mark) => text.includes(mark));
}

export function filled(text: string, { generation, slot }: Numbers): string {
  return text.replaceAll(generationMark, String(generation)).replaceAll(slotMark, String(slot));
}

/** With the same text for all marks. */
export function filledWith(text: string, every: string): string {
  return Object.values(marks).reduce((now, mark) => now.replaceAll(mark, every), text);
}

/** A value as it is shown where there is no generation. */
export function asWritten(text: string): string {
  return isMarked(text)
    ? Object.entries(marks).reduce((now, [name, mark]) => now.replaceAll(mark, `%(${name})s`), text)
    : text;
}
