import assert from 'node:assert/strict';
import { test } from 'node:test';
import { good, onlyGroup, refused } from './memory-host.ts';

const programs = '[program:a]\ncommand=a %(group_name)s\n[program:b]\ncommand=b\npriority=1\n';

test('a group takes its programs out of groups of their own and keeps their order', () => {
  const group = onlyGroup(good(`[group:g]\nprograms=a, b\npriority=5\n${programs}`));
  assert.deepEqual([group.name, group.priority, group.type], ['g', 5, 'group']);
  assert.deepEqual(
    group.processes.map((process) => process.key),
    ['g:a', 'g:b'],
  );
  assert.equal(group.processes[0]?.command, 'a g');
});

test('a program in two groups is in both', () => {
  const config = good(`[group:g]\nprograms=a\n[group:h]\nprograms=a,b\n${programs}`);
  assert.deepEqual(
    config.groups.map((group) => group.processes.map((process) => process.key)),
    [['g:a'], ['h:a', 'h:b']],
  );
});

test('groups are sorted by priority, then name', () => {
  const config = good('[program:z]\ncommand=x\n[program:c]\ncommand=x\n[program:y]\ncommand=x\npriority=1\n');
  assert.deepEqual(
    config.groups.map((group) => group.name),
    ['y', 'c', 'z'],
  );
});

test('a group without programs is empty', () => assert.deepEqual(onlyGroup(good('[group:g]\n')).processes, []));

test('an fcgi-program in a group keeps its socket, unless it has none', () => {
  const group = onlyGroup(good('[group:g]\nprograms=f\n[fcgi-program:f]\ncommand=x\nsocket=tcp://h:1\n'));
  assert.equal(group.type, 'group');
  assert.equal(group.socket, null);
  assert.deepEqual(
    group.processes.map(({ listenAs, listen }) => [listenAs, listen.length]),
    [['stdin', 1]],
  );
  const without = onlyGroup(good('[group:g]\nprograms=f\n[fcgi-program:f]\ncommand=x\n'));
  assert.deepEqual(without.processes[0]?.listen, []);
});

test('an unknown program is refused, from the second on with the section of the one before', () => {
  assert.deepEqual(refused(`[group:g]\nprograms=x\n${programs}`), {
    message: '[group:g] names unknown program or fcgi-program x',
    at: '/etc/legato.conf:3',
  });
  assert.deepEqual(refused(`[group:g]\nprograms=a,x\n${programs}`), {
    message: '[program:a] names unknown program or fcgi-program x',
    at: '/etc/legato.conf:3',
  });
});

test('a name of two kinds is ambiguous', () => {
  assert.deepEqual(refused(`[group:g]\nprograms=a\n${programs}[fcgi-program:a]\ncommand=x\nsocket=tcp://h:1\n`), {
    message: '[group:g] name a is ambiguous (exists as program and fcgi-program)',
    at: '/etc/legato.conf:3',
  });
});

test('an error in a grouped program names the program', () => {
  assert.deepEqual(refused('[group:g]\nprograms=a\n[program:a]\ncommand=x\npriority=x\n'), {
    message: "invalid literal for int() with base 10: 'x' in section 'program:a' (file: '/etc/legato.conf')",
    at: '/etc/legato.conf:6',
  });
});
