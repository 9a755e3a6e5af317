import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';

type Module = { readonly exports: unknown };
type Part = (
  exports: unknown,
  require: (name: string) => unknown,
  module: Module,
  filename: string,
  dirname: string,
) => void;

/**
 * Loads a part of a program, and with it those it needs, each once. A part is a file of the bundle that yields a function (rolldown.config.ts).
 * In `code/` beside it lies what V8 had made of it in a small life (scripts/keep-code.ts), which is half of a start. What is not there, or of
 * another Node, is compiled as ever.
 */
export function loadPart(directory: string, name: string): void {
  const nodes = createRequire(join(directory, name));
  const loaded = new Map<string, Module>();
  const load = (wanted: string): unknown => {
    const known = loaded.get(wanted);
    if (known !== undefined) return known.exports;
    const module: Module = { exports: {} };
    loaded.set(wanted, module);
    const file = join(directory, wanted);
    const text = readFileSync(file, 'latin1');
    const cachedData = bytesOf(codeFile(file, text));
    const part: unknown = new Script(text, { filename: file, ...(cachedData && { cachedData }) }).runInThisContext();
    if (!isPart(part)) throw new Error(`${file} is no part of a program: run npm run build`);
    part(module.exports, (other) => (other.startsWith('./') ? load(other) : nodes(other)), module, file, directory);
    return module.exports;
  };
  load(name);
}

/** Where V8's code for a part is kept: by the hash that the part begins with, so that it is of this very text, and for this machine. */
export function codeFile(file: string, text: string): string {
  return join(dirname(file), 'code', `${text.slice(2, 18)}-${process.arch}`);
}

function bytesOf(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch {
    return null;
  }
}

function isPart(found: unknown): found is Part {
  return typeof found === 'function';
}
