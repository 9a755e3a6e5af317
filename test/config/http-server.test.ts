import assert from 'node:assert/strict';
import { test } from 'node:test';
import { good, refused } from './memory-host.ts';

test('a unix server', () => {
  const { server } = good(
    '[unix_http_server]\nfile=%(here)s/../run/s.sock\nchmod=0770\nchown=web:www\nusername=u\npassword={SHA}00\n',
  );
  assert.deepEqual(server.httpServers, [
    {
      section: 'unix_http_server',
      username: 'u',
      password: '{SHA}00',
      family: 'unix',
      file: '/run/s.sock',
      chmod: 0o770,
      chown: { uid: 1000, gid: 33 },
    },
  ]);
  assert.equal(server.serverurl, 'unix:///run/s.sock');
});

test('a unix server of nothing but a file', () => {
  const [server] = good('[unix_http_server:x]\nfile=s.sock\n').server.httpServers;
  assert.ok(server?.family === 'unix');
  assert.deepEqual([server.file, server.chmod, server.chown, server.username], ['/base/s.sock', 0o700, null, null]);
});

test('TCP servers come first; every section that begins with the name counts; the last gives the address', () => {
  const { server } = good('[inet_http_serverfoo]\nport=Host:1\n[inet_http_server]\nport=:2\n');
  assert.deepEqual(
    server.httpServers.map((one) => one.section),
    ['inet_http_serverfoo', 'inet_http_server'],
  );
  assert.equal(server.serverurl, 'http://localhost:2');
});

test('the first unix socket gives the address before any TCP one', () => {
  const { server } = good(
    '[unix_http_server]\nfile=/run/a\n[unix_http_server:b]\nfile=/run/b\n[inet_http_server]\nport=1\n',
  );
  assert.equal(server.serverurl, 'unix:///run/a');
});

test('without a server there is no address', () => assert.equal(good('').server.serverurl, null));

const faults: readonly (readonly [string, string, number])[] = [
  ['[unix_http_server]\n', 'section [unix_http_server] has no file value', 2],
  ['[inet_http_server]\n', 'section [inet_http_server] has no port value', 2],
  ['[inet_http_server]\nport=abc\n', "not a valid port number: 'abc' ", 3],
  ['[unix_http_server]\nfile=/s\nchown=x\n', 'Invalid sockchown value x', 4],
  ['[unix_http_server]\nfile=/s\nchmod=9\n', 'Invalid chmod value 9', 4],
  [
    '[unix_http_server]\nfile=/s\nusername=u\n',
    'Section [unix_http_server] contains incomplete authentication: If a username or a password is specified, both the username and password must be specified',
    2,
  ],
  [
    '[inet_http_server]\nport=%(here)s\n',
    "Format string '%(here)s' for 'inet_http_server.port' contains names ('here') which cannot be expanded. Available names: ",
    3,
  ],
];

for (const [text, message, line] of faults) {
  test(message, () => assert.deepEqual(refused(text), { message, at: `/etc/legato.conf:${line}` }));
}
