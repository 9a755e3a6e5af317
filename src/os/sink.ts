/** Where the bytes of a log go. Writing never throws and never waits. */
export interface Sink {
  /**
   * Takes bytes, which are only borrowed. False: the target is full, the sink has kept what it could not write, and nothing more should
   * be given until `whenWritable` has called. What is given nevertheless is kept within a bound, and beyond it lost and counted.
   */
  write(bytes: Uint8Array): boolean;
  readonly blocked: boolean;
  /** Calls once, when the sink is not blocked any more. */
  whenWritable(call: () => void): void;
  /** Supervisor's log reopening (USR2): a file that was moved away is made anew; else nothing. */
  reopen(): void;
  /** Empties the log: the file is removed and made anew. What is no file stays as it is. False when it cannot be removed. */
  clear(): boolean;
}

/** What somebody must be told about a log: a sentence for the main log. */
export type OnTrouble = (text: string) => void;
