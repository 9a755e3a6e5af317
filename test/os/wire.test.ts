import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { FrameSplitter } from '../../src/os/frame-splitter.ts';
import {
  type BrainFrame,
  brainLayouts,
  brainWire,
  headerLength,
  type InitFrame,
  initLayouts,
  initWire,
  maxPayload,
  type Wire,
} from '../../src/os/wire.ts';
import { WireError, type WireFault } from '../../src/os/wire-error.ts';
import type { FieldKind } from '../../src/os/wire-fields.ts';
import { emptyHand } from '../../src/os/wire-hand.ts';
import { readVectors } from './vectors.ts';

/** Of an empty hand: no sockets, no address, no numbers. */
const handLength = 4 + 4 + 4 * 4;

type AnyFrame = { readonly type: string; readonly id: number };
type AnyLayouts = {
  readonly [type: string]: { readonly code: number; readonly fields: { readonly [name: string]: FieldKind } };
};

const u32 = fc.nat(0xffff_ffff);
const i32 = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
/** A descriptor's. */
const number = fc.nat(0x7fff_ffff);
const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'));
const u64 = fc.bigInt(0n, 0xffff_ffff_ffff_ffffn);

const values: { readonly [K in FieldKind]: fc.Arbitrary<unknown> } = {
  u8: fc.nat(0xff),
  u16: fc.nat(0xffff),
  u32,
  i32,
  u64: fc.maxSafeNat(),
  u64big: u64,
  bool: fc.boolean(),
  bit0: fc.boolean(),
  bit1: fc.boolean(),
  bit2: fc.boolean(),
  bit3: fc.boolean(),
  given: fc.option(fc.nat(0xffff_fffe)),
  str: text,
  strs: fc.array(text),
  identity: fc.option(fc.record({ uid: u32, gid: u32, groups: fc.array(u32) }, { noNullPrototype: true })),
  rlimits: fc.array(fc.record({ resource: u32, soft: u64, hard: u64 }, { noNullPrototype: true })),
  stream: fc.constantFrom('stdin', 'stdout', 'stderr'),
  rearmed: fc.constantFrom('stdin', 'stdout', 'stderr', 'notify'),
  whom: fc.constantFrom('main', 'group', 'roots', 'tree'),
  replaced: fc.constantFrom('on-trial', 'ended', 'late', 'not-executed', 'not-resumed'),
  life: fc.constantFrom('running', 'remains', 'empty'),
  stage: fc.constantFrom(
    'pipe',
    'shim',
    'fork',
    'group',
    'stdio',
    'rlimit',
    'groups',
    'gid',
    'uid',
    'cwd',
    'exec',
    'descriptors',
    'notify',
    'page',
  ),
  socketKind: fc.constantFrom('tcp4', 'tcp6', 'udp4', 'udp6', 'unix', 'unix-dgram'),
  listenStage: fc.constantFrom('table', 'address', 'socket', 'option', 'stale', 'bind', 'owner', 'mode', 'listen'),
  hand: fc.record(
    {
      sockets: fc.array(fc.record({ socket: u32, fd: u32 }, { noNullPrototype: true })),
      notify: text,
      line: fc.option(number),
      channel: fc.option(number),
      page: fc.option(
        fc.record(
          { page: number, wake: fc.option(number), idle: fc.option(number), go: fc.option(number) },
          { noNullPrototype: true },
        ),
      ),
    },
    { noNullPrototype: true },
  ),
  plan: fc.constantFrom('null', 'pipe'),
  stderrPlan: fc.constantFrom('null', 'pipe', 'stdout'),
};

/** Any frame of one direction: the table says what it is made of. */
function frames<F extends AnyFrame>(layouts: AnyLayouts): fc.Arbitrary<F> {
  const kinds = Object.entries(layouts).map(([type, { fields }]) =>
    fc.record(
      {
        type: fc.constant(type),
        id: u32,
        ...Object.fromEntries(Object.entries(fields).map(([name, kind]) => [name, values[kind]])),
      },
      { noNullPrototype: true },
    ),
  );
  return fc.oneof(...kinds) as unknown as fc.Arbitrary<F>;
}

const brainFrames = frames<BrainFrame>(brainLayouts);
const initFrames = frames<InitFrame>(initLayouts);

function fault(of: WireFault): (error: unknown) => boolean {
  return (error) => error instanceof WireError && error.fault === of;
}

describe('the vectors of docs/protocol.md', () => {
  const vectors = readVectors();
  const fromInit = (hex: string): boolean => Buffer.from(hex, 'hex').readUInt16LE(4) >= 0x80;

  test('every frame of the table has one', () => {
    const shown = new Set(vectors.map(({ hex }) => Buffer.from(hex, 'hex').readUInt16LE(4)));
    const codes = [...Object.values(brainLayouts), ...Object.values(initLayouts)].map(({ code }) => code);
    assert.deepEqual(
      codes.filter((code) => !shown.has(code)),
      [],
    );
  });

  for (const { name, frame, hex } of vectors) {
    const wire = (fromInit(hex) ? initWire : brainWire) as Wire<AnyFrame>;
    test(`${name} is written as the page says`, () => {
      assert.equal(wire.encode(frame as unknown as AnyFrame).toString('hex'), hex);
    });
    test(`${name} is read as the page says`, () => {
      assert.deepEqual(new FrameSplitter(wire).push(Buffer.from(hex, 'hex')), [frame]);
    });
  }
});

describe('any frame', () => {
  test('comes back as it was, in both directions', () => {
    fc.assert(
      fc.property(brainFrames, (frame) =>
        assert.deepEqual(new FrameSplitter(brainWire).push(brainWire.encode(frame)), [frame]),
      ),
    );
    fc.assert(
      fc.property(initFrames, (frame) =>
        assert.deepEqual(new FrameSplitter(initWire).push(initWire.encode(frame)), [frame]),
      ),
    );
  });

  test('comes back however the stream is cut into chunks', () => {
    fc.assert(
      fc.property(fc.array(brainFrames, { maxLength: 6 }), fc.array(fc.nat()), (sent, cuts) => {
        const stream = Buffer.concat(sent.map((frame) => brainWire.encode(frame)));
        const borders = [0, ...cuts.map((cut) => cut % (stream.length + 1)).toSorted((a, b) => a - b), stream.length];
        const splitter = new FrameSplitter(brainWire);
        const got: BrainFrame[] = [];
        const borrowed = Buffer.alloc(stream.length);
        for (let i = 1; i < borders.length; i++) {
          const chunk = borrowed.subarray(0, (borders[i] ?? 0) - (borders[i - 1] ?? 0));
          stream.copy(chunk, 0, borders[i - 1], borders[i]);
          got.push(...splitter.push(chunk));
          borrowed.fill(0xee); // the link reads every chunk into the same buffer
        }
        assert.deepEqual(got, sent);
      }),
    );
  });

  test('is refused when its payload ends inside a field', () => {
    fc.assert(
      fc.property(initFrames, fc.nat(), (frame, cut) => {
        const bytes = Buffer.from(initWire.encode(frame));
        const length = bytes.length - headerLength;
        if (length === 0) return;
        const shorter = cut % length;
        bytes.writeUInt32LE(shorter, 0);
        assert.throws(() => new FrameSplitter(initWire).push(bytes.subarray(0, headerLength + shorter)), WireError);
      }),
    );
  });

  test('is refused when bytes follow its last field', () => {
    fc.assert(
      fc.property(initFrames, fc.uint8Array({ minLength: 1 }), (frame, more) => {
        const bytes = Buffer.concat([initWire.encode(frame), more]);
        bytes.writeUInt32LE(bytes.length - headerLength, 0);
        assert.throws(() => new FrameSplitter(initWire).push(bytes), fault('left-over'));
      }),
    );
  });
});

describe('bytes that are no frames', () => {
  const header = (length: number, code: number, zero = 0): Buffer => {
    const bytes = Buffer.alloc(headerLength);
    bytes.writeUInt32LE(length, 0);
    bytes.writeUInt16LE(code, 4);
    bytes.writeUInt16LE(zero, 6);
    return bytes;
  };

  test('garbage gives WireError, frames, or waits for more; never anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          new FrameSplitter(initWire).push(Buffer.from(bytes));
        } catch (error) {
          assert.ok(error instanceof WireError);
        }
      }),
    );
  });

  test('a length above the limit is refused with the header, before any payload', () => {
    assert.deepEqual(new FrameSplitter(initWire).push(header(maxPayload, 0x83)), []);
    assert.throws(() => new FrameSplitter(initWire).push(header(maxPayload + 1, 0x83)), fault('too-long'));
  });

  test('an unknown type and a reserved field that is used are refused', () => {
    assert.throws(() => new FrameSplitter(initWire).push(header(0, 0x7f)), fault('unknown-frame'));
    assert.throws(() => new FrameSplitter(initWire).push(header(0, 0x83, 1)), fault('unknown-frame'));
  });

  test('a list longer than its payload is refused before memory is taken for it', () => {
    const spawn = brainWire.encode({
      type: 'spawn',
      id: 1,
      generation: 1,
      title: '',
      stdin: 'null',
      stdout: 'null',
      stderr: 'null',
      identity: null,
      umask: -1,
      rlimits: [],
      cwd: '',
      exe: '',
      argv: [],
      env: [],
      hand: emptyHand,
    });
    const claim = Buffer.from(spawn);
    // The count of env; behind it stands the hand.
    claim.writeUInt32LE(0xffff_ffff, claim.length - handLength - 4);
    assert.throws(() => new FrameSplitter(brainWire).push(claim), fault('cut-short'));
  });

  test('a number without a word is refused', () => {
    const readable = Buffer.from(initWire.encode({ type: 'readable', id: 0, generation: 1, stream: 'stdout' }));
    readable.writeUInt8(3, readable.length - 1);
    assert.throws(() => new FrameSplitter(initWire).push(readable), fault('bad-value'));
  });
});

describe('values that do not fit', () => {
  test('are refused, and nothing of the frame is sent', () => {
    assert.throws(() => brainWire.encode({ type: 'release', id: 1, generation: -1 }), fault('bad-value'));
    assert.throws(() => brainWire.encode({ type: 'release', id: 1, generation: 1.5 }), fault('bad-value'));
    assert.throws(
      () => brainWire.encode({ type: 'signal', id: 1, generation: 1, whom: 'main', signal: 256, cont: false }),
      fault('bad-value'),
    );
    const unread = { stdoutUnread: false, stderrUnread: false };
    assert.throws(
      () =>
        initWire.encode({
          type: 'exited',
          id: 0,
          generation: 1,
          status: 0,
          userUs: 2 ** 53,
          systemUs: 0,
          maxrssKb: 0,
          ...unread,
        }),
      fault('bad-value'),
    );
  });

  test('a string with a NUL inside is refused', () => {
    const title = 'a\0b';
    assert.throws(
      () =>
        initWire.encode({
          type: 'generation',
          id: 1,
          generation: 1,
          title,
          life: 'running',
          shim: 1,
          main: 2,
          status: 0,
          startedMs: 0,
          stdin: -1,
          stdout: -1,
          stderr: -1,
          ready: false,
          endedMs: 0,
          stdoutPoured: false,
          stderrPoured: false,
        }),
      fault('bad-value'),
    );
  });
});
