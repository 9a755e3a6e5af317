import { childrenTold, scanChildren } from './proc-children.ts';
import { type ProcStat, readBeginning, readProc, readStat } from './proc-stat.ts';

/** A process and what it has below it. */
export type ProcNode = ProcStat & {
  /** Seconds since it was started. */
  readonly age: number;
  /** Its command line, or its name in brackets where it has none (defunct processes, kernel threads). */
  readonly command: string;
  readonly children: readonly ProcNode[];
};

/** How a process takes signals, by number. */
export type SignalState = {
  readonly caught: ReadonlySet<number>;
  readonly ignored: ReadonlySet<number>;
  readonly blocked: ReadonlySet<number>;
};

/** USER_HZ, the unit in which Linux shows ticks to programs; 100 wherever Node runs. */
const ticksPerSecond = 100;

/** Of a command line so much is looked at, and so much is shown, in bytes: an argument may have megabytes, and a service many processes. */
const [looked, shown] = [16 * 1024, 4 * 1024] as const;

/** The arguments of a process; none where it is gone. */
export function argumentsOf(pid: number): string[] {
  return (readBeginning(`/proc/${pid}/cmdline`, looked) ?? '').split('\0');
}

/** The arguments of a process in one line; null when it is gone or has none. */
export function commandLine(pid: number, most: number = looked): string | null {
  const text = readBeginning(`/proc/${pid}/cmdline`, most);
  // Some processes write a title over their arguments and leave NULs behind it.
  const line = text?.replace(/\0+$/, '').replaceAll('\0', ' ');
  return line === undefined || line === '' ? null : line;
}

/** A process and all its descendants; null when it is gone. */
export function descendants(pid: number): ProcNode | null {
  const stat = readStat(pid);
  if (stat === null) return null;
  const uptime = readUptime();
  const childrenOf = childrenTold(pid) === null ? scanChildren() : (parent: number) => childrenTold(parent) ?? [];
  const root = node(stat, uptime);
  const seen = new Set([pid]);
  // Not recursive: services may nest deeper than the stack.
  const todo = [root];
  for (;;) {
    const parent = todo.pop();
    if (parent === undefined) return root;
    for (const child of childrenOf(parent.pid)) {
      const childStat = seen.has(child) ? null : readStat(child);
      if (childStat === null) continue;
      seen.add(child);
      const grown = node(childStat, uptime);
      parent.children.push(grown);
      todo.push(grown);
    }
  }
}

type GrowingNode = ProcNode & { readonly children: GrowingNode[] };

function node(stat: ProcStat, uptime: number): GrowingNode {
  const age = Math.max(0, uptime - stat.starttime / ticksPerSecond);
  return { ...stat, age, command: commandLine(stat.pid, shown) ?? `[${stat.comm}]`, children: [] };
}

/** What a process does with each signal; null when it is gone. */
export function caughtSignals(pid: number): SignalState | null {
  const text = readProc(`/proc/${pid}/status`);
  if (text === null) return null;
  const mask = (name: string): ReadonlySet<number> =>
    signalsIn(new RegExp(`^${name}:\\s*([0-9a-f]+)$`, 'm').exec(text)?.[1] ?? '0');
  return { caught: mask('SigCgt'), ignored: mask('SigIgn'), blocked: mask('SigBlk') };
}

/** Bit n - 1 of the hexadecimal mask is signal n. */
function signalsIn(mask: string): ReadonlySet<number> {
  const bits = BigInt(`0x${mask}`);
  const signals = new Set<number>();
  for (let signal = 1; signal <= 64; signal++) if ((bits >> BigInt(signal - 1)) & 1n) signals.add(signal);
  return signals;
}

/** Seconds since boot, as starttime counts them. */
function readUptime(): number {
  return Number(readProc('/proc/uptime')?.split(' ')[0] ?? 0);
}
