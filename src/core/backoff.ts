import type { Millis } from './program.ts';

/** From one failed start to the next attempt: 1, 2, 3 … s, as many seconds as there were failures (Supervisor's `backoff`). */
export function backoffGap(failures: number): Millis {
  return failures * 1000;
}

/** Whether a further attempt is allowed when this many failures came before the present one: `startretries` + 1 attempts in all. */
export function hasRetriesLeft(failures: number, startretries: number): boolean {
  return failures < startretries;
}
