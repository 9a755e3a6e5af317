import type { Sink } from './sink.ts';

/** Two places for the same bytes (a file and syslog): full when one of them is. */
export class BothSinks implements Sink {
  readonly #sinks: readonly [Sink, Sink];

  constructor(one: Sink, other: Sink) {
    this.#sinks = [one, other];
  }

  get blocked(): boolean {
    return this.#sinks.some((sink) => sink.blocked);
  }

  write(bytes: Uint8Array): boolean {
    return this.#sinks.map((sink) => sink.write(bytes)).every(Boolean);
  }

  whenWritable(call: () => void): void {
    const full = this.#sinks.find((sink) => sink.blocked);
    if (full === undefined) call();
    else full.whenWritable(() => this.whenWritable(call));
  }

  reopen(): void {
    for (const sink of this.#sinks) sink.reopen();
  }

  clear(): boolean {
    return this.#sinks.map((sink) => sink.clear()).every(Boolean);
  }
}
