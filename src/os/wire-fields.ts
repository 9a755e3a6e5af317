import type { ByteReader, ByteWriter } from './wire-bytes.ts';
import { WireError } from './wire-error.ts';
import { handCodec, type WireHand } from './wire-hand.ts';

/** Words that travel as one byte. */
const words = {
  stream: { stdin: 0, stdout: 1, stderr: 2 },
  rearmed: { stdin: 0, stdout: 1, stderr: 2, notify: 3 },
  whom: { main: 0, group: 1, roots: 2, tree: 3 },
  replaced: { 'on-trial': 1, ended: 2, late: 3, 'not-executed': 4, 'not-resumed': 5 },
  life: { running: 0, remains: 1, empty: 2, spawning: 3 },
  stage: {
    pipe: 1,
    shim: 2,
    fork: 3,
    group: 4,
    stdio: 5,
    rlimit: 6,
    groups: 7,
    gid: 8,
    uid: 9,
    cwd: 10,
    exec: 11,
    descriptors: 12,
    notify: 13,
    page: 14,
  },
  socketKind: { tcp4: 0, tcp6: 1, udp4: 2, udp6: 3, unix: 4, 'unix-dgram': 5 },
  listenStage: { table: 1, address: 2, socket: 3, option: 4, stale: 5, bind: 6, owner: 7, mode: 8, listen: 9 },
  plan: { null: 0, pipe: 1 },
  stderrPlan: { null: 0, pipe: 1, stdout: 2 },
} as const;

type Word<N extends keyof typeof words> = keyof (typeof words)[N];

/** What init can hold; `tcp6` and `udp6` take v4 as well, unless `v6only`. */
export type SocketKind = Word<'socketKind'>;

/** Whom a spawned process becomes. */
export type WireIdentity = { readonly uid: number; readonly gid: number; readonly groups: readonly number[] };

/** setrlimit(2): a resource number and its limits; 2^64 - 1 is RLIM_INFINITY. */
export type WireRlimit = { readonly resource: number; readonly soft: bigint; readonly hard: bigint };

/** What each kind of field is in TypeScript. */
export type FieldTypes = {
  readonly u8: number;
  readonly u16: number;
  readonly u32: number;
  readonly i32: number;
  /** u64 on the wire; here a number, refused above 2^53 - 1 (times, usage). */
  readonly u64: number;
  /** u64 as it is, for limits: 2^64 - 1 is RLIM_INFINITY. */
  readonly u64big: bigint;
  /** A byte of its own, 0 or 1. */
  readonly bool: boolean;
  /** Bit 0 of a new byte; other bits of the byte are for later versions. */
  readonly bit0: boolean;
  /** Bit 1 of the byte that a `bit0` just before began. */
  readonly bit1: boolean;
  /** Bit 2 of it. */
  readonly bit2: boolean;
  /** Bit 3 of it. */
  readonly bit3: boolean;
  /** u32; null, on the wire 2^32 - 1: left as it is. */
  readonly given: number | null;
  readonly str: string;
  readonly strs: readonly string[];
  /** u8 given, u32 uid, u32 gid, u32s groups; null: not given, the rest is 0. */
  readonly identity: WireIdentity | null;
  readonly rlimits: readonly WireRlimit[];
  readonly stream: Word<'stream'>;
  readonly rearmed: Word<'rearmed'>;
  readonly whom: Word<'whom'>;
  readonly replaced: Word<'replaced'>;
  readonly life: Word<'life'>;
  readonly stage: Word<'stage'>;
  readonly plan: Word<'plan'>;
  readonly stderrPlan: Word<'stderrPlan'>;
  readonly socketKind: SocketKind;
  readonly listenStage: Word<'listenStage'>;
  readonly hand: WireHand;
};

export type FieldKind = keyof FieldTypes;

/** How one kind of field becomes bytes and comes back. */
export interface FieldCodec<T> {
  write(out: ByteWriter, value: T): void;
  read(from: ByteReader): T;
}

function wordCodec<W extends string>(codes: Readonly<Record<W, number>>): FieldCodec<W> {
  const byCode = new Map<number, W>();
  for (const word in codes) byCode.set(codes[word], word);
  return {
    write: (out, word) => out.u8(codes[word]),
    read: (from) => {
      const code = from.u8();
      const word = byCode.get(code);
      if (word === undefined) throw new WireError('bad-value', `cannot find a word for the number ${code}`);
      return word;
    },
  };
}

function readBool(from: ByteReader): boolean {
  const value = from.u8();
  if (value > 1) throw new WireError('bad-value', `cannot take ${value} for a yes or a no`);
  return value === 1;
}

function readU32s(from: ByteReader): number[] {
  const count = from.count(4);
  const list: number[] = [];
  for (let i = 0; i < count; i++) list.push(from.u32());
  return list;
}

const identityCodec: FieldCodec<WireIdentity | null> = {
  write(out, identity) {
    out.u8(identity === null ? 0 : 1);
    out.u32(identity?.uid ?? 0);
    out.u32(identity?.gid ?? 0);
    const groups = identity?.groups ?? [];
    out.u32(groups.length);
    for (const group of groups) out.u32(group);
  },
  read(from) {
    const given = readBool(from);
    const identity = { uid: from.u32(), gid: from.u32(), groups: readU32s(from) };
    return given ? identity : null;
  },
};

const rlimitsCodec: FieldCodec<readonly WireRlimit[]> = {
  write(out, rlimits) {
    out.u32(rlimits.length);
    for (const { resource, soft, hard } of rlimits) {
      out.u32(resource);
      out.u64(soft);
      out.u64(hard);
    }
  },
  read(from) {
    const count = from.count(20);
    const rlimits: WireRlimit[] = [];
    for (let i = 0; i < count; i++) rlimits.push({ resource: from.u32(), soft: from.u64(), hard: from.u64() });
    return rlimits;
  },
};

const u64Codec: FieldCodec<number> = {
  write(out, value) {
    if (!Number.isSafeInteger(value)) throw new WireError('bad-value', `cannot send ${value} as u64`);
    out.u64(BigInt(value));
  },
  read(from) {
    const value = Number(from.u64());
    if (!Number.isSafeInteger(value)) throw new WireError('bad-value', `cannot take ${value}: too large for a number`);
    return value;
  },
};

const asItIs = 0xffff_ffff;

const givenCodec: FieldCodec<number | null> = {
  write(out, value) {
    if (value === asItIs) throw new WireError('bad-value', `cannot send ${value}: it means "as it is"`);
    out.u32(value ?? asItIs);
  },
  read(from) {
    const value = from.u32();
    return value === asItIs ? null : value;
  },
};

const strsCodec: FieldCodec<readonly string[]> = {
  write(out, list) {
    out.u32(list.length);
    for (const text of list) out.str(text);
  },
  read(from) {
    const count = from.count(4);
    const list: string[] = [];
    for (let i = 0; i < count; i++) list.push(from.str());
    return list;
  },
};

/** The field types of docs/protocol.md. */
export const fieldCodecs: { readonly [K in FieldKind]: FieldCodec<FieldTypes[K]> } = {
  u8: { write: (out, value) => out.u8(value), read: (from) => from.u8() },
  u16: { write: (out, value) => out.u16(value), read: (from) => from.u16() },
  u32: { write: (out, value) => out.u32(value), read: (from) => from.u32() },
  i32: { write: (out, value) => out.i32(value), read: (from) => from.i32() },
  u64: u64Codec,
  u64big: { write: (out, value) => out.u64(value), read: (from) => from.u64() },
  bool: { write: (out, value) => out.u8(value ? 1 : 0), read: readBool },
  bit0: { write: (out, value) => out.u8(value ? 1 : 0), read: (from) => (from.u8() & 1) !== 0 },
  bit1: { write: (out, value) => out.orLast(value ? 2 : 0), read: (from) => (from.lastU8() & 2) !== 0 },
  bit2: { write: (out, value) => out.orLast(value ? 4 : 0), read: (from) => (from.lastU8() & 4) !== 0 },
  bit3: { write: (out, value) => out.orLast(value ? 8 : 0), read: (from) => (from.lastU8() & 8) !== 0 },
  given: givenCodec,
  str: { write: (out, value) => out.str(value), read: (from) => from.str() },
  strs: strsCodec,
  identity: identityCodec,
  rlimits: rlimitsCodec,
  stream: wordCodec(words.stream),
  rearmed: wordCodec(words.rearmed),
  whom: wordCodec(words.whom),
  replaced: wordCodec(words.replaced),
  life: wordCodec(words.life),
  stage: wordCodec(words.stage),
  plan: wordCodec(words.plan),
  stderrPlan: wordCodec(words.stderrPlan),
  socketKind: wordCodec(words.socketKind),
  listenStage: wordCodec(words.listenStage),
  hand: handCodec,
};
