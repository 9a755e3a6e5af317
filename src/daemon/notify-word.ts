/** What one datagram of sd_notify(3) says; null or false: nothing of that. */
export type NotifyWord = {
  readonly ready: boolean;
  readonly stopping: boolean;
  readonly reloading: boolean;
  /** Microseconds of CLOCK_MONOTONIC at which the reload began (RELOADING=1 comes with it). */
  readonly monotonicUsec: number | null;
  readonly status: string | null;
  readonly errno: number | null;
  readonly mainPid: number | null;
  /** Milliseconds from now. */
  readonly extend: number | null;
  /** `trigger`: it says itself that it does not work. */
  readonly watchdog: 'alive' | 'trigger' | null;
  /** Milliseconds: a new interval. */
  readonly watchdogInterval: number | null;
  /** It wants a descriptor kept, or forgotten. */
  readonly fdStore: boolean;
};

/** What is shown of a status. */
const longestStatus = 200;

/** Nobody gets more time than this by one word, in milliseconds; who needs more asks again. */
const longestExtension = 24 * 3600 * 1000;

/** Reads `NAME=value` lines; of what is said twice the last counts, and what is unknown or no number is not heard. */
export function notifyWordOf(text: string): NotifyWord {
  const said = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) said.set(line.slice(0, at), line.slice(at + 1));
  }
  const number = (name: string): number | null => {
    const value = said.get(name) ?? '';
    return /^[0-9]{1,20}$/.test(value) ? Number(value) : null;
  };
  const extend = number('EXTEND_TIMEOUT_USEC');
  const interval = number('WATCHDOG_USEC');
  const watchdog = said.get('WATCHDOG');
  return {
    ready: said.get('READY') === '1',
    stopping: said.get('STOPPING') === '1',
    reloading: said.get('RELOADING') === '1',
    monotonicUsec: number('MONOTONIC_USEC'),
    status: said.has('STATUS') ? shown(said.get('STATUS') ?? '') : null,
    errno: number('ERRNO'),
    mainPid: number('MAINPID'),
    extend: extend === null ? null : Math.min(extend / 1000, longestExtension),
    watchdog: watchdog === '1' ? 'alive' : watchdog === 'trigger' ? 'trigger' : null,
    watchdogInterval: interval === null ? null : Math.min(interval / 1000, longestExtension),
    fdStore: said.has('FDSTORE') || said.has('FDSTOREREMOVE'),
  };
}

/** It goes to terminals and logs. */
function shown(status: string): string {
  return status.replace(/\p{Cc}/gu, ' ').slice(0, longestStatus);
}
