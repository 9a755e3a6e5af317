import { existsSync } from 'node:fs';
import { Client, targetOf } from './client.ts';
import type { LoadOptions, LoadResult } from './options.ts';
import { Tally } from './tally.ts';

/** Runs the load in this process. @throws Error when the options name no server. */
export async function generate(options: LoadOptions): Promise<LoadResult> {
  const target = targetOf(options);
  const stop = new AbortController();
  const ask = (): void => stop.abort();
  process.on('SIGTERM', ask);
  process.on('SIGINT', ask);
  const { durationMs, stopFile } = options;
  const timer = durationMs === undefined ? undefined : setTimeout(ask, durationMs);
  const watch = stopFile === undefined ? undefined : setInterval(() => existsSync(stopFile) && ask(), 20);
  const tally = new Tally(performance.now());
  const clients = Array.from(
    { length: options.concurrency },
    () => new Client(target, options, tally, () => stop.signal.aborted),
  );
  await Promise.all(clients.map((client) => client.run()));
  clearTimeout(timer);
  clearInterval(watch);
  process.off('SIGTERM', ask);
  process.off('SIGINT', ask);
  return tally.result(performance.now(), options.mode, options.concurrency);
}

/** The result in one line. */
export function summary(result: LoadResult): string {
  const failures = Object.entries(result.failures)
    .flatMap(([phase, errors]) => Object.entries(errors).map(([error, count]) => `${phase} ${error} ${count}`))
    .join(', ');
  const { p50, p99, p999, max } = result.latencyMs;
  return [
    `${result.mode}: ${result.failed} failed of ${result.requests}${failures === '' ? '' : ` (${failures})`}`,
    `${Object.keys(result.generations).length} generations`,
    `p50 ${p50} p99 ${p99} p99.9 ${p999} max ${max} ms`,
    `longest pause ${result.longestPauseMs} ms`,
    `${Math.round((result.succeeded * 1000) / Math.max(1, result.elapsedMs))}/s`,
  ].join(' · ');
}
