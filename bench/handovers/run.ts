/** Where what is to be ended at the end is told; a test's context is one. */
export type Ends = { readonly after: (end: () => void | Promise<void>) => void };

/** Runs what a test would run, outside of a test: what is to be ended is ended when it is over, however it ends. */
export async function alone<T>(body: (t: Ends) => Promise<T>): Promise<T> {
  const ends: (() => void | Promise<void>)[] = [];
  try {
    return await body({ after: (end) => void ends.push(end) });
  } finally {
    for (const end of ends) await end();
  }
}
