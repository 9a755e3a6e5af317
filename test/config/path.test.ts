import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dirname, expandUser, join, normalize, resolvePath } from '../../src/config/path.ts';
import { memoryHost } from './memory-host.ts';

test('normalize keeps two leading slashes and no more', () => {
  assert.equal(normalize('//run/./x/../sock'), '//run/sock');
  assert.equal(normalize('///run//sock/'), '/run/sock');
  assert.equal(normalize('/../a'), '/a');
  assert.equal(normalize('../../a/..'), '../..');
  assert.equal(normalize(''), '.');
});

test('dirname and join are those of POSIX', () => {
  assert.deepEqual(['/a/b', '/a', 'a', 'a//b', '/'].map(dirname), ['/a', '/', '', 'a', '/']);
  assert.deepEqual([join('/a', 'b'), join('/a/', 'b'), join('/a', '/b'), join('', 'b')], ['/a/b', '/a/b', '/b', 'b']);
});

test('~ is HOME, else the home of the user; ~name that of the name; an unknown name stays', () => {
  assert.equal(expandUser('~/x', memoryHost({}, { HOME: '/h/' })), '/h/x');
  assert.equal(expandUser('~/x', memoryHost({})), '/root/x');
  assert.equal(expandUser('~web', memoryHost({})), '/home/web');
  assert.equal(expandUser('~nobody/x', memoryHost({})), '~nobody/x');
  assert.equal(expandUser('~', memoryHost({}, { HOME: '/' })), '/');
});

test('a relative path is taken from the working directory', () => {
  assert.equal(resolvePath('a/../b', memoryHost({})), '/base/b');
});
