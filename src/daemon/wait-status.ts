import type { ExitStatus } from '../core/status.ts';

/** A wait(2) status as the core knows it (WIFSIGNALED, WTERMSIG, WCOREDUMP, WEXITSTATUS). */
export function waitStatus(status: number): ExitStatus {
  const signal = status & 0x7f;
  if (signal !== 0) return { code: null, signal, core: (status & 0x80) !== 0 };
  return { code: (status >> 8) & 0xff, signal: null, core: false };
}
