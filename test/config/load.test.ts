import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { loadConfig } from '../../src/config/load.ts';
import { noOptions } from '../../src/config/options.ts';
import { good, load, memoryHost, onlyProcess, refused } from './memory-host.ts';

test('[supervisord] of nothing has the defaults', () => {
  assert.deepEqual(good('').server, {
    nodaemon: false,
    nodaemonInFile: false,
    silent: false,
    user: null,
    identity: null,
    umask: 0o22,
    directory: null,
    logfile: '/base/supervisord.log',
    logfileMaxbytes: 52428800,
    logfileBackups: 10,
    loglevel: 'info',
    pidfile: '/base/supervisord.pid',
    identifier: 'supervisor',
    childlogdir: '/tmp',
    minfds: 1024,
    minprocs: 200,
    nocleanup: false,
    stripAnsi: false,
    watchdog: 10,
    environment: {},
    serverurl: null,
    httpServers: [],
    rpcInterfaces: [],
    declaredRpcInterfaces: [],
  });
});

test('the command line wins over the file', () => {
  const text = 'loglevel=debug\nlogfile=/tmp/file\nuser=web\nminfds=5\nnodaemon=false\n';
  const { server } = good(text, {
    options: { loglevel: 'warn', logfile: '/tmp/line', user: '0', minfds: 0, nodaemon: true, umask: 0 },
  });
  assert.deepEqual([server.loglevel, server.logfile, server.minfds, server.umask], ['warn', '/tmp/line', 0, 0]);
  assert.deepEqual([server.user, server.identity], ['0', { user: 'root', uid: 0, gid: 0, groups: [0] }]);
  assert.deepEqual([server.nodaemon, server.nodaemonInFile], [true, false]);
});

test('an empty file name on the command line counts as none', () => {
  assert.equal(good('logfile=/tmp/file\n', { options: { logfile: '' } }).server.logfile, '/tmp/file');
});

test('syslog as the main log stays as it is', () => assert.equal(good('logfile=syslog\n').server.logfile, 'syslog'));

test('the environment of [supervisord] is expanded twice', () => {
  assert.deepEqual(good('environment=A="%%%%",B="%%(host_node_name)s"\n').server.environment, { A: '%', B: 'box' });
  assert.match(refused('environment=A="%%"\n').message, /^Format string 'A="%"' for 'environment' is badly formatted/);
});

test('TMPDIR gives the directory of AUTO logs', () => {
  const files = { '/scratch/x': '' };
  assert.equal(good('', { files, environment: { TMPDIR: '/scratch' } }).server.childlogdir, '/scratch');
  assert.equal(good('', { files, environment: { TMPDIR: '/nope' } }).server.childlogdir, '/tmp');
});

test('the main interface and its keys', () => {
  const factory = 'supervisor.rpcinterface:make_main_rpcinterface';
  const { server } = good(
    `[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = ${factory}\nretries = %(ENV_N)s\n`,
    {
      environment: { N: '7' },
    },
  );
  assert.deepEqual(server.rpcInterfaces, [{ name: 'supervisor', factory, extras: { retries: '7' } }]);
});

test('an interface that is not there is left out with a warning, and refused where the load is strict', () => {
  const text = '[rpcinterface:x]\nsupervisor.rpcinterface_factory=my:plugin\n';
  const config = good(text);
  assert.deepEqual(config.server.rpcInterfaces, []);
  assert.deepEqual(config.server.declaredRpcInterfaces, [{ name: 'x', factory: 'my:plugin', extras: {} }]);
  assert.deepEqual(config.messages, [
    {
      level: 'warn',
      text: 'my:plugin cannot be resolved within [rpcinterface:x]; it is left out',
      place: { file: '/etc/legato.conf', line: 3 },
    },
  ]);
  assert.deepEqual(refused(text, { options: { strict: true } }), {
    message: 'my:plugin cannot be resolved within [rpcinterface:x]',
    at: '/etc/legato.conf:3',
  });
  assert.deepEqual(refused('[rpcinterface:x]\n'), {
    message: 'section [rpcinterface:x] does not specify a supervisor.rpcinterface_factory',
    at: '/etc/legato.conf:2',
  });
});

test('unknown sections and keys, and section names in other letters, are passed over', () => {
  assert.deepEqual(good('nonsense=1\n[Program:x]\n[ program:y ]\n[other]\na=1\n').groups, []);
});

test('[DEFAULT] supplies every section', () => {
  assert.equal(onlyProcess(good('[program:a]\ncommand=x\n[DEFAULT]\nstartsecs=9\n')).startsecs, 9);
});

const faults: readonly (readonly [string, string, string | null])[] = [
  ['user=nobody\n', 'Invalid user name nobody', '/etc/legato.conf:2'],
  ['logfile=/nope/x\n', 'The directory named as part of the path /nope/x does not exist', '/etc/legato.conf:2'],
  ['loglevel=loud\n', "bad logging level name 'loud'", '/etc/legato.conf:2'],
  ['\nchildlogdir=/nope\n', '/nope is not an existing directory', '/etc/legato.conf:3'],
];

for (const [text, message, at] of faults) {
  test(message, () => assert.deepEqual(refused(text), { message, at }));
}

test('a file without [supervisord] is refused', () => {
  const loaded = load('[program:a]\ncommand=x\n');
  assert.deepEqual(loaded, { ok: false, message: '.ini file does not include supervisord section', place: null });
});

test('a file that is not there, cannot be read, or is not UTF-8', () => {
  const options = { ...noOptions, configuration: 'x.conf' };
  const host = memoryHost({});
  const message = (more: object): string => {
    const loaded = loadConfig(options, { ...host, ...more });
    assert.ok(!loaded.ok);
    return loaded.message;
  };
  assert.equal(message({}), 'could not find config file x.conf');
  const exists = (): boolean => true;
  assert.equal(
    message({ exists, readFile: () => ({ ok: false, reason: 'unreadable' }) }),
    'could not read config file x.conf',
  );
  assert.equal(
    message({ exists, readFile: () => ({ ok: false, reason: 'undecodable', detail: 'bad byte' }) }),
    'bad byte',
  );
});

test('without -c the usual places are searched, and named when there is none', () => {
  const found = loadConfig(noOptions, memoryHost({ '/usr/etc/supervisord.conf': '[supervisord]\n' }));
  assert.equal(found.ok && found.config.file, '/usr/etc/supervisord.conf');
  assert.deepEqual(loadConfig(noOptions, memoryHost({})), {
    ok: false,
    message:
      'No config file found at default paths (/usr/etc/supervisord.conf, /usr/supervisord.conf, supervisord.conf, ' +
      'etc/supervisord.conf, /etc/supervisord.conf, /etc/supervisor/supervisord.conf); use the -c option to specify a config file ' +
      'at a different path',
    place: null,
  });
});

test('the file is made absolute, and here is its directory', () => {
  const host = memoryHost({ 'sub/x.conf': '[supervisord]\nidentifier=%(here)s\n' });
  const loaded = loadConfig({ ...noOptions, configuration: 'sub/x.conf' }, host);
  assert.ok(loaded.ok);
  assert.deepEqual([loaded.config.file, loaded.config.server.identifier], ['/base/sub/x.conf', '/base/sub']);
});

test('the value is frozen through and through', () => {
  const config = good('[program:a]\ncommand=x\n[unix_http_server]\nfile=/s\n');
  const unfrozen: unknown[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (!Object.isFrozen(value)) unfrozen.push(value);
    Object.values(value).forEach(look);
  };
  look(config);
  assert.deepEqual(unfrozen, []);
});

const sample = `[supervisord]
environment=A="1"
[unix_http_server]
file=%(here)s/s
chmod=0770
[group:g]
programs=a,f
[program:a]
command=/bin/sh -c "x"
process_name=%(program_name)s_%(process_num)02d
numprocs=2
environment=B="%(ENV_A)s",C=d
user=web
  continued
[fcgi-program:f]
command=f
socket=unix:///run/f
[eventlistener:l]
command=l
events=TICK
[include]
files=*.none
`;

test('property: any damage to a file is a configuration or a message, never an exception', () => {
  const damage = fc.record({
    at: fc.nat(sample.length),
    cut: fc.nat(3),
    put: fc.oneof(
      fc.string({ maxLength: 3 }),
      fc.constantFrom('%', '%(', ')s', '\n', '\n  ', ' ;', '#', '=', '[', ']', '"', "'", '\\', '\0', '-1'),
    ),
  });
  fc.assert(
    fc.property(fc.array(damage, { maxLength: 4 }), (damages) => {
      let text = sample;
      for (const { at, cut, put } of damages) text = text.slice(0, at) + put + text.slice(at + cut);
      const loaded = load(text);
      return loaded.ok || loaded.message !== '';
    }),
    { numRuns: 500 },
  );
});
