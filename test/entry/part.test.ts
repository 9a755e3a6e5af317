import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Script } from 'node:vm';
import { codeFile, loadPart } from '../../src/entry/part.ts';
import { scratchDirectory } from '../os/scratch.ts';

const bundle = join(import.meta.dirname, '../../dist/bundle');

/** A part as rolldown.config.ts writes it, with a hash that is only as long as one. */
const wrapped = (hash: string, code: string): string =>
  `/*${hash}*/(function(exports,require,module,__filename,__dirname){${code}\n})`;

/** A program of two parts, each of which counts how often it has run. */
function program(t: TestContext): { dir: string; runs: () => Record<string, number> } {
  const dir = scratchDirectory(t);
  mkdirSync(join(dir, 'code'));
  const count = (name: string): string => `const runs=globalThis.partRuns;runs.${name}=(runs.${name}??0)+1;`;
  writeFileSync(
    join(dir, 'one.cjs'),
    wrapped('0123456789abcdef', `${count('one')}require('./two.cjs').twice();require('./two.cjs')`),
  );
  writeFileSync(
    join(dir, 'two.cjs'),
    wrapped('fedcba9876543210', `${count('two')}exports.twice=()=>{require('node:fs');${count('call')}}`),
  );
  const runs: Record<string, number> = {};
  Reflect.set(globalThis, 'partRuns', runs);
  return { dir, runs: () => runs };
}

test('a part runs once, and what it needs with it', (t) => {
  const { dir, runs } = program(t);
  loadPart(dir, './one.cjs');
  assert.deepEqual(runs(), { one: 1, two: 1, call: 1 });
});

test('code that is cut off, or is none at all, changes nothing', (t) => {
  const { dir, runs } = program(t);
  const text = readFileSync(join(dir, 'one.cjs'), 'latin1');
  const code = new Script(text).createCachedData();
  for (const bytes of [Buffer.alloc(0), Buffer.from('no code'), code.subarray(0, code.length - 8), code]) {
    writeFileSync(codeFile(join(dir, 'one.cjs'), text), bytes);
    loadPart(dir, './one.cjs');
  }
  assert.deepEqual(runs(), { one: 4, two: 4, call: 4 });
});

test('the code of another text is not found: its name is the hash of the text', (t) => {
  const { dir } = program(t);
  const [one = '', two = ''] = ['one.cjs', 'two.cjs'].map((name) => join(dir, name));
  assert.notEqual(codeFile(one, readFileSync(one, 'latin1')), codeFile(two, readFileSync(two, 'latin1')));
});

test('what the build has kept is what this Node takes, for the parts of every start', () => {
  const names = readdirSync(bundle).filter((name) => name.endsWith('.cjs'));
  const kept = readdirSync(join(bundle, 'code'));
  const taken: string[] = [];
  for (const name of names) {
    const file = join(bundle, name);
    const text = readFileSync(file, 'latin1');
    const code = codeFile(file, text);
    if (!kept.includes(basename(code))) continue;
    const script = new Script(text, { filename: file, cachedData: readFileSync(code) });
    assert.equal(script.cachedDataRejected, false, name);
    taken.push(name);
  }
  assert.equal(taken.length, kept.length, 'nothing is kept that belongs to no part');
  for (const name of ['daemon.cjs', 'cli.cjs', 'methods.cjs']) assert.ok(taken.includes(name), name);
});

test('without the code the programs run as well', (t) => {
  const dir = scratchDirectory(t);
  execFileSync('cp', ['-a', bundle, dir]);
  rmSync(join(dir, 'bundle/code'), { recursive: true });
  const said = execFileSync(process.execPath, [join(dir, 'bundle/legatod.cjs'), '--version'], { encoding: 'utf8' });
  assert.match(said, /^\d+\.\d+/);
});
