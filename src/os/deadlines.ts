import type { Millis } from '../core/program.ts';
import { longestTimer, now } from './clock.ts';

/** A deadline that has come. */
export type Due<K> = { readonly key: K; readonly epoch: number };

type Entry<K> = { readonly key: K; epoch: number; due: Millis; place: number };

/**
 * Many deadlines, one per key, on one timer; no timer, and so no wake-up, when there is none. Nothing comes early: a timer that Node
 * ends before its time is set again for the rest. What can be read by then is heard first: after a brain has stood still (a disk, a busy
 * machine) the news that makes a deadline void has been waiting for longer than that.
 */
export class Deadlines<K> {
  readonly #fire: (due: readonly Due<K>[]) => void;
  readonly #byKey = new Map<K, Entry<K>>();
  /** A binary heap, the earliest first; every entry knows its place in it. */
  readonly #heap: Entry<K>[] = [];
  #timer: NodeJS.Timeout | null = null;
  /** What the timer is set for. */
  #timerDue: Millis = Infinity;

  /** fire is given all deadlines that have come, the earliest first; they are disarmed by then. */
  constructor(fire: (due: readonly Due<K>[]) => void) {
    this.#fire = fire;
  }

  /** Sets the deadline of a key, in place of the one it had. */
  arm(key: K, epoch: number, due: Millis): void {
    const known = this.#byKey.get(key);
    if (known === undefined) {
      const entry = { key, epoch, due, place: this.#heap.length };
      this.#byKey.set(key, entry);
      this.#heap.push(entry);
      this.#rise(entry);
    } else {
      known.epoch = epoch;
      known.due = due;
      this.#settle(known);
    }
    this.#setTimer();
  }

  /** Nothing happens when the key has none. */
  disarm(key: K): void {
    const entry = this.#byKey.get(key);
    if (entry === undefined) return;
    this.#remove(entry);
    this.#setTimer();
  }

  /** How many there are. */
  get size(): number {
    return this.#heap.length;
  }

  #setTimer(): void {
    const first = this.#heap[0];
    if (first === undefined) {
      if (this.#timer !== null) clearTimeout(this.#timer);
      this.#timer = null;
      this.#timerDue = Infinity;
      return;
    }
    // A timer that is set too early finds nothing due and is set anew: cheaper than a new timer for every change.
    if (this.#timer !== null && this.#timerDue <= first.due) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerDue = first.due;
    // Node runs timers before it reads, and what is immediate after that.
    const come = (): NodeJS.Immediate => setImmediate(() => this.#look());
    this.#timer = setTimeout(come, Math.min(longestTimer, Math.max(0, Math.ceil(first.due - now()))));
  }

  #look(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const at = now();
    const due: Due<K>[] = [];
    for (let first = this.#heap[0]; first !== undefined && first.due <= at; first = this.#heap[0]) {
      this.#remove(first);
      due.push({ key: first.key, epoch: first.epoch });
    }
    if (due.length > 0) this.#fire(due);
    this.#setTimer();
  }

  #remove(entry: Entry<K>): void {
    this.#byKey.delete(entry.key);
    const last = this.#heap.pop();
    if (last === undefined || last === entry) return;
    this.#put(last, entry.place);
    this.#settle(last);
  }

  #settle(entry: Entry<K>): void {
    this.#rise(entry);
    this.#sink(entry);
  }

  #put(entry: Entry<K>, place: number): void {
    this.#heap[place] = entry;
    entry.place = place;
  }

  #rise(entry: Entry<K>): void {
    while (entry.place > 0) {
      const place = (entry.place - 1) >> 1;
      const parent = this.#heap[place];
      if (parent === undefined || parent.due <= entry.due) return;
      this.#put(parent, entry.place);
      this.#put(entry, place);
    }
  }

  #sink(entry: Entry<K>): void {
    for (;;) {
      const left = this.#heap[2 * entry.place + 1];
      const right = this.#heap[2 * entry.place + 2];
      const child = right !== undefined && left !== undefined && right.due < left.due ? right : left;
      if (child === undefined || child.due >= entry.due) return;
      const place = child.place;
      this.#put(child, entry.place);
      this.#put(entry, place);
    }
  }
}
