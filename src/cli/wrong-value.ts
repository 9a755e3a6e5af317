/** A value that a verb has no words for; shown as Python's ValueError, which supervisorctl raises there. */
export class WrongValue extends Error {
  override readonly name = 'WrongValue';
}
