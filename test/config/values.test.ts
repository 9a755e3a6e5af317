import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../../src/config/config-error.ts';
import { signalNumbers } from '../../src/config/signals.ts';
import { parsers, presetOf, type TypeName } from '../../src/config/values/types.ts';
import { nameOf } from '../../src/config/values/word.ts';
import { signalName } from '../../src/core/signals.ts';
import { memoryHost } from './memory-host.ts';

const host = memoryHost({ '/home/web/x': '', '/base/log/x': '' }, { HOME: '/home/web' });

function fault(type: TypeName, text: string): string {
  try {
    parsers[type](text, host);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  assert.fail(`${type} took ${text}`);
}

const taken: readonly (readonly [TypeName, string, unknown])[] = [
  ['integer', '+5', 5],
  ['integer', ' 7 ', 7],
  ['integer', '1_000', 1000],
  ['integer', '-1', -1],
  ['integer', '٣', 3],
  ['octal', '022', 18],
  ['octal', '0o22', 18],
  ['octal', '7', 7],
  ['octal', '-7', -7],
  ['octal', '０２２', 18],
  ['bytes', '10 MB', 10485760],
  ['bytes', '5kb', 5120],
  ['bytes', '1Gb', 1073741824],
  ['bytes', '0', 0],
  ['boolean', 'YES', true],
  ['boolean', 'off', false],
  ['true, false or unexpected', 'Unexpected', 'unexpected'],
  ['true, false or unexpected', '1', true],
  ['exit codes', ' 0 , 2', [0, 2]],
  ['exit codes', '', []],
  ['comma list', 'a, b,', ['a', 'b', '']],
  ['comma list', '', []],
  ['signal', 'sighup', 1],
  ['signal', 'Term', 15],
  ['signal', '9', 9],
  ['signal', '0', 0],
  ['signal', 'RTMIN', 34],
  ['signal', 'SIG_IGN', 1],
  ['log level', 'DEBUG', 'debug'],
  ['directory', '~', '/home/web'],
  ['directory', 'log', 'log'],
  ['file', '/tmp/x', '/tmp/x'],
  ['file', '~/x', '/home/web/x'],
  ['file', '~web/x', '/home/web/x'],
  ['file', 'bare', 'bare'],
  ['log file', 'None', { kind: 'none' }],
  ['log file', 'OFF', { kind: 'none' }],
  ['log file', 'auto', { kind: 'auto' }],
  ['log file', 'Syslog', { kind: 'syslog' }],
  ['log file', '/tmp/x', { kind: 'file', path: '/tmp/x' }],
  ['user', 'web', { name: 'web', uid: 1000, gid: 1001, home: '/home/web/' }],
  ['user', '1000', { name: 'web', uid: 1000, gid: 1001, home: '/home/web/' }],
  ['user[:group]', 'web', { uid: 1000, gid: -1 }],
  ['user[:group]', 'web:33', { uid: 1000, gid: 33 }],
  ['address', '9001', { host: '', port: 9001 }],
  ['address', '*:9001', { host: '', port: 9001 }],
  ['address', 'Host:9001', { host: 'host', port: 9001 }],
  ['address', '[::1]:9001', { host: '[::1]', port: 9001 }],
];

for (const [type, text, wanted] of taken) {
  test(`${type} ${JSON.stringify(text)}`, () => assert.deepEqual(parsers[type](text, host), wanted));
}

const refused: readonly (readonly [TypeName, string, string])[] = [
  ['integer', '0x10', "invalid literal for int() with base 10: '0x10'"],
  ['integer', "it's", 'invalid literal for int() with base 10: "it\'s"'],
  ['integer', '1__0', "invalid literal for int() with base 10: '1__0'"],
  ['octal', '9', '9 can not be converted to an octal type'],
  ['bytes', '10B', "invalid literal for int() with base 10: '10b'"],
  ['bytes', '1.5MB', "invalid literal for int() with base 10: '1.5'"],
  ['boolean', 'y', "not a valid boolean value: 'y'"],
  ['boolean', 'constructor', "not a valid boolean value: 'constructor'"],
  ['true, false or unexpected', 'Always', "invalid 'autorestart' value 'always'"],
  ['exit codes', '0,256', "not a valid list of exit codes: '0,256'"],
  ['signal', '35', "value '35' is not a valid signal number"],
  ['signal', 'FOO', "value 'FOO' is not a valid signal name"],
  ['signal', 'toString', "value 'toString' is not a valid signal name"],
  ['log level', 'loud', "bad logging level name 'loud'"],
  ['directory', '/nope', '/nope is not an existing directory'],
  ['file', '/nope/x', 'The directory named as part of the path /nope/x does not exist'],
  ['user', 'nobody', 'Invalid user name nobody'],
  ['user', '7', 'Invalid user id 7'],
  ['user[:group]', 'web:x', 'Invalid user:group definition web:x'],
  ['address', 'abc', "not a valid port number: 'abc' "],
  ['address', '0', "not a valid port number: '0' "],
  ['address', 'h:', "no port number specified in ''"],
  ['address', 'h:0', '0 is below lower bound (1)'],
  ['address', 'h:70000', '70000 is above upper bound (65535)'],
];

for (const [type, text, wanted] of refused) {
  test(`${type} ${JSON.stringify(text)} is refused`, () => assert.equal(fault(type, text), wanted));
}

test('a default is parsed once and is the same value again', () => {
  assert.equal(presetOf('exit codes', '0,1', host), presetOf('exit codes', '0,1', host));
});

test('a name is stripped and may not hold a blank, colon or slash', () => {
  assert.equal(nameOf(' a '), 'a');
  assert.throws(() => nameOf('a b'), { message: "Invalid name: 'a b' because of character: ' '" });
  assert.throws(() => nameOf('a/b'), { message: "Invalid name: 'a/b' because of character: '/'" });
});

test('every signal name leads to a number and the number to its usual name', () => {
  assert.equal(signalName(signalNumbers['CLD'] ?? 0), 'SIGCHLD');
  assert.equal(signalName(15), 'SIGTERM');
  assert.equal(signalName(35), 'signal 35');
});
