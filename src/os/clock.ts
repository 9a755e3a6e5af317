import type { Millis } from '../core/program.ts';

/** setTimeout takes at most 2^31 - 1 milliseconds (24.8 days), and takes what is longer for no time at all. */
export const longestTimer: number = 2 ** 31 - 1;

/** The time on CLOCK_MONOTONIC in milliseconds, with a fraction: the clock of init's `started_ms`. */
export function now(): Millis {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

/** The wall time, in milliseconds since 1970, at which the monotonic clock showed `at`, by the wall clock as it is set now. */
export function wallTime(at: Millis): number {
  return Date.now() - (now() - at);
}

/** The same in whole seconds, as Supervisor's API gives `start`, `stop` and `now`. */
export function unixSeconds(at: Millis): number {
  return Math.floor(wallTime(at) / 1000);
}
