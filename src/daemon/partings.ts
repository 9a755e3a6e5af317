import type { InitFrameOf } from '../os/wire.ts';
import type { Daemon } from './daemon.ts';

/** How long a logger may take for what a generation has left in its pipes, in ms; its end is news then all the same. */
const heldUpAtMost = 1000;

export type EndFrame = InitFrameOf<'exited'> | InitFrameOf<'empty'>;

/** What a generation has written stands in its log before anybody hears that it is gone. */
export class Partings {
  readonly #daemon: Daemon;
  readonly #held = new Map<number, EndFrame[]>();

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  /** False: a logger has been asked for the output and has not done it; `again` is given the frame when it has. */
  pass(frame: EndFrame, again: (frames: readonly EndFrame[]) => void): boolean {
    const key = frame.generation;
    const { stdout, stderr } = this.#daemon.generations.get(key)?.captures ?? {};
    if (frame.stdoutUnread) stdout?.readable();
    if (frame.stderrUnread) stderr?.readable();
    const held = this.#held.get(key);
    if (held !== undefined) {
      held.push(frame);
      return false;
    }
    const isSettled = (): boolean => stdout?.settled !== false && stderr?.settled !== false;
    if (isSettled()) return true;
    this.#held.set(key, [frame]);
    const release = (): void => {
      clearTimeout(timer);
      const frames = this.#held.get(key) ?? [];
      this.#held.delete(key);
      if (frames.length > 0) again(frames);
    };
    const timer = setTimeout(release, heldUpAtMost);
    for (const capture of [stdout, stderr]) capture?.whenSettled(() => isSettled() && release());
    return false;
  }
}
