/**
 * A few lines of the matrix of handovers (bench/handovers/, `npm run handovers`), each with two handovers and the broken deploys
 * between them: what the full form shows with fifty.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { live } from '../../bench/handovers/history.ts';
import { rows } from '../../bench/handovers/rows.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'supervisor', 'python3', 'gunicorn');

/** minReady: a release that dies while it settles dies after 0.15 s; gunicorn's master takes more than twice that to see it. */
const shown: readonly { row: string; pid1: boolean; minReady: number }[] = [
  { row: 'Node http · adopt', pid1: true, minReady: 2 },
  { row: 'http.server · adopt', pid1: false, minReady: 2 },
  { row: 'gunicorn sync · LISTEN_FDS', pid1: true, minReady: 5 },
];

for (const { row: name, pid1, minReady } of shown) {
  const where = pid1 ? 'as PID 1' : 'as a plain process';
  test(`${name}, ${where}: nothing is lost over handovers and broken deploys`, { skip: missing }, async (t) => {
    const row = rows.find(({ service, way }) => `${service} · ${way}` === name);
    assert.ok(row);
    const history = await live(t, row, {
      pid1,
      load: 'close',
      handovers: 2,
      broken: 5,
      concurrency: 4,
      pauseMs: 10,
      minReady,
    });
    assert.deepEqual(history.wrong, []);
    assert.ok(history.load.succeeded > 50, `${history.load.succeeded} requests`);
  });
}
