/** Whose log it is. */
export type LoanOwner = {
  /** The file is full; the logger writes on as soon as it is given one that is not. */
  readonly full: () => void;
  /** errno(3): writing does not work, so many bytes are lost so far; 0: it works again, after so many were. */
  readonly trouble: (errno: number, lost: number) => void;
  /** No logger has it any more. */
  readonly ended: () => void;
};

/** A log that a logger writes. */
export class Loan {
  /** Its key in the link. */
  readonly log: number;
  readonly logger: number;
  readonly owner: LoanOwner;
  readonly #borrowers = new Set<() => void>();
  #turn = 0;
  #limit = 0;

  constructor(log: number, logger: number, owner: LoanOwner) {
    this.log = log;
    this.logger = logger;
    this.owner = owner;
  }

  /** Counts the files it was given. */
  get turn(): number {
    return this.#turn;
  }

  /** Bytes at which the one it has is full. */
  get limit(): number {
    return this.#limit;
  }

  nextTurn(limit: number): number {
    this.#limit = limit;
    return ++this.#turn;
  }

  /** takeBack is called once, when the logger cannot write there any more. */
  borrow(takeBack: () => void): void {
    this.#borrowers.add(takeBack);
  }

  leave(takeBack: () => void): void {
    this.#borrowers.delete(takeBack);
  }

  end(): void {
    this.owner.ended();
    const borrowers = [...this.#borrowers];
    this.#borrowers.clear();
    for (const takeBack of borrowers) takeBack();
  }
}
