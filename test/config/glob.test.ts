import assert from 'node:assert/strict';
import { test } from 'node:test';
import { glob } from '../../src/config/glob.ts';
import { memoryHost } from './memory-host.ts';

const host = memoryHost({
  '/c/a.conf': '',
  '/c/b.conf': '',
  '/c/b1.ini': '',
  '/c/.hidden.conf': '',
  '/c/-.conf': '',
  '/c/d/x.conf': '',
  '/c/e/x.conf': '',
  '/c/e/y.conf': '',
  '/c/[.conf': '',
});

const found: readonly (readonly [string, readonly string[]])[] = [
  ['/c/*.conf', ['/c/-.conf', '/c/[.conf', '/c/a.conf', '/c/b.conf']],
  ['/c/.*.conf', ['/c/.hidden.conf']],
  ['/c/?.conf', ['/c/-.conf', '/c/[.conf', '/c/a.conf', '/c/b.conf']],
  ['/c/[ab].conf', ['/c/a.conf', '/c/b.conf']],
  ['/c/[!a].conf', ['/c/-.conf', '/c/[.conf', '/c/b.conf']],
  ['/c/[b-z]*', ['/c/b.conf', '/c/b1.ini', '/c/d', '/c/e']],
  ['/c/[a-].conf', ['/c/-.conf', '/c/a.conf']],
  ['/c/[.c*', ['/c/[.conf']],
  ['/c/*/x.conf', ['/c/d/x.conf', '/c/e/x.conf']],
  ['/c/*/[y]*', ['/c/e/y.conf']],
  ['/c/**/y.conf', ['/c/e/y.conf']],
  ['/c/a.conf', ['/c/a.conf']],
  ['/c/none', []],
  ['/c/*/', ['/c/d/', '/c/e/']],
  ['/c/*/none', []],
  ['/nope/*', []],
];

for (const [pattern, wanted] of found) {
  test(`glob ${pattern}`, () => assert.deepEqual(glob(pattern, host).sort(), wanted));
}
