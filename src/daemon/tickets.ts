import type { Outcome } from '../core/effects.ts';
import type { Ticket } from '../core/events.ts';

/** Promises for the core's tickets. The core answers each ticket exactly once. */
export class Tickets {
  readonly #open = new Map<Ticket, (answer: Outcome) => void>();
  #last: Ticket = 0;

  issue(): { ticket: Ticket; answer: Promise<Outcome> } {
    this.#last += 1;
    const ticket = this.#last;
    const answer = new Promise<Outcome>((resolve) => this.#open.set(ticket, resolve));
    return { ticket, answer };
  }

  answer(ticket: Ticket, answer: Outcome): void {
    const resolve = this.#open.get(ticket);
    this.#open.delete(ticket);
    resolve?.(answer);
  }
}
