/** A deploy that must not go live. */
export const faults = ['bad import', 'bad configuration', 'exit 0', 'never ready', 'dies while settling'] as const;
export type Fault = (typeof faults)[number];

/** Where the files of a service are, and where it serves. */
export type Place = { readonly dir: string; readonly port: number };

/** What the next generation will be: its name, which it says in every answer, and what is wrong with it. */
export type Release = { readonly name: string; readonly fault: Fault | null };

/** A line of the matrix: a service as it is, and the way in which it gets its socket. */
export type Row = {
  readonly service: string;
  readonly way: string;
  /** Keys of its [program:web]. */
  readonly program: (place: Place) => Readonly<Record<string, string | number>>;
  /** Writes the files that the next generation will read. */
  readonly deploy: (place: Place, release: Release) => void;
  /** Seconds of min_ready; half a second when not said. A server that takes its time to fall needs more. */
  readonly minReady?: number;
  /** The faults that it outlives without ever being ready: its master makes the worker anew that ended with 0. */
  readonly outlives?: readonly Fault[];
  /** It reloads itself, on a signal: what it loses then is its own, counted but not judged. So is its socket. */
  readonly reloadsItself?: true;
  /** Its answers do not tell the release. */
  readonly isNameless?: true;
  /** The broken deploys that it can be given; where the current generation is stopped first, none can be undone. */
  readonly faults: readonly Fault[];
  /**
   * With keep-alive: `drains`, the server ends its connections so that no request is lost (marked K); `closes`, it keeps none;
   * else what cures it.
   */
  readonly keep: 'drains' | 'closes' | { readonly cure: string };
};
