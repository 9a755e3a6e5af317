import { Socket } from 'node:net';
import { FrameSplitter } from './frame-splitter.ts';
import {
  type BrainRequest,
  brainWire,
  type InitFrame,
  type InitFrameOf,
  initWire,
  maxStep,
  protocolVersion,
} from './wire.ts';
import { ByteWriter } from './wire-bytes.ts';

/** The descriptor on which init starts the brain (docs/protocol.md). */
export const linkDescriptor: number = 3;

/** What is heard from init. */
export type LinkListener = {
  /**
   * All frames that came in one read, in their order: reports, and the answers to what was `send`ed (an answer has the request's id,
   * a report 0). Answers to a `request` are not among them. What is sent inside goes out in one write when it returns.
   */
  readonly frames: (batch: readonly InitFrame[]) => void;
  /** Before all that was sent goes out as one step: what else belongs to it is sent here. */
  readonly flushing?: () => void;
  /** init is gone, or the link broke and was closed (`reason` says why). Comes once, the last thing heard. */
  readonly closed: (reason: Error | null) => void;
};

/** What init is and what it has kept for a brain that comes anew. */
export type Snapshot = {
  readonly init: InitFrameOf<'hello'>;
  readonly generations: readonly InitFrameOf<'generation'>[];
  readonly sockets: readonly InitFrameOf<'socket'>[];
  readonly memos: readonly InitFrameOf<'memo'>[];
  /** How the brain before this one ended; null: there was none. */
  readonly farewell: InitFrameOf<'farewell'> | null;
  /** Of an upgrade by which, or after which, a brain has come. */
  readonly replaced: InitFrameOf<'replaced'> | null;
};

type Waiting = { readonly resolve: (frame: InitFrame) => void; readonly reject: (error: Error) => void };
type Greeting = {
  readonly id: number;
  readonly resolve: (snapshot: Snapshot) => void;
  readonly reject: (error: Error) => void;
  init: InitFrameOf<'hello'> | null;
  readonly generations: InitFrameOf<'generation'>[];
  readonly sockets: InitFrameOf<'socket'>[];
  readonly memos: InitFrameOf<'memo'>[];
  farewell: InitFrameOf<'farewell'> | null;
  replaced: InitFrameOf<'replaced'> | null;
};

/** Frames are small, a snapshot of 200 generations is 12 KiB: few reads ever need a second round. */
const readSize = 32 * 1024;

/** The brain's end of the socketpair to init. It owns the descriptor it is made with. */
export class Link {
  readonly #socket: Socket;
  readonly #listener: LinkListener;
  readonly #splitter = new FrameSplitter<InitFrame>(initWire);
  readonly #out = new ByteWriter(4096);
  readonly #waiting = new Map<number, Waiting>();
  #greeting: Greeting | null = null;
  #lastId = 0;
  /** That were sent and are held back. */
  #frames = 0;
  /** A flush is already on its way: what is written now goes with it. */
  #corked = false;
  #closed = false;

  constructor(fd: number, listener: LinkListener) {
    this.#listener = listener;
    const buffer = Buffer.allocUnsafeSlow(readSize);
    // One buffer for all reads: nothing is allocated for a chunk. (Socket's types know onread only for sockets that connect.)
    const options = {
      fd,
      readable: true,
      writable: true,
      onread: {
        buffer,
        callback: (count: number): boolean => {
          this.#take(buffer.subarray(0, count));
          return true;
        },
      },
    };
    this.#socket = new Socket(options);
    this.#socket.on('error', (error) => this.#close(error));
    this.#socket.on('close', () => this.#close(null));
  }

  /** Sends a frame and returns its id. An answer, if it has one, comes with the frames. Throws WireError when a value does not fit. */
  send(frame: BrainRequest): number {
    const id = this.#nextId();
    brainWire.write(this.#out, frame.type, id, frame);
    this.#frames += 1;
    this.flushSoon();
    return id;
  }

  /** Sends a frame and promises its answer. Rejected when the link closes first. */
  request(frame: BrainRequest): Promise<InitFrame> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new Error('cannot ask init: the link is closed');
      this.#waiting.set(this.send(frame), { resolve, reject });
    });
  }

  /** The first thing to be done: exchanges versions and takes the snapshot; again for a fresh one. Rejected, and the link closed, when the versions differ. */
  greet(): Promise<Snapshot> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new Error('cannot greet init: the link is closed');
      const id = this.send({ type: 'hello', version: protocolVersion });
      this.#greeting = {
        id,
        resolve,
        reject,
        init: null,
        generations: [],
        sockets: [],
        memos: [],
        farewell: null,
        replaced: null,
      };
    });
  }

  /** Writes out what is still held back, then closes. `closed` is heard when that is done. */
  close(): void {
    this.#flush();
    this.#socket.end();
  }

  #nextId(): number {
    // 0 means "nobody asked"; after 2^32 requests the oldest are long answered.
    this.#lastId = this.#lastId === 0xffff_ffff ? 1 : this.#lastId + 1;
    return this.#lastId;
  }

  /** All that is sent before this turn is over goes out together, as one step; `flushing` is heard before. */
  flushSoon(): void {
    if (this.#corked) return;
    this.#corked = true;
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    this.#corked = true;
    this.#listener.flushing?.();
    this.#corked = false;
    if (this.#out.length === 0) return;
    if (!this.#closed) this.#socket.write(this.#step());
    this.#out.cut(0);
    this.#frames = 0;
  }

  /** The bytes that go out. The socket may keep them until init reads: the next frames must not overwrite them. */
  #step(): Buffer {
    const frames = this.#out.view();
    // What no step can hold may be cut anywhere.
    if (this.#frames < 2 || frames.length > maxStep) return Buffer.from(frames);
    const head = brainWire.encode({ type: 'step', id: this.#nextId(), length: frames.length });
    return Buffer.concat([head, frames]);
  }

  #take(chunk: Buffer): void {
    if (this.#closed) return;
    let frames: InitFrame[];
    try {
      frames = this.#splitter.push(chunk);
    } catch (error) {
      this.#close(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    const unasked = frames.filter((frame) => !this.#answers(frame));
    if (unasked.length === 0 || this.#closed) return;
    this.#corked = true;
    try {
      this.#listener.frames(unasked);
    } finally {
      this.#flush();
    }
  }

  /** Whether the frame is an answer somebody waits for, who has it then; or nobody's business but the link's. */
  #answers(frame: InitFrame): boolean {
    if (frame.type === 'ping') {
      this.send({ type: 'alive' });
      return true;
    }
    if (frame.id === 0) return false;
    if (frame.id === this.#greeting?.id) {
      this.#greeted(this.#greeting, frame);
      return true;
    }
    const waiting = this.#waiting.get(frame.id);
    if (waiting === undefined) return false;
    this.#waiting.delete(frame.id);
    waiting.resolve(frame);
    return true;
  }

  #greeted(greeting: Greeting, frame: InitFrame): void {
    if (frame.type === 'hello') {
      greeting.init = frame;
      if (frame.version !== protocolVersion) {
        this.#close(
          new Error(
            `cannot speak with legato-init: it speaks version ${frame.version} of the link, this brain ${protocolVersion}`,
          ),
        );
      }
    } else if (frame.type === 'generation') greeting.generations.push(frame);
    else if (frame.type === 'socket') greeting.sockets.push(frame);
    else if (frame.type === 'memo') greeting.memos.push(frame);
    else if (frame.type === 'farewell') greeting.farewell = frame;
    else if (frame.type === 'replaced') greeting.replaced = frame;
    else if (frame.type === 'snapshot-end' && greeting.init !== null) {
      this.#greeting = null;
      const { init, generations, sockets, memos, farewell, replaced } = greeting;
      greeting.resolve({ init, generations, sockets, memos, farewell, replaced });
    } else this.#close(new Error(`cannot greet legato-init: it answered '${frame.type}'`));
  }

  #close(reason: Error | null): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    const error = reason ?? new Error('the link to legato-init closed');
    this.#greeting?.reject(error);
    this.#greeting = null;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
    this.#listener.closed(reason);
  }
}
