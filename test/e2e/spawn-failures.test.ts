import assert from 'node:assert/strict';
import { chmodSync, chownSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { command } from '../support/namespace/command.ts';
import { daemonSections, rpcInterface } from '../support/namespace/daemon-sections.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { repository, start } from '../support/namespace/supervisor.ts';
import { textOf } from '../support/namespace/text-of.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'supervisor');

function written(dir: string, name: string, mode: number, text: string): string {
  const file = join(dir, name);
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

test('status and log name the step at which a spawn failed', { skip: missing }, async (t) => {
  const dir = scratch(t);
  const flat = written(dir, 'not-executable', 0o644, '#!/bin/sh\n');
  const alien = written(dir, 'alien', 0o755, '\x7fELF but not really');
  const interpreted = written(dir, 'no-interpreter', 0o755, '#!/no/such/interpreter\n');
  const programs = `[program:1-missing]
command=/no/such/command
startretries=0
[program:2-not-executable]
command=${flat}
startretries=0
[program:3-directory]
command=/bin/true
directory=/no/such/directory
startretries=0
[program:4-format]
command=${alien}
startretries=0
[program:5-interpreter]
command=${interpreted}
startretries=0
`;
  const running = await start(t, { peer: 'legato', dir, programs });
  const lines = await until(
    'five to be FATAL',
    async () => {
      const { stdout } = await running.ctl('status');
      return (stdout.match(/FATAL/g) ?? []).length === 5 && stdout.trim().split('\n');
    },
    running,
  );
  const said = [
    /^1-missing +FATAL +can't find command '\/no\/such\/command'$/,
    /^2-not-executable +FATAL +command at '.*\/not-executable' is not executable$/,
    /^3-directory +FATAL +couldn't chdir to \/no\/such\/directory: ENOENT$/,
    /^4-format +FATAL +couldn't exec .*\/alien: ENOEXEC$/,
    /^5-interpreter +FATAL +couldn't exec .*\/no-interpreter: ENOENT$/,
  ];
  for (const [index, pattern] of said.entries()) assert.match(lines[index] ?? '', pattern);
  const log = running.log();
  for (const line of lines) assert.ok(log.includes(line.replace(/^\S+ +FATAL +/, '')), `the log says so too: ${line}`);
});

test("more descriptors than the kernel can allow are refused at the start, with Supervisor's sentence and code", {
  skip: missing,
}, async (t) => {
  const dir = scratch(t);
  const file = configFile(dir, { minfds: '2000000000' }, '[program:x]\ncommand=/bin/true\n');
  for (const daemon of ['/usr/bin/supervisord', join(repository, 'bin/legatod')]) {
    const { code, stderr } = await command(daemon, ['-n', '-c', file], { cwd: dir, timeout: 120_000 });
    assert.equal(code, 2, daemon);
    assert.match(
      stderr,
      /^Error: The minimum number of file descriptors required to run this process is 2000000000 as per/,
      daemon,
    );
  }
});

test("an unknown user is refused at the start, with Supervisor's code", { skip: missing }, async (t) => {
  const dir = scratch(t);
  const file = configFile(dir, {}, '[program:x]\ncommand=/bin/true\nuser=nosuchuser\n');
  for (const daemon of ['/usr/bin/supervisord', join(repository, 'bin/legatod')]) {
    const { code, stderr, stdout } = await command(daemon, ['-n', '-c', file], { cwd: dir, timeout: 120_000 });
    assert.equal(code, 2, daemon);
    assert.match(stderr + stdout, /Invalid user name nosuchuser/, daemon);
  }
});

test("without root a program runs as the daemon's own user, and another user is refused in Supervisor's words", {
  skip: lacking('root', 'supervisor', 'setpriv'),
}, async (t) => {
  const nobody = 65534;
  const dir = scratch(t);
  chownSync(dir, nobody, nobody);
  const programs = `[program:own]
command=/bin/sh -c 'id -un; exec sleep 1000'
user=nobody
stdout_logfile=${dir}/own.log
check_command=/bin/sh -c 'id -un > ${dir}/checked'
[program:other]
command=/bin/true
user=daemon
startretries=0
`;
  const wrap = ['/usr/bin/setpriv', '--reuid', `${nobody}`, '--regid', `${nobody}`, '--clear-groups'];
  const running = await start(t, { peer: 'legato', dir, programs, pid1: false, wrap: () => wrap });
  const status = await until(
    'both to be decided',
    async () => {
      const { stdout } = await running.ctl('status');
      return /FATAL/.test(stdout) && /RUNNING/.test(stdout) && stdout;
    },
    running,
  );
  assert.match(status, /^other +FATAL +couldn't setuid to 1: Can't drop privilege as nonroot user$/m);
  assert.match(status, /^own +RUNNING/m);
  await until('it to have said who it is', () => textOf(join(dir, 'own.log')).includes('\n'), running);
  assert.equal(readFileSync(join(dir, 'own.log'), 'utf8'), 'nobody\n');
  const handed = await running.legatoctl('handover', 'own');
  assert.equal(handed.code, 0, handed.stdout + handed.stderr);
  assert.equal(readFileSync(join(dir, 'checked'), 'utf8'), 'nobody\n', 'so does what is run for it');
});

function configFile(dir: string, keys: Readonly<Record<string, string>>, programs: string): string {
  return written(dir, 'c.conf', 0o644, daemonSections(dir, keys) + rpcInterface + programs);
}
