import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { Client } from '../../../src/control/client.ts';
import { makeNamespec } from '../../../src/control/namespec.ts';
import { listOf, processStatus } from '../../../src/control/replies.ts';
import { command, type Outcome } from './command.ts';
import { daemonSections, rpcInterface } from './daemon-sections.ts';
import { environmentOf, familyOf, printed, processTable, type Row } from './process-table.ts';
import { scratch } from './scratch.ts';
import { supervisorctl } from './supervisorctl.ts';
import { textOf } from './text-of.ts';
import { until } from './until.ts';

export type Peer = 'legato' | 'supervisor';

export const repository: string = join(import.meta.dirname, '../../..');
export const fixtures: string = join(repository, 'test/fixtures');

/** Debian's Python programs must not meet another python3. */
const path = '/usr/sbin:/usr/bin:/sbin:/bin';

export type Launch = {
  readonly peer: Peer;
  /** Where the legato is that is started; this one unless said. */
  readonly root?: string;
  /** The sections after those that the harness writes; `[supervisord]` and the sockets are the harness's. */
  readonly programs?: string;
  /** Of the main log; debug where nothing is said, which has the brain read all output (it is copied there). */
  readonly loglevel?: 'debug' | 'info';
  /** Instead of `programs`: a whole configuration file, which must put its socket and logs below `%(ENV_RUN_DIR)s`. */
  readonly config?: string;
  /** PID 1 of a namespace of its own (the default), or a plain child. */
  readonly pid1?: boolean;
  /** A command in front of the supervisor, given the directory: setpriv, bwrap … */
  readonly wrap?: (dir: string) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly dir?: string;
};

export type End = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type Running = {
  readonly peer: Peer;
  readonly dir: string;
  /** The pid of the supervisor (of legato: of init) as this test sees it. */
  readonly pid: number;
  /** Debian's supervisorctl. */
  readonly ctl: (...args: readonly string[]) => Promise<Outcome>;
  readonly legatoctl: (...args: readonly string[]) => Promise<Outcome>;
  /** What `supervisorctl status` says, asked for without a client's start: for what is looked at again and again. Empty: nobody answers. */
  readonly status: (...names: readonly string[]) => Promise<string>;
  /** Every process of the namespace; of a plain one: the supervisor's family and whoever carries its mark. */
  readonly processes: () => Row[];
  readonly log: () => string;
  /** What the supervisor wrote to its own stdout and stderr. */
  readonly console: () => string;
  /** Resolves when the supervisor (with its namespace) has ended. */
  readonly ended: Promise<End>;
  /** For messages. */
  readonly evidence: () => string;
};

/** Starts a supervisor and waits until its socket answers. Everything it started goes when the test ends. */
export async function start(t: Pick<TestContext, 'after'>, launch: Launch): Promise<Running> {
  const dir = launch.dir ?? scratch(t);
  const file = launch.config ?? writeConfig(dir, launch.programs ?? '', launch.loglevel ?? 'debug');
  const pid1 = launch.pid1 ?? true;
  const bin = join(launch.root ?? repository, 'bin');
  const words = [
    ...(pid1 ? ['/usr/bin/unshare', '--fork', '--pid', '--mount-proc', '--kill-child'] : []),
    ...(launch.wrap?.(dir) ?? []),
    launch.peer === 'legato' ? join(bin, 'legatod') : '/usr/bin/supervisord',
    '-n',
    '-c',
    file,
  ];
  const env = { PATH: path, HOME: '/root', LANG: 'C.UTF-8', RUN_DIR: dir, LEGATO_TEST: dir, ...launch.env };
  const out = openSync(join(dir, 'console.txt'), 'a');
  const child = spawn(words[0] ?? '', words.slice(1), { env, cwd: dir, stdio: ['ignore', out, out] });
  closeSync(out);
  const ended = new Promise<End>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve({ code, signal });
    });
  });
  t.after(async () => {
    await clear(child, dir, pid1);
  });

  const console = (): string => textOf(join(dir, 'console.txt'));
  const socket = join(dir, 's.sock');
  await until('the supervisor to answer on its socket', () => isThere(child, console) && answers(socket), {
    limit: 60_000,
    evidence: console,
  });
  const pid = supervisorPid(child, pid1);
  const table = (): Row[] => (pid1 ? processTable(`/proc/${pid}/root/proc`) : marked(pid, dir));
  return {
    peer: launch.peer,
    dir,
    pid,
    ended,
    ctl: (...args) => supervisorctl(['-c', file, ...args], env),
    legatoctl: (...args) => command(join(bin, 'legatoctl'), ['-c', file, ...args], { env }),
    status: (...names) => statusOf(socket, names),
    processes: table,
    log: () => textOf(join(dir, 'd.log')),
    console,
    evidence: () => `${printed(table())}\n${textOf(join(dir, 'd.log'))}\n${console()}`,
  };
}

function writeConfig(dir: string, programs: string, loglevel: string): string {
  const file = join(dir, 'c.conf');
  writeFileSync(file, daemonSections(dir, { loglevel }) + rpcInterface + programs);
  return file;
}

async function statusOf(socket: string, names: readonly string[]): Promise<string> {
  const client = new Client({ serverurl: `unix://${socket}`, username: null, password: null });
  try {
    const infos = listOf(await client.call('supervisor.getAllProcessInfo'), processStatus);
    const lines = infos.flatMap(({ group, name, statename, description }) => {
      const process = makeNamespec(group, name);
      return names.length === 0 || names.includes(process) ? `${process} ${statename} ${description}\n` : [];
    });
    return lines.join('');
  } catch {
    return '';
  }
}

/** unshare's only child is the namespace's PID 1; a plain supervisor is the child itself. */
function supervisorPid(child: ChildProcess, pid1: boolean): number {
  const own = child.pid ?? 0;
  return pid1 ? Number(readFileSync(`/proc/${own}/task/${own}/children`, 'utf8').trim().split(' ')[0]) : own;
}

function isThere(child: ChildProcess, console: () => string): boolean {
  if (child.exitCode === null && child.signalCode === null) return true;
  throw new Error(`the supervisor ended with ${child.exitCode ?? child.signalCode}\n${console()}`);
}

async function answers(socket: string): Promise<boolean> {
  const connection = connect(socket);
  const answer = await Promise.race([
    once(connection, 'connect').then(() => true),
    once(connection, 'error').then(() => false),
  ]).catch(() => false);
  connection.destroy();
  return answer;
}

/** Without a namespace, an orphan may have gone to the machine's PID 1; the mark in its environment still tells it. */
function marked(pid: number, dir: string): Row[] {
  const rows = processTable();
  const own = rows.filter((row) => row.pid !== process.pid && environmentOf(row.pid).includes(`LEGATO_TEST=${dir}\0`));
  const family = familyOf(rows, [pid, ...own.map((row) => row.pid)]);
  return rows.filter((row) => family.has(row.pid));
}

async function clear(child: ChildProcess, dir: string, pid1: boolean): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  if (pid1) return;
  await until('what a plain supervisor left to be gone', () => {
    const left = marked(-1, dir).filter((row) => row.state !== 'Z');
    for (const row of left) {
      try {
        process.kill(row.pid, 'SIGKILL');
      } catch {
        // It ended by itself in the meantime.
      }
    }
    return left.length === 0;
  });
}
