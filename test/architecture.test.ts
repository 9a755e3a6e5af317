import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { test } from 'node:test';

const src = join(import.meta.dirname, '..', 'src');

/** The arrows of the house: a room may import itself and these. */
const mayImport: Record<string, readonly string[]> = {
  core: [],
  config: ['core'],
  os: ['core', 'config'],
  control: ['core'],
  cli: ['config', 'control', 'os'],
  web: ['core', 'control'],
  daemon: ['core', 'config', 'os', 'control', 'web'],
  entry: [],
};

/** Rooms that know no Node at all. */
const pure = new Set(['core', 'config']);

/** Files of more than 400 lines, each with its reason. */
const longFiles: Record<string, string> = {
  'core/process.ts': 'the one table of the process and the rules it keeps, which are read together',
};

function sources(): string[] {
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(src, name));
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:\bfrom|\bimport\(|^import)\s*['"]([^'"]+)['"]/gm)].map((match) => match[1] ?? '');
}

const roomOf = (file: string): string => relative(src, file).split(sep)[0] ?? '';

test('every import follows an arrow of the house', () => {
  const files = sources();
  assert.ok(files.length > 20, 'the sources were found');
  const wrong: string[] = [];
  for (const file of files) {
    const room = roomOf(file);
    for (const specifier of importsOf(file)) {
      if (!specifier.startsWith('.')) {
        if (pure.has(room)) wrong.push(`${relative(src, file)} imports ${specifier}: ${room} is pure`);
        continue;
      }
      const target = roomOf(join(dirname(file), specifier));
      if (target !== room && !(mayImport[room] ?? []).includes(target))
        wrong.push(`${relative(src, file)} imports ${specifier}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('every room is in the list of arrows', () => {
  const rooms = new Set(sources().map(roomOf));
  assert.deepEqual([...rooms].sort(), Object.keys(mayImport).sort());
});

test('services are never started by Node: only os/ may know child_process, for look-ups', () => {
  const users = sources().filter((file) => importsOf(file).includes('node:child_process') && roomOf(file) !== 'os');
  assert.deepEqual(users, []);
});

test('no file is longer than 400 lines without a written reason', () => {
  const long = sources()
    .map((file) => ({ name: relative(src, file), lines: readFileSync(file, 'utf8').split('\n').length }))
    .filter(({ name, lines }) => lines > 400 && longFiles[name] === undefined);
  assert.deepEqual(long, []);
});
