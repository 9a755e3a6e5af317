import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenConfig } from '../../src/config/config.ts';
import { good, refused } from './memory-host.ts';

const program = (name: string, listen: string): string => `[program:${name}]\ncommand=/bin/cat\nlisten=${listen}\n`;

const web = '[socket:web]\naddress=127.0.0.1:80\nbacklog=16\n';

function listensOf(text: string): (readonly ListenConfig[])[] {
  return good(text).groups.flatMap(({ processes }) => processes.map(({ listen }) => listen));
}

test('programs share a socket by its name', () => {
  const config = {
    name: 'web',
    address: { family: 'tcp4', host: '127.0.0.1', port: 80, v6only: false },
    backlog: 16,
    blocking: false,
  };
  assert.deepEqual(listensOf(web + program('a', 'socket:web') + program('b', 'http=socket:web, :81')), [
    [config],
    [
      { ...config, name: 'http' },
      { name: 'b-2', address: { ...config.address, host: '0.0.0.0', port: 81 }, backlog: 4096, blocking: false },
    ],
  ]);
});

test('it may be declared after the programs, and of any kind', () => {
  const [listen] = listensOf(
    `${program('a', 'socket:log')}[socket:log]\naddress=unix:///tmp/log\nowner=web:www\nchmod=0660\nblocking=true\n`,
  );
  assert.deepEqual(listen, [
    {
      name: 'log',
      address: { family: 'unix', path: '/tmp/log', mode: 0o660, owner: { uid: 1000, gid: 33 } },
      backlog: 4096,
      blocking: true,
    },
  ]);
});

const inProgram = (name: string): string => ` in section 'program:${name}' (file: '/etc/legato.conf')`;

for (const [what, text, message, line] of [
  [
    'a name that no section has',
    web + program('a', 'socket:wbe'),
    `there is no [socket:wbe] (there is [socket:web])${inProgram('a')}`,
    7,
  ],
  ['a section that no program uses', web, 'no program uses [socket:web]: listen=socket:web would', 2],
  ['a section without an address', '[socket:web]\nbacklog=1\n', '[socket:web] has no address', 2],
  [
    'a bad address',
    '[socket:web]\naddress=host:80\n',
    "not a listen address: 'host:80': 'host' is no IP address (names are not looked up)",
    3,
  ],
  [
    'a bad name',
    '[socket:a b]\naddress=:80\n',
    '[socket:a b]: the name of a socket has letters, digits, dots, dashes and underscores',
    2,
  ],
  [
    'an owner of what is no file',
    '[socket:web]\naddress=:80\nowner=web\n',
    'owner is of no use but for a unix socket with a path',
    4,
  ],
  [
    'a backlog of datagrams',
    '[socket:dns]\naddress=udp://:53\nbacklog=9\n',
    'backlog is of no use but for a socket that takes connections',
    4,
  ],
  [
    'two sections with one address',
    `${web}[socket:b]\naddress=:80\n`,
    'listen address tcp://0.0.0.0:80 is taken by [socket:web] (as tcp://127.0.0.1:80); listen=socket:web shares it',
    6,
  ],
  [
    'a program that binds the address itself',
    web + program('a', 'socket:web') + program('b', 'localhost:80'),
    `listen address tcp://127.0.0.1:80 is taken by [socket:web]; listen=socket:web shares it${inProgram('b')}`,
    10,
  ],
  [
    'the same one twice',
    web + program('a', 'socket:web,x=socket:web'),
    `listen address tcp://127.0.0.1:80 is taken by [program:a]${inProgram('a')}`,
    7,
  ],
  [
    'a backlog in the program',
    `${web}${program('a', 'socket:web')}listen_backlog=5\n`,
    `listen_backlog is of no use without an address in listen: [socket:x] has its own${inProgram('a')}`,
    8,
  ],
  [
    'adopting a socket that blocks',
    `${web}blocking=on\n${program('a', 'socket:web')}listen_mode=adopt\n`,
    `listen_mode=adopt does the waiting for the program: tcp://127.0.0.1:80 must not be held as blocking${inProgram('a')}`,
    8,
  ],
] as const) {
  test(`refused: ${what}`, () => {
    assert.deepEqual(refused(text), { message, at: `/etc/legato.conf:${line}` });
  });
}
