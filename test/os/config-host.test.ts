import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { noOptions } from '../../src/config/options.ts';
import { nodeConfigHost } from '../../src/os/config-host.ts';

const room = mkdtempSync(join(tmpdir(), 'legato-config-host-'));
after(() => rmSync(room, { recursive: true, force: true }));

const host = nodeConfigHost('legatod');

test('a configuration of real files is loaded', () => {
  mkdirSync(join(room, 'd'));
  writeFileSync(join(room, 'main.conf'), '[supervisord]\n[include]\nfiles=d/*.conf\n');
  writeFileSync(join(room, 'd', 'a.conf'), '[program:a]\ncommand=%(here)s/x\nuser=root\n');
  const loaded = loadConfig({ ...noOptions, configuration: join(room, 'main.conf') }, host);
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.message);
  const process = loaded.config.groups[0]?.processes[0];
  assert.equal(process?.command, `${room}/d/x`);
  assert.equal(process?.identity?.uid, 0);
});

test('what is not there, is a directory, or is not UTF-8', () => {
  assert.deepEqual(host.readFile(join(room, 'none')), { ok: false, reason: 'missing' });
  assert.deepEqual(host.readFile(room), { ok: false, reason: 'unreadable' });
  writeFileSync(join(room, 'latin'), Buffer.from([0x61, 0xe9, 0x62]));
  assert.deepEqual(host.readFile(join(room, 'latin')), {
    ok: false,
    reason: 'undecodable',
    detail: "'utf-8' codec can't decode byte 0xe9 in position 1: invalid continuation byte",
  });
});

test('a byte order mark stays in the text', () => {
  writeFileSync(join(room, 'bom'), '\ufeff[s]\n');
  assert.deepEqual(host.readFile(join(room, 'bom')), { ok: true, text: '\ufeff[s]\n' });
});

test('a dangling link exists only as a link', () => {
  const link = join(room, 'dangling');
  symlinkSync(join(room, 'none'), link);
  assert.deepEqual([host.exists(link), host.linkExists(link), host.isDirectory(link)], [false, true, false]);
});

test('a directory that cannot be read is empty', () => {
  assert.deepEqual(host.readDirectory(join(room, 'none')), []);
  chmodSync(room, 0o700);
  assert.ok(host.readDirectory(room).includes('dangling'));
});

test('accounts by name and by id', () => {
  assert.equal(host.lookupUser('root')?.uid, 0);
  assert.equal(host.lookupUser(0)?.name, 'root');
  assert.equal(host.lookupGroup('root')?.gid, 0);
  assert.equal(host.lookupGroup(0)?.name, 'root');
  assert.equal(host.lookupUser('legato no such user'), null);
  assert.equal(host.lookupUser('legato-no-such-user'), null);
  assert.equal(host.lookupUser(-1), null);
  assert.equal(host.lookupGroup(4_000_000_123), null);
  assert.ok(!host.groupsOfUser('').includes(0), 'the empty member list of a group lists nobody');
});

test('the node name and the environment are those of this process', () => {
  assert.equal(host.hostName, hostname());
  assert.equal(host.environment['PATH'], process.env['PATH']);
});
