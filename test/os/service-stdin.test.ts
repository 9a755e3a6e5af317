import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ServiceStdin } from '../../src/os/service-stdin.ts';
import { makeFifo, readAvailable, scratchDirectory } from './scratch.ts';

test('what a service does not read is kept, and arrives in order', async (t) => {
  const path = join(scratchDirectory(t), 'pipe');
  const pipe = makeFifo(t, path);
  const stdin = new ServiceStdin(process.pid, pipe.writer, () => assert.fail('it was read'));
  t.after(() => stdin.close());
  assert.equal(stdin.write(Buffer.from('first\n')), 'taken');
  assert.equal(readAvailable(pipe.reader).toString(), 'first\n');
  const pieces = Array.from({ length: 9 }, (_, index) => Buffer.alloc(100_000, `${index}`));
  for (const piece of pieces) assert.equal(stdin.write(piece), 'taken');
  const wanted = Buffer.concat(pieces);
  let read = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { end: wanted.length - 1 })) read = Buffer.concat([read, chunk]);
  assert.ok(read.equals(wanted));
  assert.equal(stdin.write(Buffer.from('x')), 'taken');
});

test('too much that waits is refused', (t) => {
  const pipe = makeFifo(t, join(scratchDirectory(t), 'pipe'));
  const stdin = new ServiceStdin(process.pid, pipe.writer, () => undefined);
  t.after(() => stdin.close());
  assert.equal(stdin.write(Buffer.alloc(3 << 20)), 'taken', 'one that is alone may be as long as it likes');
  assert.equal(stdin.write(Buffer.from('x')), 'full');
});

test('nobody reads it any more', (t) => {
  const pipe = makeFifo(t, join(scratchDirectory(t), 'pipe'));
  const stdin = new ServiceStdin(process.pid, pipe.writer, () => assert.fail('nothing was kept'));
  pipe.closeReader();
  assert.equal(stdin.write(Buffer.from('x')), 'closed');
  assert.equal(stdin.write(Buffer.from('x')), 'closed');
  assert.throws(() => new ServiceStdin(process.pid, pipe.writer, () => undefined), { code: 'ENXIO' });
  stdin.close();
});

test('a service that closes its stdin while something is kept for it', async (t) => {
  const other = makeFifo(t, join(scratchDirectory(t), 'pipe'));
  const told = Promise.withResolvers<void>();
  const slow = new ServiceStdin(process.pid, other.writer, told.resolve);
  assert.equal(slow.write(Buffer.alloc(200_000)), 'taken');
  other.closeReader();
  await told.promise;
  assert.equal(slow.write(Buffer.from('x')), 'closed');
});
