import type { ByteReader, ByteWriter } from './wire-bytes.ts';

/** What a generation is given besides its streams. Numbers are those of descriptors in the service: 0 (where stdin is not a pipe) or from 3 up, each once. */
export type WireHand = {
  /** Sockets that init holds, by key; at most 64. */
  readonly sockets: readonly { readonly socket: number; readonly fd: number }[];
  /** Where init binds the generation's notify socket: an absolute path or `@name`; '': nowhere. NOTIFY_SOCKET is for the brain to set. */
  readonly notify: string;
  /** Where the service writes a newline when it is ready, as s6 has it; null: not at all. */
  readonly line: number | null;
  /** Where a Node child sends its messages to its parent; null: nowhere. NODE_CHANNEL_FD is for the brain to set. */
  readonly channel: number | null;
  /** The page of docs/adopt.md and its eventfds; null: none. With `go` the generation begins held. LEGATO_ADOPT_PAGE is for the brain to set. */
  readonly page: {
    readonly page: number;
    readonly wake: number | null;
    readonly idle: number | null;
    readonly go: number | null;
  } | null;
};

/** Nothing. */
export const emptyHand: WireHand = { sockets: [], notify: '', line: null, channel: null, page: null };

function readNumber(from: ByteReader): number | null {
  const number = from.i32();
  return number === -1 ? null : number;
}

/** u32 count, for each socket u32 key and u32 number; str notify; i32 line, page, wake, idle, go, channel, of which -1 is none. */
export const handCodec = {
  write(out: ByteWriter, given: WireHand | undefined): void {
    const hand = given ?? emptyHand;
    out.u32(hand.sockets.length);
    for (const { socket, fd } of hand.sockets) {
      out.u32(socket);
      out.u32(fd);
    }
    out.str(hand.notify);
    out.i32(hand.line ?? -1);
    out.i32(hand.page?.page ?? -1);
    out.i32(hand.page?.wake ?? -1);
    out.i32(hand.page?.idle ?? -1);
    out.i32(hand.page?.go ?? -1);
    out.i32(hand.channel ?? -1);
  },
  read(from: ByteReader): WireHand {
    const count = from.count(8);
    const sockets: { socket: number; fd: number }[] = [];
    for (let i = 0; i < count; i++) sockets.push({ socket: from.u32(), fd: from.u32() });
    const notify = from.str();
    const line = readNumber(from);
    const page = readNumber(from);
    const wake = readNumber(from);
    const idle = readNumber(from);
    const go = readNumber(from);
    const channel = readNumber(from);
    return { sockets, notify, line, channel, page: page === null ? null : { page, wake, idle, go } };
  },
};
