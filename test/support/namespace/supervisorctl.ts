import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import type { Outcome } from './command.ts';

type Environment = Readonly<Record<string, string>>;

let server: Promise<string> | null = null;

/**
 * Debian's supervisorctl, kept warm: to start Python and to load it takes longer than what it does. It is started with the first command, and
 * goes with this process.
 */
export async function supervisorctl(words: readonly string[], env: Environment): Promise<Outcome> {
  server ??= startServer();
  const socket = connect({ path: await server, allowHalfOpen: true });
  socket.end(JSON.stringify({ words, env }));
  return outcomeIn(await text(socket), words);
}

async function startServer(): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'legato-supervisorctl-'));
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, 's.sock');
  const script = join(import.meta.dirname, 'supervisorctl.py');
  const child = spawn('/usr/bin/python3', [script, path], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ready = once(child.stdout, 'data');
  const gone = once(child, 'exit').then(() => Promise.reject(new Error('supervisorctl could not be kept warm')));
  await Promise.race([ready, gone]);
  gone.catch(() => undefined);
  forget(child);
  return path;
}

/** This process ends without waiting for it. */
function forget(child: ChildProcess): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout]) (stream as Socket).unref();
}

function outcomeIn(answer: string, words: readonly string[]): Outcome {
  if (answer === '') throw new Error(`supervisorctl ${words.join(' ')} did not come to its end`);
  return JSON.parse(answer) as Outcome;
}
