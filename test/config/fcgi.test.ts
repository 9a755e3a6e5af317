import assert from 'node:assert/strict';
import { test } from 'node:test';
import { good, onlyGroup, refused } from './memory-host.ts';

const fcgi = (keys: string): string => `[fcgi-program:f]\ncommand=x\n${keys}`;

test('a TCP socket', () => {
  const group = onlyGroup(good(fcgi('socket=tcp://Host:9000\nsocket_backlog=5\n')));
  assert.equal(group.type, 'fcgi');
  assert.deepEqual(group.socket, { url: 'tcp://host:9000', owner: null, chown: null, mode: null, backlog: 5 });
});

test("a unix socket is normalised, private, and the program's user owns it", () => {
  const group = onlyGroup(good(fcgi('socket=unix:///run/./%(program_name)s.sock\nuser=web\n')));
  assert.deepEqual(group.socket, {
    url: 'unix:///run/f.sock',
    owner: null,
    chown: { uid: 1000, gid: 1001 },
    mode: 0o700,
    backlog: null,
  });
});

test('socket_owner and socket_mode', () => {
  const group = onlyGroup(good(fcgi('socket=unix:///run/f\nsocket_owner=web:www\nsocket_mode=0770\n')));
  assert.deepEqual(group.socket, {
    url: 'unix:///run/f',
    owner: 'web:www',
    chown: { uid: 1000, gid: 33 },
    mode: 0o770,
    backlog: null,
  });
});

const heldBy = (text: string, hosts: string = ''): unknown => {
  const [process] = onlyGroup(good(text, { files: { '/etc/hosts': hosts } })).processes;
  assert.equal(process?.listenAs, 'stdin');
  return process?.listen;
};

test('the socket as it is held: blocking, for the program waits in accept(2)', () => {
  assert.deepEqual(heldBy(fcgi('socket=unix:///nowhere/f\nuser=web\nsocket_mode=0770\nsocket_backlog=5\n')), [
    {
      name: 'f',
      address: { family: 'unix', path: '/nowhere/f', mode: 0o770, owner: { uid: 1000, gid: 1001 } },
      backlog: 5,
      blocking: true,
    },
  ]);
});

for (const [host, address] of [
  ['10.0.0.1', '10.0.0.1'],
  ['localhost', '127.0.0.1'],
  ['Box', '172.17.0.2'],
  ['elsewhere', 'elsewhere'],
] as const) {
  test(`a name to listen on is one of this machine: ${host}`, () => {
    const hosts = '# box 1.1.1.1\n::1 localhost\n172.17.0.2\tb box # mine\n';
    assert.deepEqual(heldBy(fcgi(`socket=tcp://${host}:9000\n`), hosts), [
      {
        name: 'f',
        address: { family: 'tcp4', host: address, port: 9000, v6only: false },
        backlog: 4096,
        blocking: true,
      },
    ]);
  });
}

test('two fcgi-programs may have one socket, as in Supervisor; a program may not take it', () => {
  const other = '[fcgi-program:g]\ncommand=x\nsocket=tcp://127.0.0.1:9\n';
  good(fcgi('socket=tcp://127.0.0.1:9\n') + other);
  const { message, at } = refused(`[program:p]\ncommand=x\nlisten=:9\n${other}`);
  assert.match(message, /listen address tcp:\/\/127.0.0.1:9 is taken by \[program:p\] \(as tcp:\/\/0.0.0.0:9\)/);
  assert.equal(at, '/etc/legato.conf:7');
});

const faults: readonly (readonly [string, string, number])[] = [
  ['', '[fcgi-program:f] section requires a "socket" line', 2],
  ['socket=foo\n', "('Bad socket format %s', 'foo') in [fcgi-program:f] socket", 4],
  ['socket=unix://x\n', "('Unix socket path %s is not an absolute path', 'x') in [fcgi-program:f] socket", 4],
  ['socket=tcp://h:70000\n', '70000 is above upper bound (65535) in [fcgi-program:f] socket', 4],
  [
    'socket=tcp://h:1\nsocket_mode=0700\n',
    'socket_owner and socket_mode params should only be used with a Unix domain socket in [fcgi-program:f] socket',
    4,
  ],
  ['socket_owner=x\n', 'Invalid socket_owner value x', 4],
  ['socket_mode=9\n', 'Invalid socket_mode value 9', 4],
  ['socket_backlog=0\n', 'Invalid socket_backlog value 0', 4],
];

for (const [keys, message, line] of faults) {
  test(message, () => assert.deepEqual(refused(fcgi(keys)), { message, at: `/etc/legato.conf:${line}` }));
}
