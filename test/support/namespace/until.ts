import { setTimeout as pause } from 'node:timers/promises';

export type Patience = {
  /** Milliseconds until it is given up; a minute unless said: many times what a slow machine needs. */
  readonly limit?: number;
  /** Milliseconds between two looks. */
  readonly every?: number;
  /** What is added to the error: evidence, gathered only then. */
  readonly evidence?: () => string | Promise<string>;
};

/** Waits until `look` yields something that is neither undefined nor false, and gives that back. Throws when it never does. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  { limit = 60_000, every = 10, evidence }: Patience = {},
): Promise<T> {
  const end = performance.now() + limit;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > end)
      throw new Error(`waited ${limit} ms in vain for ${what}\n${(await evidence?.()) ?? ''}`);
    await pause(every);
  }
}
