import assert from 'node:assert/strict';
import { test } from 'node:test';
import { good, onlyProcess, refused } from './memory-host.ts';

const include = (pattern: string): string => `[include]\nfiles = ${pattern}\n`;

test('the matches of each pattern are read in the order of their names, and later files win key by key', () => {
  const files = {
    '/etc/d/b.conf': '[program:a]\ncommand=second\n',
    '/etc/d/a.conf': '[program:a]\ncommand=first\nstartsecs=7\n',
  };
  const config = good(include('d/*.conf'), { files });
  assert.deepEqual([onlyProcess(config).command, onlyProcess(config).startsecs], ['second', 7]);
  assert.deepEqual(
    config.messages.map((message) => `${message.level} ${message.text}`),
    [
      'info Included extra file "/etc/d/a.conf" during parsing',
      'info Included extra file "/etc/d/b.conf" during parsing',
    ],
  );
});

test('a pattern without a match is warned about, before the information', () => {
  const config = good(include('d/a.conf %(here)s/nope/*.conf'), { files: { '/etc/d/a.conf': '' } });
  assert.deepEqual(
    config.messages.map((message) => `${message.level} ${message.text}`),
    ['warn No file matches via include "/etc/nope/*.conf"', 'info Included extra file "/etc/d/a.conf" during parsing'],
  );
});

test('here is the directory of the file that says it', () => {
  const files = { '/etc/d/a.conf': '[program:a]\ncommand=%(here)s/x\n' };
  const config = good(`${include('d/*')}[unix_http_server]\nfile=%(here)s/s\n`, { files });
  assert.equal(onlyProcess(config).command, '/etc/d/x');
  assert.equal(config.server.serverurl, 'unix:///etc/s');
});

test('an included file cannot include', () => {
  const files = { '/etc/d/a.conf': include('../e/b.conf'), '/etc/e/b.conf': '[program:b]\ncommand=x\n' };
  assert.deepEqual(good(include('d/*'), { files }).groups, []);
});

test('an error in an included file has its place, and its name in the text', () => {
  const files = { '/etc/d/a.conf': '\n[program:a]\ncommand=x\nstartsecs=x\n' };
  assert.deepEqual(refused(include('d/*'), { files }), {
    message: "invalid literal for int() with base 10: 'x' in section 'program:a' (file: '/etc/d/a.conf')",
    at: '/etc/d/a.conf:4',
  });
});

test('bad syntax in an included file', () => {
  assert.deepEqual(refused(include('d/*'), { files: { '/etc/d/a.conf': '[s]\nnothing\n' } }), {
    message: "Source contains parsing errors: '/etc/d/a.conf'\n\t[line  2]: 'nothing\\n'",
    at: '/etc/d/a.conf:2',
  });
});

test('an include without files is refused', () => {
  assert.deepEqual(refused('\n[include]\n'), {
    message: '.ini file has [include] section, but no files setting',
    at: '/etc/legato.conf:3',
  });
});

test('an unknown name in files is refused', () => {
  assert.deepEqual(refused(include('%(x)s')), {
    message:
      "Format string '%(x)s' for 'include.files' contains names ('x') which cannot be expanded. Available names: here, host_node_name",
    at: '/etc/legato.conf:3',
  });
});
