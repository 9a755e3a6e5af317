import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { noOptions } from '../../src/config/options.ts';
import { inheritedEnvironment, serviceEnvironment } from '../../src/daemon/environment.ts';
import { nodeConfigHost } from '../../src/os/config-host.ts';

function configOf(text: string): Config {
  const directory = mkdtempSync(join(tmpdir(), 'legato-environment-'));
  try {
    const file = join(directory, 'supervisord.conf');
    writeFileSync(file, text);
    const loaded = loadConfig({ ...noOptions, configuration: file }, nodeConfigHost('/usr/bin/legatod'));
    assert.ok(loaded.ok, loaded.ok ? '' : loaded.message);
    return loaded.config;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test('what the launcher put aside is given back to the services', () => {
  assert.deepEqual(inheritedEnvironment({ PATH: '/bin', LEGATO_KEPT_NODE_OPTIONS: '--inspect', GONE: undefined }), {
    PATH: '/bin',
    NODE_OPTIONS: '--inspect',
  });
});

test('the program wins over [supervisord], which wins over the SUPERVISOR_ names, which win over what was inherited', () => {
  const config = configOf(`[supervisord]
environment=A="daemon",B="daemon",SUPERVISOR_ENABLED="yes"
[unix_http_server]
file=/tmp/legato-test.sock
[program:web]
command=true
environment=B="program"
`);
  const process = config.groups[0]?.processes[0];
  assert.ok(process);
  const environment = serviceEnvironment(
    { A: 'inherited', SUPERVISOR_PROCESS_NAME: 'inherited' },
    config.server,
    process,
  );
  assert.deepEqual(environment, {
    A: 'daemon',
    B: 'program',
    SUPERVISOR_ENABLED: 'yes',
    SUPERVISOR_SERVER_URL: 'unix:///tmp/legato-test.sock',
    SUPERVISOR_PROCESS_NAME: 'web',
    SUPERVISOR_GROUP_NAME: 'web',
  });
});

test('without a server there is no SUPERVISOR_SERVER_URL, as with Supervisor', () => {
  const config = configOf('[supervisord]\n[program:web]\ncommand=true\n');
  const process = config.groups[0]?.processes[0];
  assert.ok(process);
  assert.equal('SUPERVISOR_SERVER_URL' in serviceEnvironment({}, config.server, process), false);
});
