import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerConfig } from '../../src/config/config.ts';
import { becomeRequest } from '../../src/daemon/become.ts';

const uid = process.getuid?.() ?? 0;
const init = {
  type: 'hello',
  id: 1,
  version: 1,
  pid: 20,
  pid1: false,
  subreaper: true,
  became: false,
  nofile: 1024n,
} as const;
const nobody = { user: 'nobody', uid: 65534, gid: 65534, groups: [65534] };
const server = (changes: Partial<ServerConfig>): ServerConfig => ({
  nodaemon: true,
  nodaemonInFile: true,
  user: null,
  declaredRpcInterfaces: [],
  silent: false,
  identity: null,
  umask: 0o22,
  directory: null,
  logfile: '/tmp/x.log',
  logfileMaxbytes: 0,
  logfileBackups: 0,
  loglevel: 'info',
  pidfile: '/tmp/x.pid',
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
  ...changes,
});

test('in the foreground, as who we are: nothing to become', () => {
  assert.equal(becomeRequest(server({}), init), null);
  assert.equal(becomeRequest(server({ identity: { ...nobody, uid } }), init), null);
});

test('without nodaemon init goes to the background, once', () => {
  const request = becomeRequest(server({ nodaemon: false }), init);
  assert.deepEqual(request, { type: 'become', detach: true, identity: null, umask: 0o22 });
  assert.equal(becomeRequest(server({ nodaemon: false }), { ...init, became: true }), null);
});

test('PID 1 stays in the foreground: its end would be the end of the container', () => {
  assert.equal(becomeRequest(server({ nodaemon: false }), { ...init, pid1: true }), null);
});

test('another user is taken in the foreground as well', () => {
  const request = becomeRequest(server({ identity: nobody }), init);
  assert.equal(request?.detach, false);
  assert.deepEqual(request?.identity, nobody);
});
