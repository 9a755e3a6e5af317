import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { FrameSplitter } from '../../src/os/frame-splitter.ts';
import { type BrainFrame, brainWire, type InitFrame, initWire, protocolVersion } from '../../src/os/wire.ts';

type Said = { readonly what: string; readonly value: unknown };

/** The test is init: it starts a brain on a socketpair, as fd 3. */
class Init {
  readonly #brain: ChildProcess;
  readonly #socket: Socket;
  readonly #lines: AsyncIterator<string>;
  readonly #writes: AsyncIterator<[Buffer]>;
  readonly #ended: Promise<unknown>;

  constructor(context: TestContext) {
    const brain = spawn(process.execPath, [join(import.meta.dirname, 'fixtures', 'brain-on-the-link.ts')], {
      stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    });
    context.after(() => brain.kill('SIGKILL'));
    const socket = brain.stdio[3];
    assert.ok(socket instanceof Socket && brain.stdout !== null);
    socket.on('error', () => undefined);
    // From the beginning: what comes while nobody listens is lost.
    this.#writes = on(socket, 'data') as AsyncIterator<[Buffer]>;
    this.#brain = brain;
    this.#socket = socket;
    this.#ended = once(brain, 'exit');
    this.#lines = createInterface({ input: brain.stdout })[Symbol.asyncIterator]();
  }

  /** What the brain prints next. */
  async hears(): Promise<Said> {
    const line = await this.#lines.next();
    assert.ok(line.done !== true, 'the brain says something');
    return JSON.parse(line.value) as Said;
  }

  /** Everything that comes with the brain's next write. */
  async takes(): Promise<BrainFrame[]> {
    const write = await this.#writes.next();
    assert.ok(write.done !== true, 'the brain writes something');
    return new FrameSplitter(brainWire).push(write.value[0]);
  }

  /** All in one write. */
  sends(...frames: readonly InitFrame[]): void {
    this.#socket.write(Buffer.concat(frames.map((frame) => initWire.encode(frame))));
  }

  sendsBytes(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  goes(): void {
    this.#socket.destroy();
  }

  async exitCode(): Promise<number | null> {
    await this.#ended;
    return this.#brain.exitCode;
  }

  /** Answers the brain's greeting with nothing known. */
  async greets(): Promise<void> {
    const [hello] = await this.takes();
    assert.deepEqual(hello, { type: 'hello', id: 1, version: protocolVersion });
    this.sends(helloFromInit, { type: 'snapshot-end', id: 1 });
    assert.equal((await this.hears()).what, 'snapshot');
  }
}

const helloFromInit = {
  type: 'hello',
  id: 1,
  version: protocolVersion,
  pid: 77,
  pid1: false,
  subreaper: true,
  became: false,
  nofile: 1024n,
} as const;

function readable(generation: number): InitFrame {
  return { type: 'readable', id: 0, generation, stream: 'stdout' };
}

test('the greeting brings the snapshot', async (context) => {
  const init = new Init(context);
  await init.takes();
  const web = {
    type: 'generation',
    id: 1,
    generation: 3,
    title: 'web #3',
    life: 'running',
    shim: 40,
    main: 41,
  } as const;
  const poured = { stdoutPoured: true, stderrPoured: false };
  const kept = {
    ...web,
    status: 0,
    startedMs: 5000,
    stdin: -1,
    stdout: 9,
    stderr: 10,
    ready: true,
    endedMs: 0,
    ...poured,
  };
  const port = { type: 'socket', id: 1, socket: 7, kind: 'tcp6', v6only: true, freebind: false } as const;
  const held = { ...port, blocking: false, unlinkStale: false, address: '::1', port: 8000, inode: 4711 };
  const memo = { type: 'memo', id: 1, key: 'd', text: '{}' } as const;
  const farewell = { type: 'farewell', id: 1, status: 9, hung: false, words: '' } as const;
  const replaced = { type: 'replaced', id: 1, outcome: 'ended', code: 256 } as const;
  init.sends(helloFromInit, kept, held, memo, farewell, replaced, { type: 'snapshot-end', id: 1 });
  assert.deepEqual(await init.hears(), {
    what: 'snapshot',
    value: {
      init: { ...helloFromInit, nofile: '1024' },
      generations: [kept],
      sockets: [held],
      memos: [memo],
      farewell,
      replaced,
    },
  });
});

test('another version is refused in words, and the link is closed', async (context) => {
  const init = new Init(context);
  await init.takes();
  const version = protocolVersion + 1;
  init.sends({ ...helloFromInit, version }, { type: 'snapshot-end', id: 1 }, readable(1));
  assert.match(
    String((await init.hears()).value),
    new RegExp(`speaks version ${version} of the link, this brain ${protocolVersion}`),
  );
  assert.match(String((await init.hears()).value), new RegExp(`speaks version ${version} `));
  assert.equal(await init.exitCode(), 3);
});

test('frames that come in one read are heard as one batch, and answered in one step', async (context) => {
  const init = new Init(context);
  await init.greets();
  init.sends(readable(1), readable(2), readable(3));
  assert.deepEqual(await init.takes(), [
    { type: 'step', id: 5, length: 51 },
    { type: 'rearm', id: 2, generation: 1, stream: 'stdout' },
    { type: 'rearm', id: 3, generation: 2, stream: 'stdout' },
    { type: 'rearm', id: 4, generation: 3, stream: 'stdout' },
  ]);
  assert.deepEqual(await init.hears(), { what: 'batch', value: [readable(1), readable(2), readable(3)] });
});

test('a ping is answered by the link itself', async (context) => {
  const init = new Init(context);
  await init.greets();
  init.sends(readable(1), { type: 'ping', id: 0 });
  assert.deepEqual(await init.takes(), [
    { type: 'step', id: 4, length: 29 },
    { type: 'alive', id: 2 },
    { type: 'rearm', id: 3, generation: 1, stream: 'stdout' },
  ]);
  assert.deepEqual(await init.hears(), { what: 'batch', value: [readable(1)] });
});

test('a frame cut in two reads is heard when it is whole', async (context) => {
  const init = new Init(context);
  await init.greets();
  const bytes = Buffer.concat([initWire.encode(readable(1)), initWire.encode(readable(2))]);
  const border = bytes.length - 3;
  init.sendsBytes(bytes.subarray(0, border));
  assert.deepEqual((await init.hears()).value, [readable(1)]);
  init.sendsBytes(bytes.subarray(border));
  assert.deepEqual((await init.hears()).value, [readable(2)]);
});

test('an answer goes to who asked, not among the reports', async (context) => {
  const init = new Init(context);
  await init.greets();
  init.sends({ type: 'empty', id: 0, generation: 3, orphans: 0, stdoutUnread: false, stderrUnread: false });
  assert.equal((await init.hears()).what, 'batch');
  const [release] = await init.takes();
  assert.deepEqual(release, { type: 'release', id: 2, generation: 3 });
  const result = { type: 'result', id: 2, errno: 0, count: 0 } as const;
  init.sends(readable(4), result, readable(5));
  const heard = [await init.hears(), await init.hears()];
  assert.deepEqual(heard.find(({ what }) => what === 'answer')?.value, result);
  assert.deepEqual(heard.find(({ what }) => what === 'batch')?.value, [readable(4), readable(5)]);
});

test('init going is heard, and refuses what waits for an answer', async (context) => {
  const init = new Init(context);
  await init.greets();
  init.sends({ type: 'empty', id: 0, generation: 3, orphans: 0, stdoutUnread: false, stderrUnread: false });
  await init.takes();
  await init.hears();
  init.goes();
  const heard = [await init.hears(), await init.hears()];
  assert.deepEqual(
    heard.find(({ what }) => what === 'closed'),
    { what: 'closed', value: null },
  );
  assert.match(String(heard.find(({ what }) => what === 'refused')?.value), /link to legato-init closed/);
  assert.equal(await init.exitCode(), 0);
});

test('bytes that are no frame break the link with the reason', async (context) => {
  const init = new Init(context);
  await init.greets();
  init.sendsBytes(Buffer.alloc(12, 0xff));
  const closed = await init.hears();
  assert.equal(closed.what, 'closed');
  assert.match(String(closed.value), /cannot take a frame of 4294967295 bytes/);
  assert.equal(await init.exitCode(), 3);
});

test('a brain that closes lets init read its end and goes', async (context) => {
  const init = new Init(context);
  await init.greets();
  init.sends({ type: 'received', id: 0, signal: 15, generation: 0 });
  await init.hears();
  assert.deepEqual(await init.hears(), { what: 'closed', value: null });
  assert.equal(await init.exitCode(), 0);
});
