import { fstatSync } from 'node:fs';
import { now } from './clock.ts';
import { EAGAIN, ESRCH } from './errno.ts';
import type { Link } from './link.ts';
import { Loan, type LoanOwner } from './loan.ts';
import type { BrainRequest, InitFrameOf } from './wire.ts';

/** As many as init has (docs/protocol.md). */
const loggersAtMost = 8;
/** After the end of a logger the brain reads for itself for so long, in ms, and after a file that one cannot open: the next may fare no better. */
const restAfterLoss = 1000;
/** Before something is told again to a logger that is behind, in ms. */
const tellAgainAfter = 20;

type Pouring = { readonly generation: number; readonly stream: 'stdout' | 'stderr' };

/**
 * The brain's end of init's loggers, which move output from pipes into log files without it: one logger for each file system, so that a slow disk holds
 * up its own logs alone. The brain decides which files there are, how large they may become and when they are rotated.
 */
export class Loggers {
  readonly #link: Link;
  readonly #loans = new Map<number, Loan>();
  readonly #devices: bigint[] = [];
  readonly #asked = new Map<number, Set<(errno: number) => void>>();
  #lastLog = 0;
  #lendAfter = 0;

  constructor(link: Link) {
    this.#link = link;
  }

  /** Another log for the loggers, which have no file of it yet; null: not now. */
  open(fd: number, owner: LoanOwner): Loan | null {
    if (now() < this.#lendAfter) return null;
    const loan = new Loan(++this.#lastLog, this.#loggerOf(fstatSync(fd, { bigint: true }).dev), owner);
    this.#loans.set(loan.log, loan);
    return loan;
  }

  /** The log has this file from now on, which is full at so many bytes (0: never). */
  give(loan: Loan, fd: number, limit: number): void {
    const { dev, ino } = fstatSync(fd, { bigint: true });
    const { log, logger } = loan;
    const turn = loan.nextTurn(limit);
    const frame = { type: 'log', log, turn, logger, fd, device: dev, ino, limit } as const;
    void this.#ask(logger, frame).then((errno) => {
      if (errno === 0 || loan.turn !== turn || this.#loans.get(log) !== loan) return;
      if (errno === EAGAIN) setTimeout(() => this.#giveAgain(loan, turn, fd, limit), tellAgainAfter);
      else {
        this.#lendAfter = now() + restAfterLoss;
        loan.end();
      }
    });
  }

  close(loan: Loan): void {
    this.#loans.delete(loan.log);
    this.#link.send({ type: 'close-log', log: loan.log, logger: loan.logger });
  }

  /** Resolves with an errno; 0: what was in the pipe is in the log, and what comes will be. */
  pour({ generation, stream }: Pouring, { log, logger }: Loan): Promise<number> {
    return this.#ask(logger, { type: 'pour', generation, stream, logger, log });
  }

  /** Resolves when nobody but the brain reads the stream. */
  async return({ generation, stream }: Pouring): Promise<void> {
    let errno: number;
    do errno = await this.#ask(null, { type: 'return', generation, stream });
    while (errno === EAGAIN && (await later()));
  }

  full({ log, turn }: InitFrameOf<'log-full'>): void {
    const loan = this.#loans.get(log);
    // What was given meanwhile has room.
    if (loan?.turn === turn) loan.owner.full();
  }

  trouble({ log, errno, lost }: InitFrameOf<'log-trouble'>): void {
    this.#loans.get(log)?.owner.trouble(errno, lost);
  }

  lost(logger: number): void {
    this.#lendAfter = now() + restAfterLoss;
    const asked = this.#asked.get(logger) ?? [];
    this.#asked.delete(logger);
    for (const answer of asked) answer(ESRCH);
    for (const loan of this.#loans.values()) if (loan.logger === logger) loan.end();
  }

  #giveAgain(loan: Loan, turn: number, fd: number, limit: number): void {
    if (loan.turn === turn && this.#loans.get(loan.log) === loan) this.give(loan, fd, limit);
  }

  /** logger: whose end is an answer as well; null: no one's. */
  #ask(logger: number | null, frame: BrainRequest): Promise<number> {
    return new Promise((resolve) => {
      if (logger !== null) this.#askedOf(logger).add(resolve);
      const answer = (errno: number): void => {
        if (logger !== null) this.#asked.get(logger)?.delete(resolve);
        resolve(errno);
      };
      this.#link.request(frame).then(
        (frame) => answer(frame.type === 'result' ? frame.errno : ESRCH),
        () => answer(ESRCH),
      );
    });
  }

  #askedOf(logger: number): Set<(errno: number) => void> {
    const known = this.#asked.get(logger);
    if (known !== undefined) return known;
    const asked = new Set<(errno: number) => void>();
    this.#asked.set(logger, asked);
    return asked;
  }

  #loggerOf(device: bigint): number {
    if (!this.#devices.includes(device)) this.#devices.push(device);
    return Math.min(this.#devices.indexOf(device), loggersAtMost - 1);
  }
}

function later(): Promise<true> {
  return new Promise((resolve) => setTimeout(() => resolve(true), tellAgainAfter));
}
