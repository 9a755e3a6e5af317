import { setTimeout as rest } from 'node:timers/promises';
import type { LoadResult } from '../../test/support/load/options.ts';
import { type RunningLoad, runLoad, startLoad } from '../../test/support/load/run.ts';
import { freePort } from '../../test/support/namespace/free-port.ts';
import { scratch } from '../../test/support/namespace/scratch.ts';
import { until } from '../../test/support/namespace/until.ts';
import type { Fault, Place, Row } from '../handovers/row.ts';
import type { Ends } from '../handovers/run.ts';
import type { Peer } from './peer.ts';

/** What was seen of one peer with one service. */
export type Seen = {
  /** Nobody touches it. */
  readonly quiet: LoadResult;
  /** With reloads: a connection per request, and kept ones. */
  readonly fresh: LoadResult;
  readonly kept: LoadResult;
  /** With a broken deploy in the middle; `answers` of `asked` probes three seconds after it. */
  readonly broken: LoadResult;
  readonly answers: number;
  readonly asked: number;
};

const reloads = 3;
const concurrency = 6;
const pauseMs = 5;
const fault: Fault = 'bad import';

export async function measure(t: Ends, peer: Peer, row: Row): Promise<Seen> {
  const place: Place = { dir: scratch(t), port: await freePort() };
  let number = 0;
  const deploy = (wrong: Fault | null): void => row.deploy(place, { name: `r${number++}`, fault: wrong });
  deploy(null);
  const { reload } = await peer.launch(t, row, place);
  const url = `http://127.0.0.1:${place.port}/`;
  await until(`${peer.name} to answer`, () => answers(url), { limit: 20_000, every: 50 });
  const options = { url, concurrency, pauseMs, timeoutMs: 10_000 };
  const load = (mode: 'close' | 'keep'): RunningLoad => startLoad({ ...options, mode });

  // The first second warms it up.
  await runLoad({ ...options, mode: 'close', durationMs: 1000 });
  const quiet = await runLoad({ ...options, mode: 'close', durationMs: 5000 });
  const reloaded = async (running: RunningLoad): Promise<LoadResult> => {
    for (let count = 0; count < reloads; count += 1) {
      await rest(1000);
      deploy(null);
      await reload();
    }
    await rest(1500);
    running.stop();
    return await running.result;
  };
  const fresh = await reloaded(load('close'));
  const kept = await reloaded(load('keep'));
  const running = load('close');
  await rest(1000);
  deploy(fault);
  await reload();
  await rest(3000);
  running.stop();
  const broken = await running.result;
  const asked = 8;
  let good = 0;
  for (let probe = 0; probe < asked; probe += 1) good += (await answers(url)) ? 1 : 0;
  return { quiet, fresh, kept, broken, answers: good, asked };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000), headers: { connection: 'close' } })).ok;
  } catch {
    return false;
  }
}
