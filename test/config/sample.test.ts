import assert from 'node:assert/strict';
import { test } from 'node:test';

import { sampleConfig } from '../../src/config/sample.ts';
import { schema } from '../../src/config/schema.ts';
import { load } from './memory-host.ts';

/** The directories of the logs and the socket are there. */
const files = { '/run/x': '', '/var/log/x': '' };

test('the sample can be run as it is: a daemon on a unix socket, and no program', () => {
  const loaded = load(sampleConfig(), { files });
  assert.ok(loaded.ok, JSON.stringify(loaded));
  assert.deepEqual(
    loaded.config.server.httpServers.map((server) => server.section),
    ['unix_http_server'],
  );
  assert.deepEqual(loaded.config.groups, []);
  assert.deepEqual(
    loaded.config.messages.filter(({ level }) => level === 'warn' || level === 'error'),
    [],
  );
});

test('every key of every section that one would write stands in the sample with its meaning', () => {
  const text = sampleConfig();
  for (const { name, keys, alone } of schema) {
    if (name === 'rpcinterface' || name === 'ctlplugin') continue;
    for (const [key, { doc }] of Object.entries({ ...keys, ...alone })) {
      assert.ok(text.includes(`; ${doc}\n`), `${name}.${key}`);
      assert.match(text, new RegExp(`^;?${key}=`, 'm'));
    }
  }
});
