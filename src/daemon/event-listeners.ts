import type { GroupConfig } from '../config/config.ts';
import type { ListenerCause } from '../core/listener.ts';
import { type NoticeName, namesHeard } from '../core/notice.ts';
import { envelopeHead } from '../core/payload.ts';
import type { PoolEffect } from '../core/pool.ts';
import { isHeard, noPools, type PoolEvent, type Pools, stepPools } from '../core/pools.ts';
import type { ProcessKey } from '../core/program.ts';
import { ListenerWords, type Word } from '../os/listener-words.ts';
import { isStoodInFor } from './command.ts';
import type { Daemon } from './daemon.ts';
import type { ListenersLegacy } from './listeners-legacy.ts';
import { Console, defaultVerdict, prefixed, type Verdict, writesToStdout } from './result-handler.ts';

/** How long the end of a listener waits for what it has not heard yet, in milliseconds: one turn of Supervisor's loop. */
const patience = 1000;

/**
 * Where notices and listeners meet: what happens goes into the arithmetic of the pools, and what that asks for is done. A listener that
 * does not read, or does not answer, holds up nobody: what waits for it is bounded.
 */
export class EventListeners {
  readonly #daemon: Daemon;
  readonly #console: Console;
  /** Pools whose work is done here: what their names hear goes to stdout at once. */
  readonly #printed = new Map<string, ReadonlySet<NoticeName>>();
  /** The words of every listener that lives, by its generation; and which generation of a process that is. */
  readonly #words = new Map<number, ListenerWords>();
  readonly #living = new Map<ProcessKey, number>();
  #pools: Pools = noPools;
  /** Who is to be told when a listener has heard all that it can hear. */
  readonly #patient = new Map<ProcessKey, () => void>();
  /** They are told nothing more, for another brain comes; called when none has anything to answer. */
  #resting: (() => void) | null = null;
  /** What envelopes are written on, one after the other. */
  #paper: Buffer = Buffer.alloc(0);
  #queue: PoolEvent[] = [];
  #busy = false;

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
    this.#console = new Console((text) => daemon.mainLog.log('warn', text));
  }

  hears(name: NoticeName): boolean {
    return isHeard(this.#pools, name) || [...this.#printed.values()].some((names) => names.has(name));
  }

  /** A group becomes active; one that is no pool changes nothing. */
  add({ name, eventlistener, processes }: GroupConfig): void {
    if (eventlistener === null) return;
    const { bufferSize, events, resultHandler } = eventlistener;
    if (writesToStdout(resultHandler) && processes.some((one) => isStoodInFor(one, this.#daemon.spawnContext))) {
      this.#printed.set(name, namesHeard(events));
      return;
    }
    const members = processes.map((process) => ({ process: process.key, name: process.name }));
    this.#happen({ type: 'pool-added', pool: { name, bufferSize, hears: namesHeard(events), members } });
  }

  remove({ name, eventlistener }: GroupConfig): void {
    if (eventlistener !== null && !this.#printed.delete(name)) this.#happen({ type: 'pool-removed', pool: name });
  }

  notice(name: NoticeName, body: Buffer): void {
    for (const names of this.#printed.values()) {
      const lines = names.has(name) ? prefixed(body) : null;
      if (lines !== null) this.#console.write(lines);
    }
    this.#happen({ type: 'notice', name, body });
  }

  /** The process is RUNNING now, or is not any more. */
  up(process: ProcessKey, up: boolean): void {
    const pool = this.#poolOf(process);
    if (pool !== null && this.#resting === null) this.#happen({ type: 'up', pool, process, up });
  }

  /** Tells listeners nothing more and waits for those that have something to answer, but not for ever: what can be said of them then. */
  async rest(): Promise<ListenersLegacy> {
    for (const process of this.#living.keys()) this.up(process, false);
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, patience);
      this.#resting = () => {
        clearTimeout(late);
        resolve();
      };
      this.#look();
    });
    const { pools, nextSerial } = this.#pools;
    const members = [...pools.values()].flatMap((pool) => pool.members);
    return {
      serial: nextSerial,
      pools: [...pools.values()].map((pool) => [pool.name, pool.nextSerial] as const),
      listeners: members.flatMap(({ process, state }) => {
        const isAtRest = this.#words.get(this.#living.get(process) ?? 0)?.isAtRest ?? false;
        return isAtRest && (state === 'READY' || state === 'ACKNOWLEDGED') ? [[process, state] as const] : [];
      }),
    };
  }

  /** The other brain does not come. */
  wake(): void {
    this.#resting = null;
    for (const process of this.#living.keys()) this.up(process, this.#isRunning(process));
  }

  /** Goes on where another brain has left them; those with which that can be done. */
  resume({ serial, pools, listeners }: ListenersLegacy): ReadonlySet<ProcessKey> {
    this.#happen({ type: 'resumed', serial, pools: new Map(pools) });
    const known = listeners.filter(([process]) => this.#living.has(process));
    for (const [process, state] of known) {
      const pool = this.#poolOf(process);
      if (pool !== null && state === 'READY') this.#tell(pool, process, 'ready');
      this.up(process, this.#isRunning(process));
    }
    return new Set(known.map(([process]) => process));
  }

  #look(): void {
    const isBusy = [...this.#pools.pools.values()].some((pool) => pool.members.some(({ state }) => state === 'BUSY'));
    if (!isBusy) this.#resting?.();
  }

  /** A generation begins: what it writes to stdout goes to the function, undefined for a process that is no listener. */
  spawned(process: ProcessKey, generation: number): ((bytes: Buffer) => void) | undefined {
    const pool = this.#poolOf(process);
    if (pool === null) return undefined;
    const words = new ListenerWords();
    this.#words.set(generation, words);
    this.#living.set(process, generation);
    this.#happen({ type: 'heard', pool, process, cause: 'spawned' });
    const state = () => this.#pools.pools.get(pool)?.members.find((one) => one.process === process)?.state ?? 'UNKNOWN';
    return (bytes) => {
      if (this.#words.get(generation) === words) words.push(bytes, state, (word) => this.#heard(pool, process, word));
    };
  }

  /** The main process of a generation has ended. */
  gone(process: ProcessKey, generation: number): void {
    const pool = this.#poolOf(process);
    if (pool === null || !this.#words.delete(generation)) return;
    if (this.#living.get(process) === generation) this.#living.delete(process);
    this.#tell(pool, process, 'gone');
  }

  /**
   * Calls when the listener has answered all that waits for it, at once or soon, and at the latest after `patience`: what it says of the
   * end it should be able to hear before it is told to end. At once for a process that is no listener.
   */
  whenQuiet(process: ProcessKey, call: () => void): void {
    if (!this.#hasMore(process)) return call();
    const former = this.#patient.get(process);
    const late = setTimeout(() => this.#patient.get(process)?.(), patience);
    this.#patient.set(process, () => {
      this.#patient.delete(process);
      clearTimeout(late);
      former?.();
      call();
    });
  }

  #hasMore(process: ProcessKey): boolean {
    const pool = this.#pools.pools.get(this.#poolOf(process) ?? '');
    const member = pool?.members.find((one) => one.process === process);
    if (pool === undefined || member === undefined || !member.up || member.state === 'UNKNOWN') return false;
    return member.state === 'BUSY' || pool.waiting.length > 0;
  }

  #poolOf(process: ProcessKey): string | null {
    if (this.#pools.pools.size === 0) return null;
    // By its key: a brain that comes anew has no processes yet when it finds their generations.
    const group = process.slice(0, process.indexOf(':'));
    return this.#pools.pools.has(group) ? group : null;
  }

  #heard(pool: string, process: ProcessKey, word: Word): void {
    switch (word.kind) {
      case 'ready':
      case 'garbage':
        return this.#tell(pool, process, word.kind);
      case 'unfit': {
        const name = this.#daemon.services.process(process)?.name ?? process;
        this.#daemon.mainLog.log('warn', `${name}: bad result line: '${word.line}'`);
        return this.#tell(pool, process, 'unfit');
      }
      case 'result':
        return this.#tell(pool, process, this.#judge(pool, process, word));
    }
  }

  #judge(pool: string, process: ProcessKey, { body, length }: Extract<Word, { kind: 'result' }>): Verdict {
    const handler = this.#daemon.services.eventlistener(pool)?.resultHandler ?? '';
    if (!writesToStdout(handler)) return defaultVerdict(body, length);
    const lines = prefixed(body);
    if (lines === null) return 'unjudged';
    if (!this.#console.write(lines)) {
      // Nobody reads it now: the listener is told nothing until somebody does, and what happens meanwhile waits in the buffer.
      this.up(process, false);
      this.#console.whenWritable(() => this.up(process, this.#isRunning(process)));
    }
    return 'accepted';
  }

  #isRunning(process: ProcessKey): boolean {
    return this.#daemon.hall.world.processes.get(process)?.state === 'RUNNING';
  }

  #tell(pool: string, process: ProcessKey, cause: Exclude<ListenerCause, 'sent'>): void {
    this.#happen({ type: 'heard', pool, process, cause });
  }

  /** What an effect causes at once becomes the next step, as in the hall. */
  #happen(event: PoolEvent): void {
    this.#queue.push(event);
    if (this.#busy) return;
    this.#busy = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const { pools, effects } = stepPools(this.#pools, next);
      this.#pools = pools;
      for (const effect of effects) this.#perform(effect);
    }
    this.#busy = false;
    for (const [process, call] of this.#patient) if (!this.#hasMore(process)) call();
    this.#look();
  }

  /** Good until the next one. */
  #envelope(head: string, body: Uint8Array): Uint8Array {
    // A head has a byte a character but for the identifier and the pool, which may have more.
    const most = head.length * 3 + body.length;
    if (this.#paper.length < most) this.#paper = Buffer.allocUnsafeSlow(most);
    const length = this.#paper.write(head);
    this.#paper.set(body, length);
    return this.#paper.subarray(0, length + body.length);
  }

  #perform(effect: PoolEffect): void {
    if (effect.type === 'log') return this.#daemon.mainLog.log(effect.level, effect.text);
    const { process, pool, addressed } = effect;
    const { generations, services, stdins, config } = this.#daemon;
    const { body } = addressed.notice;
    const inBytes = services.eventlistener(pool)?.lengthIn !== 'characters';
    const head = envelopeHead(config.server.identifier, pool, addressed, inBytes ? body.length : characters(body));
    const generation = generations.get(this.#living.get(process) ?? 0);
    const deaf = (): void => this.#tell(pool, process, 'deaf');
    if (generation === undefined) return deaf();
    if (stdins.write(generation.key, generation.stdin, this.#envelope(head, body), deaf) !== 'taken') deaf();
  }
}

/** As Python counts them: code points. */
function characters(body: Uint8Array): number {
  let count = 0;
  for (const byte of body) if ((byte & 0xc0) !== 0x80) count += 1;
  return count;
}
