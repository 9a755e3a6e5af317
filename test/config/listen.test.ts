import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenConfig } from '../../src/config/config.ts';
import { good, onlyGroup, onlyProcess, refused } from './memory-host.ts';

const program = (keys: string, name: string = 'a'): string => `[program:${name}]\ncommand=/bin/cat\n${keys}`;

const listenOf = (keys: string): readonly ListenConfig[] => onlyProcess(good(program(keys))).listen;

const where = " in section 'program:a' (file: '/etc/legato.conf')";

for (const [text, family, host, port] of [
  ['tcp://127.0.0.1:8000', 'tcp4', '127.0.0.1', 8000],
  ['10.0.0.1:1', 'tcp4', '10.0.0.1', 1],
  ['tcp://:80', 'tcp4', '0.0.0.0', 80],
  [':65535', 'tcp4', '0.0.0.0', 65535],
  ['*:80', 'tcp4', '0.0.0.0', 80],
  ['localhost:80', 'tcp4', '127.0.0.1', 80],
  ['TCP://[::1]:80', 'tcp6', '::1', 80],
  ['tcp6://[::1]:80', 'tcp6', '::1', 80],
  ['[::]:80', 'tcp6', '::', 80],
  ['[2001:DB8:0:0:1:0:0:1]:80', 'tcp6', '2001:db8::1:0:0:1', 80],
  ['[fe80::1%%eth0]:80', 'tcp6', 'fe80::1%eth0', 80],
  ['udp://:53', 'udp4', '0.0.0.0', 53],
  ['udp://[::]:53', 'udp6', '::', 53],
] as const) {
  test(`listen=${text}`, () => {
    assert.deepEqual(listenOf(`listen=${text}\n`), [
      { name: 'a', address: { family, host, port, v6only: false }, backlog: 4096, blocking: false },
    ]);
  });
}

test('every interface of IPv6 alone', () => {
  const only = (text: string): unknown => listenOf(`listen=${text}\n`)[0]?.address;
  assert.deepEqual(only('tcp6://[::]:80'), { family: 'tcp6', host: '::', port: 80, v6only: true });
  assert.deepEqual(only('udp6://[::]:80'), { family: 'udp6', host: '::', port: 80, v6only: true });
});

for (const [text, family, path] of [
  ['unix:///tmp/./%(program_name)s.sock', 'unix', '/tmp/a.sock'],
  ['unix-dgram:///tmp/log', 'unix-dgram', '/tmp/log'],
  ['unix://@web.a', 'unix', '@web.a'],
] as const) {
  test(`a unix socket is private: listen=${text}`, () => {
    assert.deepEqual(listenOf(`listen=${text}\n`), [
      { name: 'a', address: { family, path, mode: 0o700, owner: null }, backlog: 4096, blocking: false },
    ]);
  });
}

test("the program's user owns its unix sockets, unless somebody else is named", () => {
  const ownerOf = (keys: string): unknown => {
    const address = listenOf(`listen=unix:///tmp/s\n${keys}`)[0]?.address;
    return address !== undefined && 'path' in address ? { mode: address.mode, owner: address.owner } : null;
  };
  assert.deepEqual(ownerOf('user=web\n'), { mode: 0o700, owner: { uid: 1000, gid: 1001 } });
  assert.deepEqual(ownerOf('user=root\n'), { mode: 0o700, owner: null }, 'the daemon is root');
  assert.deepEqual(ownerOf('user=web\nlisten_owner=root:www\nlisten_chmod=0660\n'), {
    mode: 0o660,
    owner: { uid: 0, gid: 33 },
  });
  assert.deepEqual(ownerOf('listen_owner=web\n'), { mode: 0o700, owner: { uid: 1000, gid: -1 } });
});

test('several sockets, named and not', () => {
  const names = listenOf('listen=:80, tls=tcp://:443 ,unix:///tmp/x=y\nlisten_backlog=16\n');
  assert.deepEqual(
    names.map(({ name, backlog }) => [name, backlog]),
    [
      ['a', 16],
      ['tls', 16],
      ['a-3', 16],
    ],
  );
});

test('how the program gets them', () => {
  assert.equal(onlyProcess(good(program('listen=:80\n'))).listenAs, 'fds');
  assert.equal(onlyProcess(good(program('listen=:80\nlisten_mode=adopt\n'))).listenAs, 'adopt');
});

test('in which dialects it is told of them', () => {
  const dialects = (keys: string): unknown => onlyProcess(good(program(keys))).dialects;
  assert.deepEqual(dialects('listen=:80\n'), ['systemd', 'server-starter', 'einhorn']);
  assert.deepEqual(dialects('listen=:80\nlisten_dialect=NGINX, stdin\n'), ['nginx', 'stdin']);
  assert.deepEqual(dialects('listen=:80\nlisten_dialect=none\n'), []);
  assert.deepEqual(dialects('listen=:80\nlisten_mode=adopt\n'), []);
});

test('the numbers of inherited sockets are names for the command and the environment', () => {
  const process = onlyProcess(
    good(
      '[program:web]\ncommand=serve --fd %(listen_fd_web)s --tls-fd %(listen_fd_tls)03d\nenvironment=FD="%(listen_fd_tls)s"\nlisten=:80,tls=:443\n',
    ),
  );
  assert.equal(process.command, 'serve --fd 3 --tls-fd 004');
  assert.deepEqual(process.environment, { FD: '4' });
});

test('a number of a socket that is not there is refused', () => {
  for (const [name, keys] of [
    ['listen_fd_b', 'listen=:80\n'],
    ['listen_fd_a', 'listen=:80\nlisten_mode=adopt\n'],
    ['listen_fd_a', ''],
  ] as const) {
    const { message, at } = refused(`[program:a]\ncommand=x %(${name})s\n${keys}`);
    assert.match(message, new RegExp(`contains names \\('${name}'\\) which cannot be expanded`));
    assert.equal(at, '/etc/legato.conf:3');
  }
});

test('a socket that a program waits on is held as blocking, but not for adopt', () => {
  assert.equal(listenOf('listen=:80\nlisten_blocking=true\n')[0]?.blocking, true);
  assert.deepEqual(refused(program('listen_mode=adopt\nlisten_blocking=yes\nlisten=:80\n')), {
    message: `listen_mode=adopt does the waiting for the program: tcp://0.0.0.0:80 must not be held as blocking${where}`,
    at: '/etc/legato.conf:6',
  });
});

test('all processes of a program share its sockets', () => {
  const text = program('process_name=p%(process_num)s\nnumprocs=2\nlisten=:80\n');
  const [first, second] = onlyGroup(good(text)).processes;
  assert.ok(first !== undefined && second !== undefined);
  assert.equal(first.listen.length, 1);
  assert.deepEqual(first.listen, second.listen);
});

test('a program in two groups shares its sockets with itself', () => {
  good(`[group:g]\nprograms=a\n[group:h]\nprograms=a\n${program('listen=:80\n')}`);
});

const faults: readonly (readonly [string, string])[] = [
  ['listen=', "not a listen address: '': it has no port"],
  ['listen=:80,', "not a listen address: '': it has no port"],
  [
    'listen=http://:80',
    "not a listen address: 'http://:80': it is none of tcp://, tcp6://, udp://, udp6://, unix://, unix-dgram://",
  ],
  ['listen=tcp6://:80', "not a listen address: 'tcp6://:80': tcp6:// takes an IPv6 address in brackets"],
  ['listen=udp6://1.2.3.4:80', "not a listen address: 'udp6://1.2.3.4:80': udp6:// takes an IPv6 address in brackets"],
  [
    'listen=[fe80::1]:80',
    "not a listen address: '[fe80::1]:80': a link-local address needs its interface: [fe80::1%%eth0]",
  ],
  ['listen=[::1%%lo]:80', "not a listen address: '[::1%lo]:80': only a link-local address has an interface"],
  ['listen=[fe80::1%%]:80', "not a listen address: '[fe80::1%]:80': 'fe80::1%' is no IPv6 address"],
  ['listen=80', "not a listen address: '80': it has no port"],
  ['listen=[::1]', "not a listen address: '[::1]': it has no port"],
  ['listen=127.0.0.1:http', "not a listen address: '127.0.0.1:http': 'http' is no port"],
  ['listen=127.0.0.1:', "not a listen address: '127.0.0.1:': '' is no port"],
  ['listen=:0', '0 is below lower bound (1)'],
  ['listen=:65536', '65536 is above upper bound (65535)'],
  [
    'listen=web.example:80',
    "not a listen address: 'web.example:80': 'web.example' is no IP address (names are not looked up)",
  ],
  ['listen=1.2.3:80', "not a listen address: '1.2.3:80': '1.2.3' is no IP address (names are not looked up)"],
  ['listen=::1:80', "not a listen address: '::1:80': an IPv6 address stands in brackets"],
  ['listen=[::x]:80', "not a listen address: '[::x]:80': '::x' is no IPv6 address"],
  [
    'listen=unix://x.sock',
    "not a listen address: 'unix://x.sock': it needs the absolute path of a socket, or @ and an abstract name",
  ],
  [
    'listen=unix:///tmp/',
    "not a listen address: 'unix:///tmp/': it needs the absolute path of a socket, or @ and an abstract name",
  ],
  [
    'listen=unix://@',
    "not a listen address: 'unix://@': it needs the absolute path of a socket, or @ and an abstract name",
  ],
  ['listen=unix:///nowhere/x', 'The directory named as part of the path /nowhere/x does not exist'],
  [`listen=unix:///tmp/${'é'.repeat(52)}`, `the path of a socket can have 107 bytes, /tmp/${'é'.repeat(52)} has 109`],
  ['listen=a=:80,a=:81', 'two addresses in listen are named a'],
  ['listen=:80,a-1=:81,a=:82', 'two addresses in listen are named a'],
  ['listen=:80,x=:80', 'listen address tcp://0.0.0.0:80 is taken by [program:a]'],
  ['listen_backlog=16', 'listen_backlog is of no use without listen'],
  ['listen_backlog=0', "'0' is no number from 1 to 65535"],
  ['listen_mode=adopt', 'listen_mode is of no use without listen'],
  ['listen=udp://:53\nlisten_backlog=5', 'listen_backlog is of no use without a socket that takes connections'],
  ['listen_dialect=nginx', 'listen_dialect is of no use without listen'],
  ['listen_blocking=true', 'listen_blocking is of no use without listen'],
  [
    'listen=:80\nlisten_mode=adopt\nlisten_dialect=nginx',
    'listen_dialect is of no use with listen_mode=adopt, of which the program does not know',
  ],
  [
    'listen_dialect=inetd',
    "'inetd' is none of systemd, server-starter, einhorn, nginx, puma, unicorn, gunicorn, fpm, stdin, or none alone",
  ],
  ['listen_dialect=nginx,nginx', 'nginx is there twice'],
  ['listen=socket:web', 'there is no [socket:web]'],
  ['listen_owner=nobody-here', 'Invalid user:group definition nobody-here'],
  ['listen=unix://@a\nlisten_owner=web', 'listen_owner is of no use without a unix socket in listen'],
  ['listen_owner=web', 'listen_owner is of no use without a unix socket in listen'],
  ['listen_chmod=0660', 'listen_chmod is of no use without a unix socket in listen'],
  ['listen_chmod=9', '9 can not be converted to an octal type'],
  [
    `listen=${Array.from({ length: 65 }, (_, index) => `:${index + 1}`).join(',')}`,
    '65 listen addresses are more than 64',
  ],
];

for (const [key, message] of faults) {
  test(`refused: ${key.slice(0, 60)}`, () => {
    // The last line is to blame.
    const line = 3 + key.split('\n').length;
    assert.deepEqual(refused(program(`${key}\n`)), { message: message + where, at: `/etc/legato.conf:${line}` });
  });
}

test('the longest path of a socket', () => {
  const path = `/tmp/${'x'.repeat(102)}`;
  assert.equal(path.length, 107);
  assert.equal(listenOf(`listen=unix://${path}\n`).length, 1);
});

for (const [first, second, message] of [
  ['127.0.0.1:80', 'localhost:80', 'tcp://127.0.0.1:80 is taken by [program:a]'],
  ['[0:0::1]:80', '[::1]:80', 'tcp://[::1]:80 is taken by [program:a]'],
  ['unix:///tmp/s', 'unix:///tmp//s', 'unix:///tmp/s is taken by [program:a]'],
  [':80', '127.0.0.1:80', 'tcp://127.0.0.1:80 is taken by [program:a] (as tcp://0.0.0.0:80)'],
  ['127.0.0.1:80', '[::]:80', 'tcp://[::]:80 is taken by [program:a] (as tcp://127.0.0.1:80)'],
  ['udp://:53', 'udp://[::]:53', 'udp://[::]:53 is taken by [program:a] (as udp://0.0.0.0:53)'],
  ['tcp6://[::]:80', '[::1]:80', 'tcp://[::1]:80 is taken by [program:a] (as tcp6://[::]:80)'],
  ['unix:///tmp/s', 'unix-dgram:///tmp/s', 'unix-dgram:///tmp/s is taken by [program:a] (as unix:///tmp/s)'],
] as const) {
  test(`two programs cannot have ${first} and ${second}`, () => {
    const text = `${program(`listen=${first}\n`)}${program(`listen=${second}\n`, 'b')}`;
    assert.deepEqual(refused(text), {
      message: `listen address ${message}; programs share one by [socket:x] in section 'program:b' (file: '/etc/legato.conf')`,
      at: '/etc/legato.conf:7',
    });
  });
}

for (const [first, second] of [
  ['127.0.0.1:80', '127.0.0.1:81'],
  ['127.0.0.1:80', '127.0.0.2:80'],
  ['127.0.0.1:80', '[::1]:80'],
  [':80', '[::1]:80'],
  ['unix:///tmp/s', 'unix:///tmp/t'],
  [':53', 'udp://:53'],
  ['tcp6://[::]:80', ':80'],
  ['unix:///tmp/s', 'unix://@/tmp/s'],
] as const) {
  test(`two programs can have ${first} and ${second}`, () => {
    good(`${program(`listen=${first}\n`)}${program(`listen=${second}\n`, 'b')}`);
  });
}
