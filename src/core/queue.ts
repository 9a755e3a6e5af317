type Chain<T> = { readonly value: T; readonly rest: Chain<T> } | null;

/** A queue as a plain value: both ends cost the same however long it is. */
export type Queue<T> = {
  /** The oldest first. */
  readonly front: Chain<T>;
  /** Behind those, the newest first. */
  readonly back: Chain<T>;
  readonly length: number;
};

export function emptyQueue<T>(): Queue<T> {
  return { front: null, back: null, length: 0 };
}

export function append<T>({ front, back, length }: Queue<T>, value: T): Queue<T> {
  return { front, back: { value, rest: back }, length: length + 1 };
}

/** In front of all others. */
export function prepend<T>({ front, back, length }: Queue<T>, value: T): Queue<T> {
  return { front: { value, rest: front }, back, length: length + 1 };
}

/** The oldest, and what is left without it; null: there is none. */
export function takeOldest<T>({ front, back, length }: Queue<T>): { oldest: T; rest: Queue<T> } | null {
  if (front !== null) return { oldest: front.value, rest: { front: front.rest, back, length: length - 1 } };
  if (back === null) return null;
  let turned: Chain<T> = null;
  for (let at: Chain<T> = back; at !== null; at = at.rest) turned = { value: at.value, rest: turned };
  return takeOldest({ front: turned, back: null, length });
}
