import type { ProcessConfig } from '../config/config.ts';
import type { LogLevel } from '../core/effects.ts';
import { now } from '../os/clock.ts';
import type { InitFrameOf } from '../os/wire.ts';
import type { Daemon } from './daemon.ts';
import { pidsOf } from './generation-tree.ts';
import type { Generation } from './generations.ts';
import { isReadyMessage } from './node-message.ts';
import { type NotifyWord, notifyWordOf } from './notify-word.ts';

/** What a generation has said of itself so far (sd_notify(3)). */
export type Said = {
  readonly status: string;
  /** The main process as it names it; 0: it has named none. */
  readonly mainPid: number;
  readonly errno: number | null;
  readonly stopping: boolean;
  /** CLOCK_MONOTONIC in microseconds of the reload that is under way (0: it did not say); null: none is. */
  readonly reloading: number | null;
};

const nothing: Said = { status: '', mainPid: 0, errno: null, stopping: false, reloading: null };

/** Every word of every generation, from init (which lets only its own processes speak) to whom it concerns. */
export class Words {
  readonly #daemon: Daemon;
  readonly #said = new Map<number, Said>();
  /** Of these it was logged that no descriptors are kept. */
  readonly #refused = new Set<number>();

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  of(generation: number): Said {
    return this.#said.get(generation) ?? nothing;
  }

  /** One word; init is asked for the next. */
  hear({ generation: key, text }: InitFrameOf<'notify'>): void {
    const { link, generations, readiness } = this.#daemon;
    link.send({ type: 'rearm', generation: key, stream: 'notify' });
    const generation = generations.get(key);
    if (generation === undefined) return;
    if (generation.config?.ready.kind === 'ipc' && isReadyMessage(text)) return readiness.said(key, 'ipc');
    const word = notifyWordOf(text);
    this.#keep(generation, word);
    if (word.fdStore) this.#refuseToStore(generation);
    if (word.extend !== null) {
      this.#daemon.hall.happen({
        type: 'extend',
        at: now(),
        process: generation.process,
        generation: key,
        by: word.extend,
      });
    }
    this.#daemon.watchdogs.hear(generation, word);
    if (word.ready) readiness.said(key, wordFor(generation.config));
  }

  /** Goes on for a former brain, which knew what it has named its main process (0: nothing). */
  resume({ key }: Generation, mainPid: number): void {
    if (mainPid !== 0) this.#said.set(key, { ...nothing, mainPid });
  }

  forget(generation: number): void {
    this.#said.delete(generation);
    this.#refused.delete(generation);
  }

  #keep(generation: Generation, word: NotifyWord): void {
    const before = this.of(generation.key);
    const said: Said = {
      status: word.status ?? before.status,
      mainPid: this.#mainPid(generation, word) ?? before.mainPid,
      errno: word.errno ?? before.errno,
      stopping: before.stopping || word.stopping,
      reloading: word.reloading ? (word.monotonicUsec ?? 0) : word.ready ? null : before.reloading,
    };
    this.#said.set(generation.key, said);
    const log = (text: string, level: LogLevel = 'info'): void =>
      this.#daemon.mainLog.log(level, `'${generation.process}' (generation ${generation.key}) ${text}`);
    if (said.status !== before.status) {
      // Many tell their figures all the time, as php-fpm and Apache do: `tree` shows the last.
      log(`says: ${said.status}`, 'debug');
      this.#daemon.handovers.said(generation, said.status);
    }
    if (said.errno !== before.errno) log(`says it has failed with errno ${said.errno}`);
    if (said.mainPid !== before.mainPid) {
      this.#daemon.memory.touch(generation.process);
      log(`says its main process is ${said.mainPid}`);
    }
    if (said.stopping && !before.stopping) log('says it is stopping');
    if (word.reloading) log('says it is reloading');
    else if (word.ready && before.reloading !== null) log('says it has reloaded');
  }

  /** Only one of its own processes can be its main process. */
  #mainPid({ key, process }: Generation, { mainPid }: NotifyWord): number | null {
    if (mainPid === null) return null;
    if (pidsOf(this.#daemon, key).includes(mainPid)) return mainPid;
    this.#daemon.mainLog.log('warn', `'${process}' says its main process is ${mainPid}, which is none of its own`);
    return null;
  }

  #refuseToStore({ key, process }: Generation): void {
    if (this.#refused.has(key)) return;
    this.#refused.add(key);
    this.#daemon.mainLog.log(
      'warn',
      `'${process}' wants a descriptor kept (FDSTORE): legato keeps listen= sockets only`,
    );
  }
}

function wordFor(config: ProcessConfig | null): string {
  return config?.ready.kind === 'fd' ? 'fd' : 'notify';
}
