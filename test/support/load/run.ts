import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { LoadOptions, LoadResult } from './options.ts';

/** A load that runs in a process of its own, so that the test's own work does not slow it. */
export interface RunningLoad {
  /** Asks it to end; requests under way are finished. */
  stop(): void;
  readonly result: Promise<LoadResult>;
  /** Resolves when its first request is about to be sent, or it has come to nothing. */
  readonly begun: Promise<void>;
}

export function startLoad(options: LoadOptions): RunningLoad {
  const named = {
    url: options.url,
    unix: options.unix,
    path: options.path,
    mode: options.mode,
    concurrency: options.concurrency,
    duration: options.durationMs,
    pause: options.pauseMs,
    'stop-file': options.stopFile,
    timeout: options.timeoutMs,
  };
  const args = Object.entries(named).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, String(value)],
  );
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let complaint = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const begun = new Promise<void>((resolve) => {
    child.stderr.once('data', () => resolve());
    child.once('close', () => resolve());
  });
  const result = new Promise<LoadResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0 || code === 1) resolve(JSON.parse(output) as LoadResult);
      else reject(new Error(`the load ended with ${code}: ${complaint.trim()}`));
    });
  });
  return { stop: () => child.kill('SIGTERM'), result, begun };
}

/** Runs a load of a given duration in a process of its own. @throws Error when it does not run at all. */
export function runLoad(options: LoadOptions): Promise<LoadResult> {
  return startLoad(options).result;
}
