import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dialect } from '../../src/config/values/dialect.ts';
import { announced, type Inherited } from '../../src/daemon/dialects.ts';

const sockets: readonly Inherited[] = [
  { name: 'web', fd: 3, place: { family: 'tcp4', host: '127.0.0.1', port: 80, v6only: false } },
  { name: 'six', fd: 4, place: { family: 'tcp6', host: '::', port: 81, v6only: true } },
  { name: 'dns', fd: 5, place: { family: 'udp4', host: '0.0.0.0', port: 53, v6only: false } },
  { name: 'file', fd: 6, place: { family: 'unix', path: '/run/x.sock' } },
];

const expected: { readonly [D in Dialect]: Readonly<Record<string, string>> } = {
  systemd: { LISTEN_FDS: '4', LISTEN_PID: '', LISTEN_FDNAMES: 'web:six:dns:file' },
  'server-starter': { SERVER_STARTER_PORT: '127.0.0.1:80=3;[::]:81=4;/run/x.sock=6' },
  einhorn: { EINHORN_FD_COUNT: '3', EINHORN_FD_0: '3', EINHORN_FD_1: '4', EINHORN_FD_2: '6' },
  nginx: { NGINX: '3;4;5;6;' },
  puma: {
    PUMA_INHERIT_0: '3:tcp://127.0.0.1:80',
    PUMA_INHERIT_1: '4:tcp://[::]:81',
    PUMA_INHERIT_2: '6:unix:///run/x.sock',
  },
  unicorn: { UNICORN_FD: '3,4,6' },
  gunicorn: { GUNICORN_FD: '3,4,6', GUNICORN_PID: '1' },
  fpm: { FPM_SOCKETS: '127.0.0.1:80=3,[::]:81=4,/run/x.sock=6' },
  stdin: {},
};

for (const [dialect, variables] of Object.entries(expected)) {
  test(`sockets in the dialect ${dialect}`, () => {
    assert.deepEqual(announced([dialect as Dialect], sockets), variables);
  });
}

test('several dialects at once, and none', () => {
  assert.deepEqual(announced(['nginx', 'unicorn'], sockets.slice(0, 1)), { NGINX: '3;', UNICORN_FD: '3' });
  assert.deepEqual(announced([], sockets), {});
  assert.deepEqual(announced(['systemd', 'nginx'], []), {});
});
