import { statSync } from 'node:fs';
import type { ReadyConfig } from '../config/config.ts';
import { now } from '../os/clock.ts';
import { ownsEndpoint } from '../os/endpoint-owner.ts';
import { probe } from '../os/probe.ts';
import type { Daemon } from './daemon.ts';
import { pidsOf } from './generation-tree.ts';
import type { Watched } from './readiness.ts';

/** What one question came to; again: milliseconds until the next one. */
export type Asked = { readonly ok: boolean; readonly detail: string; readonly again: number };

/** Between two questions, and for one, in milliseconds. */
const [probeEvery, probeLimit, fileEvery, commandEvery, commandLimit] = [200, 2000, 100, 1000, 10_000] as const;

/** File systems keep times by the tick of the kernel, which is behind by so many milliseconds at most. */
const tick = 20;

type Asking = Extract<ReadyConfig, { kind: 'probe' | 'command' | 'file' }>;

/** Whether it is for us to ask; the others say so themselves, or are looked at. */
export function asksWhat(ready: ReadyConfig): ready is Asking {
  return ready.kind === 'probe' || ready.kind === 'command' || ready.kind === 'file';
}

/** What is wanting at the beginning. */
export function awaited(ready: ReadyConfig): string {
  switch (ready.kind) {
    case 'assumed':
      return '';
    case 'notify':
      return 'READY=1 did not come (sd_notify)';
    case 'fd':
      return `no newline came on descriptor ${ready.fd}`;
    case 'ipc':
      return "process.send('ready') did not come (NODE_CHANNEL_FD)";
    case 'log':
      return `no line of its output matched /${ready.pattern}/`;
    case 'listening':
      return 'none of its processes took its socket';
    case 'probe':
      return `${ready.text} was not asked yet`;
    case 'command':
      return `${ready.command} was not run yet`;
    case 'file':
      return `${ready.path} is not there`;
  }
}

/** One question; bounded in time, never rejects. */
export async function askWhetherReady(daemon: Daemon, watched: Watched): Promise<Asked> {
  const { ready } = watched.config;
  if (ready.kind === 'probe') return askEndpoint(daemon, watched, ready);
  if (ready.kind === 'command') return runCommand(daemon, watched, ready.command);
  if (ready.kind === 'file') return lookForFile(watched, ready.path);
  return { ok: false, detail: '', again: commandEvery };
}

async function askEndpoint(
  daemon: Daemon,
  { generation }: Watched,
  { text, endpoint }: Extract<ReadyConfig, { kind: 'probe' }>,
): Promise<Asked> {
  const { ok, detail } = await probe(endpoint, probeLimit);
  if (!ok) return { ok, detail: `${text}: ${detail}`, again: probeEvery };
  // Whoever answers may be the generation beside it.
  const owned = ownsEndpoint(pidsOf(daemon, generation.key), endpoint);
  if (owned === 'other') {
    return { ok: false, detail: `${text} is answered by a process that is none of its own`, again: probeEvery };
  }
  return { ok: true, detail: `${text}: ${detail}`, again: 0 };
}

async function runCommand(daemon: Daemon, { generation, config, given }: Watched, command: string): Promise<Asked> {
  const { ok, outcome, output } = await daemon.errands.run(
    {
      process: config,
      purpose: 'ready',
      command,
      timeout: commandLimit,
      environment: { LEGATO_GENERATION: String(generation.key), LEGATO_PID: String(generation.main) },
      level: 'debug',
    },
    given.signal,
  );
  const said = output.at(-1);
  const detail = `command ${command}: ${outcome}${ok || said === undefined ? '' : `: ${said}`}`;
  return { ok, detail, again: commandEvery };
}

/** One that is older than the generation was left by another. */
function lookForFile({ generation }: Watched, path: string): Asked {
  try {
    const { mtimeMs } = statSync(path);
    const born = Date.now() - (now() - generation.startedMs) - tick;
    if (mtimeMs >= born) return { ok: true, detail: `file ${path}`, again: 0 };
    return { ok: false, detail: `${path} is older than the generation`, again: fileEvery };
  } catch {
    return { ok: false, detail: `${path} is not there`, again: fileEvery };
  }
}
