import type { GroupConfig, ListenConfig, ProcessConfig } from '../config/config.ts';
import { type ListenPlace, urlOf } from '../config/listen-url.ts';
import { now } from '../os/clock.ts';
import type { InitFrameOf } from '../os/wire.ts';
import type { Daemon } from './daemon.ts';
import { listenFailure } from './listen-failure.ts';

/** A listener socket that init holds, or has been asked for. */
export type HeldSocket = {
  readonly key: number;
  readonly place: ListenPlace;
  /** As it is shown and compared: `tcp://127.0.0.1:8000`, `unix:///run/x.sock`. */
  readonly url: string;
  /** null: not answered yet. */
  inode: number | null;
  /** What it was asked for with, besides its place; null: by a former brain. */
  terms: string | null;
  /** Until when it is kept though nobody declares it, in monotonic milliseconds. */
  keptUntil: number;
};

/** How long a socket is kept for a group that is removed only to be added again, in milliseconds. */
const removalGrace = 5000;

/**
 * The listener sockets of the active programs. init binds them and keeps them over every handover, restart and stop, until the last
 * program that declares one is removed. One that cannot be had is asked for again at the next spawn of its program.
 */
export class HeldSockets {
  readonly #daemon: Daemon;
  readonly #byUrl = new Map<string, HeldSocket>();
  readonly #troubles = new Map<string, string>();
  #lastKey = 0;

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  /** Asks init for those that are not there yet. The frames go before any spawn that follows. */
  ensure(process: ProcessConfig): readonly HeldSocket[] {
    return process.listen.map((listen) => {
      const held = this.#byUrl.get(urlOf(listen.address));
      if (held === undefined) return this.#ask(listen);
      this.#compare(held, listen);
      return held;
    });
  }

  /** What a former brain has asked for. */
  adopt(sockets: readonly InitFrameOf<'socket'>[]): void {
    for (const { socket, kind, v6only, address, port, inode } of sockets) {
      const place: ListenPlace =
        kind === 'unix' || kind === 'unix-dgram'
          ? { family: kind, path: address }
          : { family: kind, host: address, port, v6only };
      const url = urlOf(place);
      this.#byUrl.set(url, { key: socket, place, url, inode, terms: null, keptUntil: 0 });
      this.#lastKey = Math.max(this.#lastKey, socket);
    }
  }

  listening({ socket, inode }: InitFrameOf<'listening'>): void {
    for (const held of this.#byUrl.values()) {
      if (held.key !== socket) continue;
      held.inode = inode;
      this.#troubles.delete(held.url);
      this.#daemon.mainLog.log('info', `holding ${held.url}`);
    }
  }

  failed({ socket, stage, errno }: InitFrameOf<'listen-failed'>): void {
    for (const { key, place, url } of this.#byUrl.values()) {
      if (key !== socket) continue;
      const trouble = listenFailure(place, stage, errno);
      this.#byUrl.delete(url);
      this.#troubles.set(url, trouble);
      this.#daemon.mainLog.log('error', trouble);
    }
  }

  /** Why a spawn did not get its sockets; null: they are all there. */
  trouble(process: ProcessConfig): string | null {
    for (const { address } of process.listen) {
      const trouble = this.#troubles.get(urlOf(address));
      if (trouble !== undefined) return trouble;
    }
    return null;
  }

  /**
   * Closes what no active program declares any more. `expected` are groups that may be active at once, as `update` removes and adds
   * what has changed or has another name: what they declare in the very same way is kept for a moment, so that connections wait instead of being refused.
   */
  release(expected: readonly GroupConfig[] = []): void {
    const wanted = new Set([...this.#daemon.services.declared()].flatMap(({ listen }) => listen).map(urlWithin));
    const soon = new Map(
      expected
        .flatMap(({ processes }) => processes.flatMap(({ listen }) => listen))
        .map((one) => [urlWithin(one), one]),
    );
    for (const held of this.#byUrl.values()) {
      if (wanted.has(held.url)) continue;
      const again = soon.get(held.url);
      if (again !== undefined && held.inode !== null && held.terms === termsOf(again)) this.#keep(held);
      if (held.keptUntil > now()) continue;
      this.#byUrl.delete(held.url);
      this.#daemon.link.send({ type: 'close-socket', socket: held.key });
      this.#daemon.mainLog.log('info', `no longer holding ${held.url}`);
    }
  }

  #keep(held: HeldSocket): void {
    held.keptUntil = now() + removalGrace;
    setTimeout(() => this.release(), removalGrace + 1);
  }

  /** A socket is what it was bound as; that it is wanted otherwise is said once. */
  #compare(held: HeldSocket, listen: ListenConfig): void {
    const terms = termsOf(listen);
    if (held.terms !== null && held.terms !== terms) {
      this.#daemon.mainLog.log(
        'warn',
        `${held.url} is held as it was bound: a new backlog, owner, mode or blocking takes effect once its program was removed and added`,
      );
    }
    held.terms = terms;
  }

  #ask(listen: ListenConfig): HeldSocket {
    const { address, backlog, blocking } = listen;
    this.#lastKey += 1;
    const url = urlOf(address);
    const held: HeldSocket = {
      key: this.#lastKey,
      place: address,
      url,
      inode: null,
      terms: termsOf(listen),
      keptUntil: 0,
    };
    this.#byUrl.set(held.url, held);
    const common = {
      type: 'listen',
      socket: held.key,
      kind: address.family,
      freebind: false,
      blocking,
      unlinkStale: true,
      backlog,
    } as const;
    if ('path' in address) {
      const { path, mode, owner } = address;
      this.#daemon.link.send({
        ...common,
        v6only: false,
        address: path,
        port: 0,
        uid: owner?.uid ?? null,
        gid: owner === null || owner.gid === -1 ? null : owner.gid,
        mode,
      });
    } else {
      const { v6only, host, port } = address;
      this.#daemon.link.send({ ...common, v6only, address: host, port, uid: null, gid: null, mode: null });
    }
    return held;
  }
}

function urlWithin({ address }: ListenConfig): string {
  return urlOf(address);
}

function termsOf({ address, backlog, blocking }: ListenConfig): string {
  return JSON.stringify([backlog, blocking, 'path' in address ? [address.mode, address.owner] : null]);
}
