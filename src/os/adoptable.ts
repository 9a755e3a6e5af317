/**
 * Whether the preload library adopt (docs/adopt.md) can reach a program, known before it is started: from its file alone.
 *
 * The dynamic loader that the file names (ELF PT_INTERP, elf(5)) decides which build of the library fits. A file without
 * one is static: nothing is ever preloaded. Set-uid and set-gid programs, and those with file capabilities, run in secure
 * mode, in which the loader ignores LD_PRELOAD paths (ld.so(8)). A Go program makes its system calls itself: a library
 * that catches `bind()` is never asked. A script is its interpreter (execve(2)).
 */
import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type ElfFacts, interpreterOf } from './elf.ts';

export type Refusal =
  | 'missing'
  | 'not-executable'
  | 'unknown-format'
  | 'static'
  | 'go'
  | 'set-uid'
  | 'foreign'
  | 'too-deep';

export type Adoptable =
  | { readonly kind: 'glibc' | 'musl'; readonly chain: readonly string[] }
  | { readonly kind: 'no'; readonly why: Refusal; readonly chain: readonly string[] };

/** Interpreters of interpreters that execve(2) follows. */
const deepest = 4;

/** What the kernel reads of a script's first line (BINPRM_BUF_SIZE). */
const firstLine = 256;

/**
 * Looks at the program at an absolute path, through `#!` lines and `env`, down to the file whose loader will run.
 * `chain` is every file looked at, in order. `path` is the search path of the program's environment, for `#!/usr/bin/env`.
 * Reads files and never throws.
 */
export function adoptable(program: string, path: string): Adoptable {
  const chain: string[] = [];
  let next = program;
  while (chain.length <= deepest) {
    chain.push(next);
    const found = look(next);
    if ('why' in found) return { kind: 'no', why: found.why, chain };
    if ('loader' in found) return { kind: found.loader, chain };
    const interpreter = found.words[0] ?? '';
    next = basename(interpreter) === 'env' ? throughEnv(found.words, path, chain) : interpreter;
  }
  return { kind: 'no', why: 'too-deep', chain };
}

type Found = { readonly why: Refusal } | { readonly loader: 'glibc' | 'musl' } | { readonly words: readonly string[] };

function look(file: string): Found {
  let handle: number;
  try {
    const stat = statSync(file);
    if (!stat.isFile() || (stat.mode & 0o111) === 0) return { why: 'not-executable' };
    handle = openSync(file, 'r');
    // The kernel ignores set-uid bits of scripts, so they matter only for what is not one.
    try {
      const start = Buffer.alloc(firstLine);
      const length = readSync(handle, start, 0, firstLine, 0);
      if (start.toString('latin1', 0, 2) === '#!') return { words: scriptWords(start.subarray(2, length)) };
      if ((stat.mode & 0o6000) !== 0) return { why: 'set-uid' };
      return ofElf(interpreterOf((at, size) => readAt(handle, at, size)));
    } finally {
      closeSync(handle);
    }
  } catch {
    return { why: 'missing' };
  }
}

function readAt(handle: number, at: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  return bytes.subarray(0, readSync(handle, bytes, 0, size, at));
}

function ofElf(elf: ElfFacts | null): Found {
  if (elf === null) return { why: 'unknown-format' };
  if (!elf.native) return { why: 'foreign' };
  if (elf.go) return { why: 'go' };
  if (elf.interpreter === null) return { why: 'static' };
  // musl's loader is always called so; glibc's name differs by architecture.
  return {
    loader: /\/ld-musl-/.test(realNameOf(elf.interpreter)) || /\/ld-musl-/.test(elf.interpreter) ? 'musl' : 'glibc',
  };
}

function realNameOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

/** The interpreter and at most one argument, which may hold blanks (execve(2)). */
function scriptWords(line: Buffer): string[] {
  const text = (line.toString('utf8').split('\n', 1)[0] ?? '').trim();
  const blank = text.search(/[ \t]/);
  return blank < 0 ? [text] : [text.slice(0, blank), text.slice(blank).trim()];
}

/** The program that `env` will run: the first word that is neither an option nor an assignment. */
function throughEnv(words: readonly string[], path: string, chain: string[]): string {
  chain.push(words[0] ?? '');
  const command = (words[1] ?? '')
    .split(/[ \t]+/)
    .find((word) => word !== '' && !word.startsWith('-') && !word.includes('='));
  if (command === undefined || command.includes('/')) return command ?? '';
  for (const directory of path.split(':')) {
    const candidate = join(directory === '' ? '.' : directory, command);
    try {
      const stat = statSync(candidate);
      if (stat.isFile() && (stat.mode & 0o111) !== 0) return candidate;
    } catch {
      // Not in this directory.
    }
  }
  return command;
}
