import type { TestContext } from 'node:test';
import type { LoadOptions } from '../../../bench/load/options.ts';
import { type RunningLoad, startLoad } from '../../../bench/load/run.ts';

/** A load that ends with the test, however that does. */
export function loadUntilEnd(t: Pick<TestContext, 'after'>, options: LoadOptions): RunningLoad {
  const load = startLoad(options);
  t.after(async () => {
    load.stop();
    await load.result;
  });
  return load;
}

/** A connection per request on a port, until it is stopped or the test ends: some are on their way at any time, and the machine has others to serve. */
export function loadOn(t: Pick<TestContext, 'after'>, port: number, concurrency = 8): RunningLoad {
  return loadUntilEnd(t, {
    url: `http://127.0.0.1:${port}/`,
    mode: 'close',
    concurrency,
    pauseMs: 5,
    timeoutMs: 60_000,
  });
}
