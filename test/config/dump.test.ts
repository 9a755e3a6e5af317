import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dumpConfig } from '../../src/config/dump.ts';
import { good } from './memory-host.ts';

const text = `user=web
[unix_http_server:x]
file=/run/s
[inet_http_server]
port=9001
[rpcinterface:y]
supervisor.rpcinterface_factory=my:plugin
[program:a]
command=a
user=web
stopsignal=QUIT
stderr_logfile=NONE
[eventlistener:l]
command=l
events=TICK
result_handler=my:handler
[fcgi-program:f]
command=f
socket=unix:///run/f
socket_owner=web
`;

test('a dump speaks in the keys of the file', () => {
  // As JSON, because that is how it leaves the program.
  const dump: unknown = JSON.parse(JSON.stringify(dumpConfig(good(text))));
  const partOf = (value: unknown, ...path: readonly (string | number)[]): unknown =>
    path.reduce<unknown>(
      (at, key) =>
        typeof at === 'object' && at !== null ? Object.entries(at).find(([k]) => k === String(key))?.[1] : undefined,
      value,
    );

  assert.deepEqual(
    [partOf(dump, 'server', 'user'), partOf(dump, 'server', 'uid'), partOf(dump, 'server', 'gid')],
    ['web', 1000, 1001],
  );
  assert.deepEqual(partOf(dump, 'server', 'http_servers'), [
    { family: 'inet', name: null, section: 'inet_http_server', username: null, password: null, host: '', port: 9001 },
    {
      family: 'unix',
      name: 'x',
      section: 'unix_http_server:x',
      username: null,
      password: null,
      file: '/run/s',
      chmod: 448,
      chown: [-1, -1],
    },
  ]);
  assert.deepEqual(partOf(dump, 'server', 'rpcinterfaces'), [
    { name: 'y', factory: 'UNRESOLVED:my:plugin', extras: {} },
  ]);

  const listener = partOf(dump, 'groups', 0);
  assert.deepEqual(
    [partOf(listener, 'type'), partOf(listener, 'events'), partOf(listener, 'buffer_size')],
    ['eventlistener', ['TICK'], 10],
  );
  assert.equal(partOf(listener, 'result_handler'), 'UNRESOLVED:my:handler');
  assert.equal(partOf(listener, 'processes', 0, 'class'), 'EventListenerConfig');

  const process = partOf(dump, 'groups', 1, 'processes', 0);
  assert.deepEqual(
    ['class', 'uid', 'stopsignal', 'stopsignal_num', 'stdout_logfile', 'stderr_logfile', 'umask'].map((key) =>
      partOf(process, key),
    ),
    ['ProcessConfig', 1000, 'QUIT', 3, 'AUTO', null, null],
  );

  const fcgi = partOf(dump, 'groups', 2);
  assert.deepEqual(partOf(fcgi, 'socket'), { url: 'unix:///run/f', owner: [1000, -1], mode: 448, backlog: null });
  assert.equal(partOf(fcgi, 'processes', 0, 'class'), 'FastCGIProcessConfig');
});
