import type { GenerationSeen, LoadMode, LoadResult, Phase } from './options.ts';

/** What has happened so far. `now` is milliseconds on any steady clock. */
export class Tally {
  connections = 0;
  closedIdle = 0;
  #started: number;
  #lastSuccess: number;
  #longestPause = 0;
  #failed = 0;
  readonly #latencies: number[] = [];
  readonly #failures: Record<Phase, Record<string, number>> = {
    connect: {},
    first: {},
    reused: {},
    body: {},
    status: {},
  };
  readonly #samples: { atMs: number; phase: Phase; error: string }[] = [];
  readonly #generations = new Map<string, { requests: number; firstMs: number; lastMs: number }>();

  constructor(now: number) {
    this.#started = now;
    this.#lastSuccess = now;
  }

  succeed(now: number, tookMs: number, generation: string | null): void {
    this.#latencies.push(tookMs);
    this.#longestPause = Math.max(this.#longestPause, now - this.#lastSuccess);
    this.#lastSuccess = now;
    const at = now - this.#started;
    const name = generation ?? '';
    const seen = this.#generations.get(name);
    if (seen === undefined) {
      this.#generations.set(name, { requests: 1, firstMs: at, lastMs: at });
    } else {
      seen.requests += 1;
      seen.lastMs = at;
    }
  }

  fail(now: number, phase: Phase, error: string): void {
    this.#failed += 1;
    this.#failures[phase][error] = (this.#failures[phase][error] ?? 0) + 1;
    if (this.#samples.length < 20) this.#samples.push({ atMs: round(now - this.#started), phase, error });
  }

  result(now: number, mode: LoadMode, concurrency: number): LoadResult {
    const sorted = Float64Array.from(this.#latencies).sort();
    const at = (share: number): number =>
      round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
    const generations: Record<string, GenerationSeen> = {};
    for (const [name, seen] of this.#generations)
      generations[name] = { requests: seen.requests, firstMs: round(seen.firstMs), lastMs: round(seen.lastMs) };
    return {
      mode,
      concurrency,
      elapsedMs: round(now - this.#started),
      requests: sorted.length + this.#failed,
      succeeded: sorted.length,
      failed: this.#failed,
      failures: this.#failures,
      samples: this.#samples,
      connections: this.connections,
      closedIdle: this.closedIdle,
      generations,
      latencyMs: { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) },
      longestPauseMs: round(Math.max(this.#longestPause, now - this.#lastSuccess)),
    };
  }
}

const round = (value: number): number => Math.round(value * 100) / 100;
