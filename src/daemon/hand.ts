import type { ProcessConfig } from '../config/config.ts';
import { firstListenFd } from '../config/listen.ts';
import type { WireHand } from '../os/wire.ts';
import { cannotAdopt } from './adopt-trouble.ts';
import { announced, type Inherited } from './dialects.ts';
import type { HeldSocket } from './held-sockets.ts';
import { type Executed, preloadHand, preloadOf } from './preload.ts';

/** Its end of the channel of a Node child: beside the numbers of the preload library (docs/adopt.md). */
const channelNumber = 194;

/** What a generation is given besides its streams, and the variables that tell it so. */
export type Hand =
  | {
      readonly ok: true;
      /** `null`: a socket takes its place. */
      readonly stdin: 'pipe' | 'null';
      readonly hand: WireHand;
      readonly environment: Readonly<Record<string, string>>;
    }
  | { readonly ok: false; readonly reason: string };

/**
 * The sockets of a process in the dialects that programs know, its notify socket, and the preload library's page where the library
 * reaches the program: without it a program is handed its sockets all the same, but cannot adopt any. held: it is to accept
 * nothing before the commit, if that can be had.
 */
export function handOf(
  process: ProcessConfig,
  generation: number,
  executed: Executed,
  sockets: readonly HeldSocket[],
  held: boolean,
): Hand {
  const { listenAs } = process;
  const inherited = inheritanceOf(process, sockets);
  const preload = sockets.length === 0 ? null : preloadOf(process, executed);
  if (listenAs === 'adopt' && preload?.kind === 'without')
    return { ok: false, reason: cannotAdopt(executed.path, preload.why) };
  const { environment } = executed;
  const library =
    preload?.kind === 'with'
      ? preloadHand(preload.libc, { sockets, held, given: listenAs === 'fds', environment })
      : { sockets: [], page: null, environment: {} };
  const notify = notifyOf(process, generation);
  const channel = process.ready.kind === 'ipc';
  return {
    ok: true,
    stdin: inherited.asStdin ? 'null' : 'pipe',
    hand: {
      sockets: [...inherited.sockets, ...library.sockets],
      notify: notify.address,
      line: process.ready.kind === 'fd' ? process.ready.fd : null,
      channel: channel ? channelNumber : null,
      page: library.page,
    },
    environment: {
      ...notify.environment,
      ...(channel ? nodeChannel : {}),
      ...inherited.environment,
      ...library.environment,
    },
  };
}

/** Sockets at the numbers at which a program expects them, and the variables that say so. asStdin: one of them is its standard input. */
export type Inheritance = {
  readonly asStdin: boolean;
  readonly sockets: WireHand['sockets'];
  readonly environment: Readonly<Record<string, string>>;
};

/** What the program inherits of its held sockets, in the dialects that it was declared to understand. */
export function inheritanceOf(process: ProcessConfig, sockets: readonly HeldSocket[]): Inheritance {
  const { listenAs, dialects } = process;
  const [first] = sockets;
  const asStdin = first !== undefined && (listenAs === 'stdin' || dialects.includes('stdin'));
  const fds = listenAs === 'fds' ? sockets.map(({ key }, index) => ({ socket: key, fd: firstListenFd + index })) : [];
  const inherited = sockets.map(
    ({ place }, index): Inherited => ({ name: process.listen[index]?.name ?? '', place, fd: firstListenFd + index }),
  );
  return {
    asStdin,
    sockets: [...(asStdin ? [{ socket: first.key, fd: 0 }] : []), ...fds],
    environment: announced(dialects, inherited),
  };
}

/** What Node reads at its start, and takes out of its environment (child_process.fork()). JSON is what it speaks unless told otherwise. */
const nodeChannel: Record<string, string> = {
  NODE_CHANNEL_FD: String(channelNumber),
  NODE_CHANNEL_SERIALIZATION_MODE: 'json',
};

/** Whether it is to be listened to from its start to its end: a notify socket that fills, or a channel, would keep it waiting. */
export function speaks(process: ProcessConfig): boolean {
  return notifies(process) || process.ready.kind === 'ipc';
}

/**
 * Whether it is given a notify socket: only one that is to use it. Programs that find one behave in another way (they write no pidfile, or
 * wait for a watchdog), which an unchanged file must not cause.
 */
function notifies(process: ProcessConfig): boolean {
  return process.ready.kind === 'notify' || process.watchdog > 0;
}

/** One socket a generation, so that what is said on it is evidence of that one (sd_notify(3)). */
function notifyOf(
  process: ProcessConfig,
  generation: number,
): { address: string; environment: Record<string, string> } {
  if (!notifies(process)) return { address: '', environment: {} };
  // Without WATCHDOG_PID, which nobody could know before exec: it is then for whoever has the variable (sd_watchdog_enabled(3)).
  const watchdog: Record<string, string> =
    process.watchdog === 0 ? {} : { WATCHDOG_USEC: String(Math.round(process.watchdog * 1e6)) };
  const address = `@legato/${globalThis.process.pid}/${generation}/${crypto.randomUUID()}`;
  return { address, environment: { NOTIFY_SOCKET: address, ...watchdog } };
}
