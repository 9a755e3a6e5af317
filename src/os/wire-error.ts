/** What is wrong with bytes or with a value meant to become bytes. */
export type WireFault =
  /** A payload of more than 1 048 576 bytes. */
  | 'too-long'
  /** A payload that ends inside a field. */
  | 'cut-short'
  /** Bytes after the last field. */
  | 'left-over'
  /** A type number the table does not have, or a reserved field that is not 0. */
  | 'unknown-frame'
  /** A value its field cannot hold, or a number without a word. */
  | 'bad-value';

/** A frame that is not one of docs/protocol.md. After one from the other side the link is broken: frame borders are lost. */
export class WireError extends Error {
  readonly fault: WireFault;

  constructor(fault: WireFault, text: string) {
    super(text);
    this.name = 'WireError';
    this.fault = fault;
  }
}
