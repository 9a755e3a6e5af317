import assert from 'node:assert/strict';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { AwaitedStream } from '../../src/os/awaited-stream.ts';
import { openStream } from '../../src/os/output.ts';
import { until } from '../support/namespace/until.ts';
import { makeFifo, scratchDirectory } from './scratch.ts';

test('what is written is taken, unless the taker wants no more; then comes the end', async (t) => {
  const pipe = makeFifo(t, join(scratchDirectory(t), 'pipe'));
  let taken = '';
  let wants = true;
  const ended = Promise.withResolvers<void>();
  const take = (bytes: Buffer): boolean => {
    taken += bytes.toString();
    return wants;
  };
  const stream = new AwaitedStream(openStream(process.pid, pipe.reader), { take, end: ended.resolve });
  t.after(() => stream.close());
  writeSync(pipe.writer, 'one ');
  await until('the first', () => taken === 'one ');
  wants = false;
  writeSync(pipe.writer, 'two ');
  await until('the second', () => taken === 'one two ');
  writeSync(pipe.writer, 'three ');
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  assert.equal(taken, 'one two ');
  wants = true;
  stream.resume();
  await until('the third', () => taken === 'one two three ');
  pipe.closeWriter();
  await ended.promise;
  stream.resume();
});

test('one that was closed is silent', async (t) => {
  const pipe = makeFifo(t, join(scratchDirectory(t), 'pipe'));
  const stream = new AwaitedStream(openStream(process.pid, pipe.reader), {
    take: () => assert.fail('nobody is there to take it'),
    end: () => assert.fail('it was closed'),
  });
  writeSync(pipe.writer, 'x');
  stream.close();
  pipe.closeWriter();
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
});
