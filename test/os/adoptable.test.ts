import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { adoptable } from '../../src/os/adoptable.ts';
import { interpreterOf } from '../../src/os/elf.ts';

const directory = mkdtempSync(join(tmpdir(), 'adoptable-'));
after(() => rmSync(directory, { recursive: true }));
const searchPath = '/usr/bin:/bin';

function written(name: string, content: string | Uint8Array, mode = 0o755): string {
  const file = join(directory, name);
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

/** A 64-bit ELF file of nothing but its headers. */
function elf(segments: readonly { type: number; content: string }[], bits = 2): Buffer {
  const header = Buffer.alloc(64 + segments.length * 56);
  header.write('\x7fELF', 0, 'latin1');
  header[4] = bits;
  header[5] = 1;
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(segments.length, 56);
  const contents: Buffer[] = [];
  let at = header.length;
  for (const [index, { type, content }] of segments.entries()) {
    const bytes = Buffer.from(content, 'latin1');
    header.writeUInt32LE(type, 64 + index * 56);
    header.writeBigUInt64LE(BigInt(at), 64 + index * 56 + 8);
    header.writeBigUInt64LE(BigInt(bytes.length), 64 + index * 56 + 32);
    contents.push(bytes);
    at += bytes.length;
  }
  return Buffer.concat([header, ...contents]);
}

const glibc = { type: 3, content: '/lib64/ld-linux-x86-64.so.2\0' };
const goNote = { type: 4, content: '\x04\0\0\0\x04\0\0\0\x04\0\0\0Go\0\0abcd' };
const gnuNote = { type: 4, content: '\x04\0\0\0\x04\0\0\0\x03\0\0\0GNU\0abcd' };

test('a real program of this system is known by its loader', () => {
  assert.deepEqual(adoptable('/usr/bin/env', searchPath), { kind: 'glibc', chain: ['/usr/bin/env'] });
});

test('musl is known by the name of its loader', () => {
  const file = written('musl', elf([{ type: 3, content: '/lib/ld-musl-aarch64.so.1\0' }]));
  assert.equal(adoptable(file, searchPath).kind, 'musl');
});

test('what the library cannot reach is refused, with the reason', () => {
  const cases: readonly [string, string][] = [
    ['static', written('static', elf([gnuNote]))],
    ['go', written('go', elf([glibc, gnuNote, goNote]))],
    ['go', written('go-static', elf([goNote]))],
    ['foreign', written('32-bit', elf([glibc], 1))],
    ['unknown-format', written('text', 'no program\n')],
    ['unknown-format', written('empty', '')],
    ['unknown-format', written('cut', elf([glibc]).subarray(0, 90))],
    ['not-executable', written('plain', elf([glibc]), 0o644)],
    ['not-executable', directory],
    ['missing', join(directory, 'nothing-here')],
    ['set-uid', written('set-uid', elf([glibc]), 0o4755)],
    ['set-uid', written('set-gid', elf([glibc]), 0o2755)],
  ];
  for (const [why, file] of cases) assert.deepEqual(adoptable(file, searchPath), { kind: 'no', why, chain: [file] });
});

test('a script is its interpreter, its own set-uid bit means nothing', () => {
  const file = written('script', '#! /bin/sh -e\necho\n', 0o4755);
  assert.deepEqual(adoptable(file, searchPath), { kind: 'glibc', chain: [file, '/bin/sh'] });
});

test('env is followed through the search path of the program', () => {
  copyFileSync('/bin/true', join(directory, 'runner'));
  const file = written('by-env', '#!/usr/bin/env -S A=1 runner --fast\n');
  const found = adoptable(file, `/nowhere:${directory}`);
  assert.deepEqual(found, { kind: 'glibc', chain: [file, '/usr/bin/env', join(directory, 'runner')] });
  assert.deepEqual(adoptable(file, '/nowhere'), {
    kind: 'no',
    why: 'missing',
    chain: [file, '/usr/bin/env', 'runner'],
  });
});

test('a script of a script is followed, one of itself is not followed for ever', () => {
  const inner = written('inner', '#!/bin/sh\n');
  const outer = written('outer', `#!${inner}\n`);
  assert.deepEqual(adoptable(outer, searchPath).chain, [outer, inner, '/bin/sh']);
  const circle = join(directory, 'circle');
  written('circle', `#!${circle}\n`);
  const found = adoptable(circle, searchPath);
  assert.equal(found.kind === 'no' && found.why, 'too-deep');
});

test('a static program made by the compiler is refused', { skip: !hasCompiler() }, () => {
  const source = written('main.c', 'int main(void) { return 0; }\n');
  const file = join(directory, 'static-main');
  execFileSync('cc', ['-static', source, '-o', file]);
  assert.deepEqual(adoptable(file, searchPath), { kind: 'no', why: 'static', chain: [file] });
});

test('no bytes make the reader throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(400), fc.nat(255), (noise, at, value) => {
      const bytes = Buffer.concat([elf([glibc, goNote]), Buffer.from(noise)]);
      bytes[at % bytes.length] = value;
      interpreterOf((offset, size) => bytes.subarray(offset, offset + size));
      interpreterOf((offset, size) => Buffer.from(noise).subarray(offset, offset + size));
    }),
  );
});

function hasCompiler(): boolean {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
