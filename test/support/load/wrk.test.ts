import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tallyOf } from './wrk.ts';

const head = `Running 10s test @ http://127.0.0.1:8000/
  1 threads and 6 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    10.31ms    5.57ms  44.39ms   79.27%
    Req/Sec   593.29    128.36   760.00     78.57%
`;

test('without a line about errors there were none', () => {
  const tally = tallyOf(`${head}  5908 requests in 10.01s, 0.92MB read\nRequests/sec:    590.21\n`);
  assert.equal(tally?.requests, 5908);
  assert.equal(tally?.succeeded, 5908);
  assert.equal(tally?.failed, 0);
});

test('errors of every kind are counted, and an answer that is none of 2xx or 3xx is one', () => {
  const tally = tallyOf(
    `${head}  100 requests in 10.01s, 0.92MB read\n  Socket errors: connect 1, read 2, write 3, timeout 4\n  Non-2xx or 3xx responses: 5\n`,
  );
  assert.deepEqual([tally?.requests, tally?.succeeded, tally?.failed], [110, 95, 15]);
  assert.deepEqual(tally?.failures, {
    connect: { connect: 1 },
    first: { read: 2, write: 3, timeout: 4 },
    reused: {},
    body: {},
    status: { 'not 2xx or 3xx': 5 },
  });
});

test('what is no summary is none', () => {
  assert.equal(tallyOf(head), null);
});
