import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { command } from '../support/namespace/command.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { repository, start } from '../support/namespace/supervisor.ts';
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

test('a file limit beyond what the kernel grants is named as the step that failed', { skip: missing }, async (t) => {
  const dir = scratch(t);
  const config = configFile(dir, 'minfds=2000000000\n', '[program:x]\ncommand=/bin/true\nstartretries=0\n');
  const running = await start(t, { peer: 'legato', dir, config });
  const fatal = async (): Promise<boolean> =>
    /^x +FATAL +couldn't set a resource limit: EPERM$/m.test((await running.ctl('status')).stdout);
  await until('FATAL', fatal, running);
});

test("an unknown user is refused at the start, with Supervisor's code", { skip: missing }, async (t) => {
  const dir = scratch(t);
  const file = configFile(dir, '', '[program:x]\ncommand=/bin/true\nuser=nosuchuser\n');
  for (const daemon of ['/usr/bin/supervisord', join(repository, 'bin/legatod')]) {
    const { code, stderr, stdout } = await command(daemon, ['-n', '-c', file], { cwd: dir, timeout: 120_000 });
    assert.equal(code, 2, daemon);
    assert.match(stderr + stdout, /Invalid user name nosuchuser/, daemon);
  }
});

function configFile(dir: string, keys: string, programs: string): string {
  const head = `[supervisord]\nnodaemon=true\nlogfile=${dir}/d.log\npidfile=${dir}/d.pid\nchildlogdir=${dir}\n${keys}`;
  const server = `[unix_http_server]\nfile=${dir}/s.sock\n[supervisorctl]\nserverurl=unix://${dir}/s.sock\n`;
  const rpc =
    '[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n';
  return written(dir, 'c.conf', 0o644, head + server + rpc + programs);
}
