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
  /** What it was bound with besides its place; null: by a former brain, and nobody has said what since. */
  bound: string | null;
  /** What was last said of that; what is new in it was warned of. */
  said: string | null;
  /** Until when it is kept though nobody declares it, in monotonic milliseconds. */
  keptUntil: number;
};

type Answered = () => void;

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
  /** Of sockets that init has been asked for, whoever waits for its answer. */
  readonly #awaited = new Map<number, Answered[]>();
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

  /** Resolves when init has answered for every socket of the process that it was asked for. */
  async known(process: ProcessConfig): Promise<void> {
    const keys = this.ensure(process).flatMap(({ key, inode }) => (inode === null ? [key] : []));
    const answers = keys.map(
      (key) => new Promise<void>((resolve) => this.#awaited.set(key, [...(this.#awaited.get(key) ?? []), resolve])),
    );
    await Promise.all(answers);
  }

  /** What a former brain has asked for. */
  adopt(sockets: readonly InitFrameOf<'socket'>[]): void {
    for (const { socket, kind, v6only, address, port, inode } of sockets) {
      const place: ListenPlace =
        kind === 'unix' || kind === 'unix-dgram'
          ? { family: kind, path: address }
          : { family: kind, host: address, port, v6only };
      const url = urlOf(place);
      this.#byUrl.set(url, { key: socket, place, url, inode, bound: null, said: null, keptUntil: 0 });
      this.#lastKey = Math.max(this.#lastKey, socket);
    }
  }

  listening({ socket, inode }: InitFrameOf<'listening'>): void {
    for (const held of this.#byUrl.values()) {
      if (held.key !== socket) continue;
      const isRevived = held.inode !== null;
      held.inode = inode;
      this.#troubles.delete(held.url);
      if (isRevived)
        this.#daemon.mainLog.log('warn', `${held.url} was shut down by a process that had it: it listens again`);
      else this.#daemon.mainLog.log('info', `holding ${held.url}`);
    }
    this.#answered(socket);
  }

  failed({ socket, stage, errno }: InitFrameOf<'listen-failed'>): void {
    for (const { key, place, url } of this.#byUrl.values()) {
      if (key !== socket) continue;
      const trouble = listenFailure(place, stage, errno);
      this.#byUrl.delete(url);
      this.#troubles.set(url, trouble);
      this.#daemon.mainLog.log('error', trouble);
    }
    this.#answered(socket);
  }

  #answered(socket: number): void {
    const awaited = this.#awaited.get(socket) ?? [];
    this.#awaited.delete(socket);
    for (const tell of awaited) tell();
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
   * Closes what no active program declares any more. What the configuration last read declares in the very same way is kept for a moment, so that
   * connections wait instead of being refused: a change removes and adds what has another name or group.
   */
  release(): void {
    const { services, reload } = this.#daemon;
    const declared = new Set([...services.declared()].flatMap(({ listen }) => listen).map(urlWithin));
    const wanted = new Map(listenedBy(reload.wanted.groups).map((one) => [urlWithin(one), one]));
    for (const held of this.#byUrl.values()) {
      if (declared.has(held.url)) {
        held.keptUntil = 0;
        continue;
      }
      const again = wanted.get(held.url);
      const isAsBound = again !== undefined && (held.bound === null || held.bound === termsOf(again));
      if (isAsBound && held.inode !== null && held.keptUntil === 0) this.#keep(held);
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
    held.bound ??= terms;
    if (held.bound !== terms && held.said !== terms) {
      this.#daemon.mainLog.log(
        'warn',
        `${held.url} is held as it was bound: a new backlog, owner, mode or blocking takes effect once its program was removed and added`,
      );
    }
    held.said = terms;
  }

  #ask(listen: ListenConfig): HeldSocket {
    const { address, backlog, blocking } = listen;
    this.#lastKey += 1;
    const url = urlOf(address);
    const terms = termsOf(listen);
    const held: HeldSocket = {
      key: this.#lastKey,
      place: address,
      url,
      inode: null,
      bound: terms,
      said: terms,
      keptUntil: 0,
    };
    this.#byUrl.set(held.url, held);
    // What was wrong the last time need not be so now.
    this.#troubles.delete(url);
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

function listenedBy(groups: readonly GroupConfig[]): ListenConfig[] {
  return groups.flatMap(({ processes }) => processes.flatMap(({ listen }) => listen));
}

function urlWithin({ address }: ListenConfig): string {
  return urlOf(address);
}

function termsOf({ address, backlog, blocking }: ListenConfig): string {
  return JSON.stringify([backlog, blocking, 'path' in address ? [address.mode, address.owner] : null]);
}
