import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { LoadOptions, LoadResult } from '../load/options.ts';
import { type RunningLoad, startLoad } from '../load/run.ts';

/** A load that ends with the test, however that does; a client rests a moment between two requests, for the machine has others to serve. */
export function loadUntilEnd(t: Pick<TestContext, 'after'>, options: LoadOptions): RunningLoad {
  const load = startLoad({ pauseMs: 10, ...options });
  t.after(async () => {
    load.stop();
    await load.result;
  });
  return load;
}

/** A connection per request on a port, until it is stopped or the test ends. */
export function loadOn(t: Pick<TestContext, 'after'>, port: number, concurrency = 8): RunningLoad {
  return loadUntilEnd(t, {
    url: `http://127.0.0.1:${port}/`,
    mode: 'close',
    concurrency,
    timeoutMs: 60_000,
  });
}

/** Ends a load. None of its requests may have failed, and there must have been some dozens of them. */
export async function noneFailed(load: RunningLoad, evidence: () => string = () => ''): Promise<LoadResult> {
  load.stop();
  const result = await load.result;
  assert.equal(result.failed, 0, `${JSON.stringify(result.samples)}${evidence()}`);
  assert.ok(result.succeeded > 50, `${result.succeeded} requests`);
  return result;
}
