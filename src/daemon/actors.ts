import type { Effect } from '../core/effects.ts';
import type { ProcessKey } from '../core/program.ts';
import { SIGKILL, signalName } from '../core/signals.ts';
import { type Actor, findActor, namedActor, nameOf, withoutReaders } from '../os/actor.ts';
import { now } from '../os/clock.ts';
import { ESRCH } from '../os/errno.ts';
import { childrenTold, isChildless } from '../os/proc-children.ts';
import type { InitFrameOf } from '../os/wire.ts';
import type { Daemon } from './daemon.ts';
import type { Generation } from './generations.ts';

/** One process: its number, and when it was born (proc_pid_stat(5)). */
type Told = Pick<Actor, 'pid' | 'born'>;

type Signal = Extract<Effect, { type: 'signal' }>;

/** A wrapper has this long to end by itself when what it wraps has ended, in milliseconds: Python and Node take a while to go. */
const grace = 1000;

/** Brings the signals of the core to the processes that can act on them (src/os/actor.ts), and watches what becomes of the wrappers. */
export class Actors {
  readonly #daemon: Daemon;
  /** Generations whose wrapper has outlived the one that was told to stop, for the time being. */
  readonly #outlived = new Map<number, NodeJS.Timeout>();
  readonly #told = new Map<number, Told>();

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  signal(effect: Signal): void {
    const generation = this.#daemon.generations.get(effect.generation);
    if (generation === undefined || effect.signal === SIGKILL) return this.#plain(effect);
    if (effect.whom === 'main') return this.#toMain(effect, generation);
    return effect.whom === 'roots' ? this.#toRoots(effect, generation) : this.#plain(effect);
  }

  /**
   * Who acts on a signal for the main process of a generation: by `main=`, else whom it has named itself (MAINPID of sd_notify(3)), else
   * its queue's worker, else who can. null: the main process is gone.
   */
  find({ key, config, main }: Generation, signal: number): Actor | null {
    if (main === 0) return null;
    const pattern = config?.main ?? null;
    const { mainPid } = this.#daemon.words.of(key);
    const named = pattern !== null || mainPid === 0 ? null : namedActor(mainPid, main);
    return named ?? findActor(main, signal, pattern === null ? null : new RegExp(pattern), config?.queue ?? null);
  }

  /** Whom the polite signal of a generation went to, in place of its main process; null: nobody, or it has ended. */
  toldOf(generation: number): Told | null {
    return this.#told.get(generation) ?? null;
  }

  /** Goes on for a former brain: waits for the one that it told. */
  async resume(generation: number, told: Told): Promise<void> {
    this.#told.set(generation, told);
    // Signal 0 only asks whether it is still there.
    const errno = await this.one({ generation, signal: 0, cont: false }, told, true);
    if (errno === ESRCH) this.left({ type: 'left', id: 0, generation, pid: told.pid });
  }

  /** init: the process that a polite signal went to has ended. */
  left({ generation }: InitFrameOf<'left'>): void {
    const known = this.#daemon.generations.get(generation);
    if (known === undefined || known.main === 0) return;
    clearTimeout(this.#outlived.get(generation));
    // It is known until the wrapper has been told: a brain that comes in between asks after it once more.
    const timer = setTimeout(() => {
      this.forget(generation);
      this.#daemon.memory.touch(known.process);
      this.#daemon.hall.happen({ type: 'outlived', at: now(), process: known.process, generation });
    }, grace);
    this.#outlived.set(generation, timer);
  }

  /** Its main process has ended. */
  forget(generation: number): void {
    clearTimeout(this.#outlived.get(generation));
    this.#outlived.delete(generation);
    this.#told.delete(generation);
  }

  #plain({ generation, whom, signal, cont }: Signal): void {
    this.#daemon.link.send({
      type: 'signal',
      generation,
      whom: whom === 'wrapper' ? 'main' : whom,
      signal,
      cont,
    });
  }

  #toMain(effect: Signal, generation: Generation): void {
    // Most services are so, and a hundred of them are stopped in one go.
    if (this.#isAlone(generation)) return this.#plain(effect);
    const actor = this.find(generation, effect.signal);
    if (actor === null || actor.above.length === 0) {
      if (actor !== null && actor.doubt !== '') this.#daemon.mainLog.log('warn', doubtOf(effect, actor));
      return this.#plain(effect);
    }
    this.#daemon.mainLog.log('info', wayOf(effect, actor));
    this.#told.set(effect.generation, { pid: actor.pid, born: actor.born });
    void this.one(effect, actor, true).then((errno) => {
      // It has just ended: as if it had been told.
      if (errno === ESRCH) this.left({ type: 'left', id: 0, generation: effect.generation, pid: actor.pid });
      else if (errno !== 0) this.#plain(effect);
    });
  }

  /** Nobody but the main process can be meant: there is nobody else. */
  #isAlone({ key, config, main }: Generation): boolean {
    return config !== null && config.main === null && this.#daemon.words.of(key).mainPid === 0 && isChildless(main);
  }

  /** What a main process has left may be a wrapper as well: npm dies, its shell lives. */
  #toRoots(effect: Signal, { shim, config }: Generation): void {
    const roots = (shim === 0 ? null : childrenTold(shim)) ?? [];
    const queue = config?.queue ?? null;
    const all = roots.map((root) => findActor(root, effect.signal, null, queue)).filter((actor) => actor !== null);
    const actors = withoutReaders(all);
    if (actors.length === all.length && actors.every(({ above }) => above.length === 0)) return this.#plain(effect);
    for (const actor of actors) {
      this.#daemon.mainLog.log('info', wayOf(effect, actor));
      void this.one(effect, actor, false);
    }
  }

  /** To this process and no other. watch: its end is told, as `left`. @returns the errno; 0 as well when the link is closed */
  async one(
    { generation, signal, cont }: Pick<Signal, 'generation' | 'signal' | 'cont'>,
    { pid, born }: Told,
    watch: boolean,
  ): Promise<number> {
    try {
      const result = await this.#daemon.link.request({
        type: 'signal-one',
        generation,
        pid,
        born,
        signal,
        cont,
        watch,
      });
      return result.type === 'result' ? result.errno : ESRCH;
    } catch {
      // The link is closed: the next brain takes over.
      return 0;
    }
  }
}

/** The line of the main log that says to whom a signal goes, and through whom. */
export function wayOf({ process, signal }: { process: ProcessKey; signal: number }, { pid, above }: Actor): string {
  const below = above.length === 0 ? '' : `, below ${above.map(nameOf).join(', ')}`;
  return `${signalName(signal)} for '${process}' goes to ${nameOf(pid)}${below}`;
}

/** What to do about it is said in the same line. */
export function doubtOf({ process, signal }: { process: ProcessKey; signal: number }, { pid, doubt }: Actor): string {
  return `${signalName(signal)} for '${process}' goes to ${nameOf(pid)}: ${doubt} (main=REGEX names the one that is meant)`;
}
