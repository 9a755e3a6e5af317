import { ByteReader, ByteWriter } from './wire-bytes.ts';
import { WireError } from './wire-error.ts';
import { type FieldCodec, type FieldKind, type FieldTypes, fieldCodecs } from './wire-fields.ts';
import type { WireHand } from './wire-hand.ts';

export type { SocketKind, WireIdentity, WireRlimit } from './wire-fields.ts';
export type { WireHand } from './wire-hand.ts';

/*
 * docs/protocol.md as a table. A frame's type, its bytes and its reader all follow from one line here; the vectors at the end of that page
 * hold both sides to it. Fields stand in the order of the bytes.
 */

/** The version of the protocol both sides greet with. */
export const protocolVersion: number = 9;

/** Bytes before the payload. */
export const headerLength: number = 12;

/** The longest step, in bytes. */
export const maxStep: number = 4_194_304;

/** The longest payload, in bytes. */
export const maxPayload: number = 1_048_576;

type Layout = { readonly code: number; readonly fields: { readonly [name: string]: FieldKind } };
type Layouts = { readonly [type: string]: Layout };

/** Frames from the brain to init. */
export const brainLayouts = {
  hello: { code: 0x01, fields: { version: 'u16' } },
  spawn: {
    code: 0x10,
    fields: {
      generation: 'u32',
      title: 'str',
      stdin: 'plan',
      stdout: 'plan',
      stderr: 'stderrPlan',
      identity: 'identity',
      umask: 'i32',
      rlimits: 'rlimits',
      cwd: 'str',
      exe: 'str',
      argv: 'strs',
      env: 'strs',
      hand: 'hand',
    },
  },
  signal: { code: 0x11, fields: { generation: 'u32', whom: 'whom', signal: 'u8', cont: 'bool' } },
  rearm: { code: 0x12, fields: { generation: 'u32', stream: 'rearmed' } },
  'close-stream': { code: 0x13, fields: { generation: 'u32', stream: 'stream' } },
  release: { code: 0x14, fields: { generation: 'u32' } },
  'signal-one': {
    code: 0x15,
    fields: { generation: 'u32', pid: 'u32', born: 'u64', signal: 'u8', cont: 'bool', watch: 'bool' },
  },
  become: { code: 0x20, fields: { detach: 'bool', identity: 'identity', umask: 'u32' } },
  shutdown: { code: 0x21, fields: { code: 'u8', graceMs: 'u32' } },
  listen: {
    code: 0x30,
    fields: {
      socket: 'u32',
      kind: 'socketKind',
      v6only: 'bit0',
      freebind: 'bit1',
      blocking: 'bit2',
      unlinkStale: 'bit3',
      address: 'str',
      port: 'u16',
      backlog: 'u32',
      uid: 'given',
      gid: 'given',
      mode: 'given',
    },
  },
  'close-socket': { code: 0x31, fields: { socket: 'u32' } },
  quiet: { code: 0x32, fields: { generation: 'u32' } },
  usage: { code: 0x33, fields: { generation: 'u32' } },
  go: { code: 0x34, fields: { generation: 'u32' } },
  datagrams: { code: 0x40, fields: { address: 'str', messages: 'strs' } },
  memo: { code: 0x50, fields: { key: 'str', text: 'str' } },
  step: { code: 0x51, fields: { length: 'u32' } },
  watchdog: { code: 0x60, fields: { limitMs: 'u32' } },
  alive: { code: 0x61, fields: {} },
  log: {
    code: 0x64,
    fields: { log: 'u32', turn: 'u32', logger: 'u8', fd: 'i32', device: 'u64big', ino: 'u64big', limit: 'u64' },
  },
  pour: { code: 0x65, fields: { generation: 'u32', stream: 'stream', logger: 'u8', log: 'u32' } },
  return: { code: 0x66, fields: { generation: 'u32', stream: 'stream' } },
  'close-log': { code: 0x67, fields: { log: 'u32', logger: 'u8' } },
  replace: { code: 0x70, fields: { init: 'str', command: 'strs', former: 'strs' } },
  settled: { code: 0x71, fields: {} },
} as const;

/** Frames from init to the brain. */
export const initLayouts = {
  hello: {
    code: 0x81,
    fields: { version: 'u16', pid: 'u32', pid1: 'bit0', subreaper: 'bit1', became: 'bit2', nofile: 'u64big' },
  },
  generation: {
    code: 0x82,
    fields: {
      generation: 'u32',
      title: 'str',
      life: 'life',
      shim: 'u32',
      main: 'u32',
      status: 'i32',
      startedMs: 'u64',
      stdin: 'i32',
      stdout: 'i32',
      stderr: 'i32',
      ready: 'bool',
      endedMs: 'u64',
      stdoutPoured: 'bit0',
      stderrPoured: 'bit1',
    },
  },
  memo: { code: 0x86, fields: { key: 'str', text: 'str' } },
  replaced: { code: 0x87, fields: { outcome: 'replaced', code: 'i32' } },
  refused: { code: 0x88, fields: { reason: 'str' } },
  'snapshot-end': { code: 0x83, fields: {} },
  farewell: { code: 0x8e, fields: { status: 'i32', hung: 'bool', words: 'str' } },
  ping: { code: 0x8f, fields: {} },
  result: { code: 0x84, fields: { errno: 'i32', count: 'u32' } },
  spawned: {
    code: 0x90,
    fields: {
      generation: 'u32',
      shim: 'u32',
      main: 'u32',
      startedMs: 'u64',
      stdin: 'i32',
      stdout: 'i32',
      stderr: 'i32',
    },
  },
  'spawn-failed': { code: 0x91, fields: { generation: 'u32', stage: 'stage', errno: 'i32' } },
  exited: {
    code: 0x92,
    fields: {
      generation: 'u32',
      status: 'i32',
      userUs: 'u64',
      systemUs: 'u64',
      maxrssKb: 'u64',
      stdoutUnread: 'bit0',
      stderrUnread: 'bit1',
    },
  },
  empty: {
    code: 0x93,
    fields: { generation: 'u32', orphans: 'u32', stdoutUnread: 'bit0', stderrUnread: 'bit1' },
  },
  received: { code: 0x94, fields: { signal: 'u8', generation: 'u32' } },
  reaped: { code: 0x95, fields: { count: 'u32', pid: 'u32', status: 'i32' } },
  readable: { code: 0x96, fields: { generation: 'u32', stream: 'stream' } },
  'shim-lost': { code: 0x97, fields: { generation: 'u32' } },
  left: { code: 0x98, fields: { generation: 'u32', pid: 'u32' } },
  socket: {
    code: 0x85,
    fields: {
      socket: 'u32',
      kind: 'socketKind',
      v6only: 'bit0',
      freebind: 'bit1',
      blocking: 'bit2',
      unlinkStale: 'bit3',
      address: 'str',
      port: 'u16',
      inode: 'u64',
    },
  },
  listening: { code: 0xa0, fields: { socket: 'u32', port: 'u16', inode: 'u64' } },
  'listen-failed': { code: 0xa1, fields: { socket: 'u32', stage: 'listenStage', errno: 'i32' } },
  notify: { code: 0xa2, fields: { generation: 'u32', sender: 'u32', text: 'str' } },
  'notify-refused': { code: 0xa3, fields: { generation: 'u32', sender: 'u32', count: 'u32' } },
  used: {
    code: 0xa4,
    fields: {
      generation: 'u32',
      binds: 'u32',
      listens: 'u32',
      accepted: 'u64',
      open: 'u32',
      accepting: 'u32',
      refusals: 'u32',
      misses: 'u32',
      quiet: 'bit0',
      idle: 'bit1',
      missed: 'str',
    },
  },
  'log-full': { code: 0xb0, fields: { log: 'u32', turn: 'u32' } },
  'log-trouble': { code: 0xb1, fields: { log: 'u32', errno: 'i32', lost: 'u64' } },
  'logger-lost': { code: 0xb2, fields: { logger: 'u8' } },
  drained: { code: 0xa5, fields: { generation: 'u32' } },
} as const;

type ValueOf<K> = K extends FieldKind ? FieldTypes[K] : never;
type FrameNamed<N, F> = { readonly type: N; readonly id: number } & { readonly [K in keyof F]: ValueOf<F[K]> };
type FrameOf<L extends Layouts> = { [N in keyof L]: FrameNamed<N, L[N]['fields']> }[keyof L];
type WithoutId<F> = F extends { readonly hand: unknown }
  ? Omit<F, 'id' | 'hand'> & { readonly hand?: WireHand }
  : F extends unknown
    ? Omit<F, 'id'>
    : never;

export type BrainFrame = FrameOf<typeof brainLayouts>;
export type InitFrame = FrameOf<typeof initLayouts>;
/** A frame of the brain before the link has given it its id. A `hand` that is left out gives nothing. */
export type BrainRequest = WithoutId<BrainFrame>;
export type InitFrameOf<T extends InitFrame['type']> = Extract<InitFrame, { type: T }>;

type Field = { readonly name: string; readonly codec: FieldCodec<unknown> };
type CompiledLayout = { readonly type: string; readonly code: number; readonly fields: readonly Field[] };

/** One direction of the link. */
export class Wire<F extends { readonly type: string; readonly id: number }> {
  readonly #byType = new Map<string, CompiledLayout>();
  readonly #byCode = new Map<number, CompiledLayout>();

  constructor(layouts: Layouts) {
    for (const type in layouts) {
      const layout = layouts[type];
      if (layout === undefined) continue;
      const fields: Field[] = [];
      for (const name in layout.fields) {
        const kind = layout.fields[name];
        if (kind !== undefined) fields.push({ name, codec: fieldCodecs[kind] });
      }
      const compiled = { type, code: layout.code, fields };
      this.#byType.set(type, compiled);
      this.#byCode.set(layout.code, compiled);
    }
  }

  /** Appends a frame. Throws WireError, and has appended nothing, when a value does not fit its field or the whole does not fit a frame. */
  write(out: ByteWriter, type: F['type'], id: number, values: Readonly<Record<string, unknown>>): void {
    const layout = this.#byType.get(type);
    if (layout === undefined) throw new WireError('unknown-frame', `cannot send a frame named ${type}`);
    const start = out.length;
    try {
      out.u32(0);
      out.u16(layout.code);
      out.u16(0);
      out.u32(id);
      for (const { name, codec } of layout.fields) codec.write(out, values[name]);
      const payload = out.length - start - headerLength;
      if (payload > maxPayload)
        throw new WireError('too-long', `cannot send a ${type} of ${payload} bytes: ${maxPayload} are the limit`);
      out.patchU32(payload, start);
    } catch (error) {
      out.cut(start);
      throw error;
    }
  }

  /** One frame as bytes of its own. Throws as `write`. */
  encode(frame: F): Buffer {
    const out = new ByteWriter(256);
    this.write(out, frame.type, frame.id, frame);
    return out.view();
  }

  /** The frame of type number `code` whose payload is bytes[start, end). Throws WireError. */
  read(code: number, id: number, bytes: Buffer, start: number, end: number): F {
    const layout = this.#byCode.get(code);
    if (layout === undefined)
      throw new WireError('unknown-frame', `cannot read a frame of type 0x${code.toString(16)}`);
    const from = new ByteReader(bytes, start, end);
    const frame: Record<string, unknown> = { type: layout.type, id };
    for (const { name, codec } of layout.fields) frame[name] = codec.read(from);
    from.end();
    // The table this loop walks is the one F is made of.
    return frame as unknown as F;
  }
}

/** Brain to init. */
export const brainWire: Wire<BrainFrame> = new Wire<BrainFrame>(brainLayouts);
/** Init to brain. */
export const initWire: Wire<InitFrame> = new Wire<InitFrame>(initLayouts);
