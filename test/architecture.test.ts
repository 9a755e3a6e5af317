import assert from 'node:assert/strict';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { test } from 'node:test';

const repository = join(import.meta.dirname, '..');
const src = join(repository, 'src');

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
  'src/core/process.ts': 'the one table of the process and the rules it keeps, which are read together',
};

function sources(below: string = src): string[] {
  return readdirSync(below, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(below, name));
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

/** The arrows of what tries and measures the house. A file belongs to the first place that fits; that may import itself, src/ and these. */
const trials: readonly (readonly [place: string, mayImport: readonly string[]])[] = [
  ['test/support/', []],
  ['test/e2e/', ['test/', 'bench/']],
  ['test/', ['scripts/']],
  ['bench/', ['test/support/']],
];

test('test/support imports nothing of what stands on it: bench, which the end-to-end tests may import, and the other tests', () => {
  const files = [...sources(join(repository, 'test')), ...sources(join(repository, 'bench'))];
  assert.ok(files.length > 100, 'the tests were found');
  const wrong: string[] = [];
  for (const file of files) {
    const name = relative(repository, file);
    const [place, mayImport] = trials.find(([beginning]) => name.startsWith(beginning)) ?? assert.fail(name);
    for (const specifier of importsOf(file).filter((own) => own.startsWith('.'))) {
      const target = relative(repository, join(dirname(file), specifier));
      if (!['src/', place, ...mayImport].some((beginning) => target.startsWith(beginning)))
        wrong.push(`${name} imports ${specifier}`);
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
  const long = ['src', 'test', 'bench', 'scripts']
    .flatMap((room) => sources(join(repository, room)))
    .map((file) => ({ name: relative(repository, file), lines: readFileSync(file, 'utf8').split('\n').length }))
    .filter(({ name, lines }) => lines > 400 && longFiles[name] === undefined);
  assert.deepEqual(long, []);
});

/**
 * The files and folders that a row names in backticks, from the root: what does not begin there is in the folder of the path before it, a word in
 * capitals stands for any.
 */
function placesOf(row: string): string[] {
  let folder = '';
  return [...row.matchAll(/`([\w.*/-]+)`/g)].flatMap(([, name = '']) => {
    if (!/\/|\.(?:ts|py|c|h|sh)$/.test(name)) return [];
    const [first = ''] = name.split('/');
    const place = name.includes('/') && existsSync(join(repository, first)) ? name : join(folder, name);
    folder = place.endsWith('/') ? place : dirname(place);
    return [place.replace(/\b[A-Z]+\b/, '*')];
  });
}

test('every file that a table of ARCHITECTURE.md names is there', () => {
  const rows = readFileSync(join(repository, 'ARCHITECTURE.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| '));
  const places = rows.flatMap(placesOf);
  assert.ok(places.length > 150, `${places.length} places were found`);
  assert.deepEqual(
    places.filter((place) => globSync(place, { cwd: repository }).length === 0),
    [],
  );
});

test('every `npm run` that a page speaks of is a script of package.json', () => {
  const pages = ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', ...globSync('docs/**/*.md', { cwd: repository })];
  const manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { scripts: object };
  const wrong = pages.flatMap((page) =>
    [...readFileSync(join(repository, page), 'utf8').matchAll(/npm run (?:--silent )?([\w:-]+)/g)]
      .filter(([, name = '']) => !Object.hasOwn(manifest.scripts, name))
      .map(([words]) => `${page}: ${words}`),
  );
  assert.deepEqual(wrong, []);
});
