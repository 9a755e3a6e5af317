/**
 * Keeps what V8 makes of the parts of the bundle in dist/bundle/code (src/entry/part.ts): runs legatod through a small life (two programs, a
 * death, a few commands, a stop) and has it, and the clients that command it, write down what they have compiled. Nothing depends on it: where
 * legatod cannot be run, a warning says so and every start compiles for itself.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const root = join(import.meta.dirname, '..');
const dir = mkdtempSync(join(tmpdir(), 'legato-code-'));
/** A slow machine needs some seconds. */
const limit = 60_000;

/** Made to have legatod write, gone when that is done. */
const asked = join(dir, 'asked');
/** Runs in every process before its program: knows the scripts it makes, whose code it writes at its end, or when asked. */
const writer = `'use strict';
const fs = require('node:fs');
const vm = require('node:vm');
const scripts = new Map();
vm.Script = class extends vm.Script {
  constructor(text, options) {
    super(text, options);
    scripts.set({ file: options.filename, text }, this);
  }
};
const { codeFile } = require(${JSON.stringify(join(root, 'src/entry/part.ts'))});
const write = () => {
  for (const [{ file, text }, script] of scripts) {
    const path = codeFile(file, text);
    fs.writeFileSync(path + '.new', script.createCachedData());
    fs.renameSync(path + '.new', path);
  }
};
process.on('exit', write);
setInterval(() => {
  if (!fs.existsSync(${JSON.stringify(asked)})) return;
  write();
  fs.rmSync(${JSON.stringify(asked)});
}, 20).unref();
`;
const configuration = `[supervisord]
nodaemon=true
logfile=${dir}/d.log
pidfile=${dir}/d.pid
childlogdir=${dir}
[unix_http_server]
file=${dir}/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[program:sleeps]
command=sleep 1000
startsecs=0
numprocs=2
process_name=%(program_name)s_%(process_num)d
`;
writeFileSync(join(dir, 'supervisord.conf'), configuration);
writeFileSync(join(dir, 'writer.cjs'), writer);
// The launchers give this Node the options it has at every start: what is compiled under others is of no use.
writeFileSync(join(dir, 'node'), `#!/bin/sh\nexec '${process.execPath}' --require '${dir}/writer.cjs' "$@"\n`, {
  mode: 0o755,
});
const env = { PATH: process.env['PATH'], HOME: dir, LEGATO_NODE: join(dir, 'node') };

function ctl(...words: string[]): string {
  const options = ['-s', `unix://${dir}/s.sock`, ...words];
  return execFileSync(join(root, 'bin/legatoctl'), options, { encoding: 'utf8', env, timeout: limit });
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + limit;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await pause(20);
  }
}

const code = join(root, 'dist/bundle/code');
rmSync(code, { recursive: true, force: true });
mkdirSync(code);
const legatod = spawn(join(root, 'bin/legatod'), ['-n', '-c', join(dir, 'supervisord.conf')], {
  env,
  stdio: ['ignore', 'ignore', 'inherit'],
});
const ended = once(legatod, 'exit');
try {
  await until('legatod to answer', () => {
    if (legatod.exitCode !== null) throw new Error(`legatod ended with ${legatod.exitCode}`);
    return existsSync(join(dir, 's.sock'));
  });
  const victim = Number(ctl('pid', 'sleeps:sleeps_0'));
  process.kill(victim, 'SIGKILL');
  await until('the next process', () => Number(ctl('pid', 'sleeps:sleeps_0')) !== victim);
  ctl('restart', 'sleeps:sleeps_1');
  ctl('status');
  ctl('stop', 'all');
  writeFileSync(asked, '');
  await until('the code to be written', () => !existsSync(asked));
} catch (error) {
  console.error(`warning: every start will compile for itself: ${String(error)}`);
} finally {
  legatod.kill('SIGTERM');
  await ended;
  rmSync(dir, { recursive: true, force: true });
}
