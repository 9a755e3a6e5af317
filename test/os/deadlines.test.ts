import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { now, unixSeconds, wallTime } from '../../src/os/clock.ts';
import { Deadlines, type Due } from '../../src/os/deadlines.ts';

type Heard = { readonly batches: Due<string>[][]; readonly at: number[]; next(): Promise<void> };

/** Deadlines whose coming is written down. */
function listening(): { deadlines: Deadlines<string>; heard: Heard } {
  let next = Promise.withResolvers<void>();
  const batches: Due<string>[][] = [];
  const at: number[] = [];
  const deadlines = new Deadlines<string>((due) => {
    batches.push([...due]);
    at.push(now());
    next.resolve();
    next = Promise.withResolvers();
  });
  return { deadlines, heard: { batches, at, next: () => next.promise } };
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

test('a deadline comes with its epoch, and not early', async () => {
  const { deadlines, heard } = listening();
  for (const wait of [0.3, 1.7, 5.2]) {
    const due = now() + wait;
    deadlines.arm('web', 7, due);
    await heard.next();
    assert.ok((heard.at.at(-1) ?? 0) >= due);
  }
  assert.deepEqual(heard.batches.at(-1), [{ key: 'web', epoch: 7 }]);
  assert.equal(deadlines.size, 0);
});

test('a new deadline takes the place of the old one, later or earlier', async () => {
  const { deadlines, heard } = listening();
  const start = now();
  deadlines.arm('a', 1, start + 1);
  deadlines.arm('a', 2, start + 20);
  deadlines.arm('b', 1, start + 100_000);
  deadlines.arm('b', 2, start + 10);
  await heard.next();
  await heard.next();
  assert.deepEqual(heard.batches.flat(), [
    { key: 'b', epoch: 2 },
    { key: 'a', epoch: 2 },
  ]);
  assert.ok((heard.at[1] ?? 0) >= start + 20);
});

test('what is due together comes in one batch, the earliest first', async () => {
  const { deadlines, heard } = listening();
  const at = now() - 1000;
  deadlines.arm('late', 1, at + 3);
  deadlines.arm('early', 1, at + 1);
  deadlines.arm('between', 1, at + 2);
  await heard.next();
  assert.deepEqual(
    heard.batches.map((batch) => batch.map(({ key }) => key)),
    [['early', 'between', 'late']],
  );
});

test('what has arrived before a deadline comes is heard first, though nobody had the time to read it', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect(port, '127.0.0.1');
  const [accepted] = (await once(server, 'connection')) as [Socket];
  t.after(() => client.destroy());
  const { deadlines, heard } = listening();
  accepted.once('data', () => deadlines.disarm('void'));
  await new Promise<void>((resolve) => {
    setImmediate(() => {
      deadlines.arm('void', 1, now() + 5);
      deadlines.arm('other', 1, now() + 5);
      client.write('news');
      for (const end = now() + 50; now() < end; );
      resolve();
    });
  });
  await heard.next();
  assert.deepEqual(heard.batches, [[{ key: 'other', epoch: 1 }]]);
});

test('no timer runs when there is no deadline', async () => {
  const before = timers();
  const { deadlines, heard } = listening();
  deadlines.arm('a', 1, now() + 60_000);
  deadlines.arm('b', 1, now() + 70_000);
  assert.equal(timers(), before + 1);
  deadlines.disarm('a');
  deadlines.disarm('b');
  deadlines.disarm('never armed');
  assert.equal(timers(), before);
  deadlines.arm('c', 1, now());
  await heard.next();
  assert.equal(timers(), before);
});

test('a deadline beyond what a timer can hold waits', () => {
  const { deadlines } = listening();
  deadlines.arm('a', 1, now() + 2 ** 40);
  assert.equal(deadlines.size, 1);
  deadlines.disarm('a');
});

test('one may be set while others come', async () => {
  const { promise, resolve } = Promise.withResolvers<readonly Due<string>[]>();
  const deadlines: Deadlines<string> = new Deadlines((due) => {
    if (due[0]?.epoch === 1) deadlines.arm('a', 2, now() + 1);
    else resolve(due);
  });
  deadlines.arm('a', 1, now());
  assert.deepEqual(await promise, [{ key: 'a', epoch: 2 }]);
});

test('whatever was armed, replaced and disarmed, the rest comes in order', async () => {
  const command = fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
    due: fc.option(fc.nat(1000), { freq: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 60 }), async (commands) => {
      const { deadlines, heard } = listening();
      const past = now() - 2000;
      const expected = new Map<string, { due: number; epoch: number }>();
      for (const [epoch, { key, due }] of commands.entries()) {
        if (due === null) {
          deadlines.disarm(key);
          expected.delete(key);
        } else {
          deadlines.arm(key, epoch, past + due);
          expected.set(key, { due, epoch });
        }
      }
      assert.equal(deadlines.size, expected.size);
      if (expected.size === 0) return;
      await heard.next();
      const [batch = []] = heard.batches;
      assert.deepEqual(
        new Map(batch.map(({ key, epoch }) => [key, epoch])),
        new Map([...expected].map(([key, { epoch }]) => [key, epoch])),
      );
      const order = batch.map(({ key }) => expected.get(key)?.due ?? 0);
      assert.deepEqual(
        order,
        order.toSorted((a, b) => a - b),
      );
    }),
    { numRuns: 50 },
  );
});

test('the clock is the monotonic one, and leads to wall time', () => {
  const [before, middle, after] = [Number(process.hrtime.bigint()) / 1e6, now(), Number(process.hrtime.bigint()) / 1e6];
  assert.ok(before <= middle && middle <= after);
  assert.ok(Math.abs(wallTime(now() - 5000) - (Date.now() - 5000)) < 30_000);
  assert.ok(Math.abs(unixSeconds(now()) - Date.now() / 1000) < 30);
});
