import assert from 'node:assert/strict';
import { test } from 'node:test';
import { discreet, isForOwner } from '../../src/daemon/discretion.ts';

const secretive = (error: string): string => {
  const told = discreet(error);
  assert.doesNotMatch(told, /ENV_SECRET|hunter2|ENV_B/);
  return told;
};

test('names of the environment are left out, what is wrong and where is not', () => {
  const format = "Format string '%(x)s' for 'program:a.directory' contains names ('x') which cannot be expanded.";
  const names = 'Available names: ENV_SECRET, ENV_B(odd), here';
  assert.equal(
    secretive(`${format} ${names} in section 'program:a' (file: '/etc/s.conf') (/etc/s.conf:12)`),
    `${format} Available names are in the main log in section 'program:a' (file: '/etc/s.conf') (/etc/s.conf:12)`,
  );
  assert.equal(
    secretive(`${format} ${names} (/etc/s.conf:12)`),
    `${format} Available names are in the main log (/etc/s.conf:12)`,
  );
  assert.equal(secretive(`${format} ${names}`), `${format} Available names are in the main log`);
  assert.equal(
    secretive(`${format} Available names: ENV_SECRET, ENV_B\nodd`),
    `${format} Available names are in the main log`,
  );
  assert.equal(
    secretive(`invalid literal for int() with base 10: "{'here': '/', 'ENV_SECRET': 'hunter2'}" (a:1)`),
    'invalid literal for int() with base 10: "{…}" (a:1)',
  );
  assert.equal(discreet('not a valid boolean value: y (a:1)'), 'not a valid boolean value: y (a:1)');
});

test('only a unix socket that nobody else can open is for the owner', () => {
  const common = { section: 's', username: null, password: null };
  const unix = { ...common, family: 'unix', file: '/s', chmod: 0o700, chown: null } as const;
  assert.equal(isForOwner(unix), true);
  assert.equal(isForOwner({ ...unix, chmod: 0o770 }), false);
  assert.equal(isForOwner({ ...unix, chmod: 0o707 }), false);
  assert.equal(isForOwner({ ...unix, chown: { uid: 1, gid: 1 } }), false);
  assert.equal(isForOwner({ ...common, family: 'inet', host: '127.0.0.1', port: 1 }), false);
});
