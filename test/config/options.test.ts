import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noOptions, parseDaemonOptions } from '../../src/config/options.ts';
import { memoryHost } from './memory-host.ts';

const host = memoryHost({});

function options(...argv: string[]): object {
  const parsed = parseDaemonOptions(argv, host);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.message);
  const given = Object.entries(parsed.options).filter(([key, value]) =>
    Object.entries(noOptions).every(([k, v]) => k !== key || v !== value),
  );
  return Object.fromEntries(given);
}

function fault(...argv: string[]): string {
  const parsed = parseDaemonOptions(argv, host);
  assert.ok(!parsed.ok, 'it was taken');
  return parsed.message;
}

test('no options', () => assert.deepEqual(options(), {}));

test('short options, together and with their argument attached', () => {
  assert.deepEqual(options('-nsk', '-cx.conf', '-e', 'DEBUG', '-y1KB', '-m', '027'), {
    nodaemon: true,
    silent: true,
    nocleanup: true,
    configuration: 'x.conf',
    loglevel: 'debug',
    logfileMaxbytes: 1024,
    umask: 23,
  });
});

test('long options, abbreviated while unique, with = or a word', () => {
  assert.deepEqual(
    options('--conf=x', '--nod', '--logfile', '/tmp/l', '--logfile_b', '3', '--minp', '5', '--strip', '--d', '/tmp'),
    {
      configuration: 'x',
      nodaemon: true,
      logfile: '/tmp/l',
      logfileBackups: 3,
      minprocs: 5,
      stripAnsi: true,
      directory: '/tmp',
    },
  );
});

test('options of its own do not take abbreviations away from those of Supervisor', () => {
  assert.deepEqual(options('--str', '--ch', '/tmp'), { stripAnsi: true, childlogdir: '/tmp' });
  assert.deepEqual(options('--strict', '--check'), { strict: true, action: 'check' });
  assert.deepEqual(options('--dump-config'), { action: 'dump-config' });
});

test('help and version end the line', () => {
  assert.deepEqual(options('-h', '-e', 'nonsense'), { action: 'help' });
  assert.deepEqual(options('-?'), { action: 'help' });
  assert.deepEqual(options('--vers'), { action: 'version' });
});

test('a double dash ends the options', () => assert.deepEqual(options('-n', '--'), { nodaemon: true }));

const refused: readonly (readonly [string, readonly string[]])[] = [
  ['option -x not recognized', ['-x']],
  ['option -: not recognized', ['-:']],
  ['option --nope not recognized', ['--nope']],
  ['option --min not a unique prefix', ['--min', '5']],
  ['option --chec not recognized', ['--chec']],
  ['option -c requires argument', ['-c']],
  ['option --user requires argument', ['--us']],
  ['option --nodaemon must not have an argument', ['--nodaemon=1']],
  ["invalid value for -e 'foo': bad logging level name 'foo'", ['-e', 'foo']],
  [
    "invalid value for --logfile '/nope/x': The directory named as part of the path /nope/x does not exist",
    ['--logfile=/nope/x'],
  ],
  ["invalid value for -a 'x': invalid literal for int() with base 10: 'x'", ['-ax']],
  ["conflicting command line option '-n'", ['--nodaemon', '-n']],
  ["conflicting command line option '--identifier'", ['-i', 'a', '--ident', 'b']],
  ["positional arguments are not supported: ['foo', \"it's\"]", ['-n', 'foo', "it's"]],
  ["positional arguments are not supported: ['-']", ['-']],
];

for (const [message, argv] of refused) {
  test(`${argv.join(' ')}: ${message}`, () => assert.equal(fault(...argv), message));
}
