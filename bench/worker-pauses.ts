/** A time in which something went on, in seconds since the epoch. */
export type Span = { readonly from: number; readonly to: number };

/** The tasks that were begun and done, from what they noted: `NUMBER TIME …`. */
export function spansOf(started: readonly string[], done: readonly string[]): readonly Span[] {
  const begins = new Map(started.map((line) => fields(line)));
  return done.flatMap((line) => {
    const [number, to] = fields(line);
    const from = begins.get(number);
    return from === undefined ? [] : [{ from, to }];
  });
}

function fields(line: string): [number: string, time: number] {
  const [number = '', time = ''] = line.split(' ');
  return [number, Number(time)];
}

/** The longest time between two of these instants, which are in order: of those that touch one of the spans, and of the others. */
export function longestIn(instants: readonly number[], spans: readonly Span[]): { inside: number; outside: number } {
  const longest = { inside: 0, outside: 0 };
  for (const [index, to] of instants.entries()) {
    const from = instants[index - 1] ?? to;
    const where = spans.some((span) => from < span.to && to > span.from) ? 'inside' : 'outside';
    longest[where] = Math.max(longest[where], to - from);
  }
  return longest;
}

/** The longest time in which no task ends when a pool that is never interrupted does the same tasks: tasks of any length come in no order. */
export function idealPause(tasks: readonly Span[], processes: number): number {
  const free = Array.from({ length: processes }, () => 0);
  const ends: number[] = [];
  for (const { from, to } of tasks.toSorted((a, b) => a.from - b.from)) {
    const first = free.indexOf(Math.min(...free));
    const end = (free[first] ?? 0) + to - from;
    free[first] = end;
    ends.push(end);
  }
  ends.sort((a, b) => a - b);
  return longestIn(ends.slice(0, -processes), []).outside;
}

/** The fewest tasks that were in hand at one time, from when a whole pool was busy until the last task was begun. */
export function fewestInHand(tasks: readonly Span[], processes: number): number {
  const last = Math.max(...tasks.map(({ from }) => from));
  const changes = tasks.flatMap(({ from, to }) => [
    { at: from, by: 1 },
    { at: to, by: -1 },
  ]);
  let [inHand, fewest] = [0, Number.POSITIVE_INFINITY];
  // At one instant what begins counts first: times are noted in milliseconds.
  for (const { at, by } of changes.sort((a, b) => a.at - b.at || b.by - a.by)) {
    if (at > last) break;
    inHand += by;
    if (inHand >= processes || fewest !== Number.POSITIVE_INFINITY) fewest = Math.min(fewest, inHand);
  }
  return fewest;
}
