import type { Millis, ProcessKey } from '../core/program.ts';

/** So many starts of a process within a span, in milliseconds, are at once. */
const burst = 5;
const span = 1000;

/**
 * Holds back what starts again and again: with `startsecs=0` nothing is a failure, and a program that ends at once would take a processor for
 * itself. (Supervisor looks once a second at most times; systemd.unit(5) has StartLimitBurst=5, and gives up.)
 */
export class StartLimit {
  readonly #starts = new Map<ProcessKey, Millis[]>();

  /** Milliseconds from now until it may be started, which it is counted for. */
  wait(process: ProcessKey, now: Millis): number {
    const recent = (this.#starts.get(process) ?? []).filter((at) => at > now - span);
    const [first = now] = recent;
    const at = recent.length < burst ? now : first + span;
    this.#starts.set(process, [...recent.slice(1 - burst), at]);
    return at - now;
  }

  /** It is not configured any more. */
  forget(process: ProcessKey): void {
    this.#starts.delete(process);
  }
}
