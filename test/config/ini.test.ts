import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../../src/config/config-error.ts';
import { Ini } from '../../src/config/ini.ts';

function read(text: string): Ini {
  const ini = new Ini();
  ini.read(text, 'a.conf', false);
  return ini;
}

function values(text: string): Record<string, Record<string, string>> {
  const found: Record<string, Record<string, string>> = {};
  for (const section of read(text).sections.values()) {
    found[section.name] = Object.fromEntries([...section.entries].map(([key, entry]) => [key, entry.value]));
  }
  return found;
}

function fault(text: string): { message: string; line: number | undefined } {
  try {
    read(text);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return { message: error.message, line: error.place?.line };
  }
  assert.fail('it was taken');
}

test('keys are lower-cased, values stripped, the first = or : divides', () => {
  assert.deepEqual(values('[s]\nKey = a=b:c \nother:x = y\n'), { s: { key: 'a=b:c', other: 'x = y' } });
});

test('section names are literal up to the last bracket; text behind it goes', () => {
  assert.deepEqual(Object.keys(values('[A b] ; x\n[ c ]\n[d] e]\n')), ['A b', ' c ', 'd] e']);
});

test('a comment begins at ; or # after white space, in quotes too', () => {
  assert.deepEqual(values("[s]\na=sh -c 'x ; y'\nb=x;y\nc=x\t# y\n;d=1\n  # e=1\n"), {
    s: { a: "sh -c 'x", b: 'x;y', c: 'x' },
  });
});

test('indented lines continue a value; blank lines inside stay, comments inside go, blank ends go', () => {
  assert.deepEqual(values('[s]\na=x\n  y\n\n  ; no\n  z\n\nb=1\n'), { s: { a: 'x\ny\n\nz', b: '1' } });
});

test('an indented key is swallowed by the line above, and its line is known', () => {
  const entry = read('[s]\na=x\n  autostart=false\n').sections.get('s')?.entries.get('a');
  assert.equal(entry?.value, 'x\nautostart=false');
  assert.deepEqual(entry?.continued, [{ text: 'autostart=false', line: 3 }]);
});

test('the first key of a section may be indented', () => {
  assert.deepEqual(values('[s]\n   a=1\n   b=2\n'), { s: { a: '1', b: '2' } });
});

test('duplicate sections merge and the last key wins', () => {
  assert.deepEqual(values('[s]\na=1\nb=1\n[t]\n[s]\na=2\n'), { s: { a: '2', b: '1' }, t: {} });
});

test('[DEFAULT] stands behind every section', () => {
  const ini = read('[DEFAULT]\na=1\n[s]\nb=2\n');
  const section = ini.sections.get('s');
  assert.ok(section !== undefined);
  assert.equal(ini.find(section, 'a')?.value, '1');
  assert.deepEqual(ini.keys(section), ['b', 'a']);
});

test('CR and CRLF end lines', () => {
  assert.deepEqual(values('[s]\r\na=1\rb=2\r\n'), { s: { a: '1', b: '2' } });
});

test('every key knows its line', () => {
  const ini = read('\n; x\n[s]\n\na=1\n');
  assert.deepEqual(ini.sections.get('s')?.place, { file: 'a.conf', line: 3 });
  assert.deepEqual(ini.sections.get('s')?.entries.get('a')?.place, { file: 'a.conf', line: 5 });
});

test('text before any header', () => {
  assert.deepEqual(fault('; fine\nkey=1\n[s]\n'), {
    message: "File contains no section headers.\nfile: 'a.conf', line: 2\n'key=1\\n'",
    line: 2,
  });
});

test('a byte order mark hides the first header', () => {
  assert.match(fault('\ufeff[s]\n').message, /^File contains no section headers\./);
});

test('lines without a delimiter are all named, the first is the place', () => {
  assert.deepEqual(fault("[s]\nrem one\na=1\nit's\n=x\n"), {
    message:
      "Source contains parsing errors: 'a.conf'\n\t[line  2]: 'rem one\\n'\n\t[line  4]: \"it's\\n\"\n\t[line  5]: '=x\\n'",
    line: 2,
  });
});
