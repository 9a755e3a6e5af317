import type { ServerConfig } from '../config/config.ts';
import type { BrainRequest, InitFrameOf } from '../os/wire.ts';

/**
 * What init must become before anything is started: another user ([supervisord] user), a process in the background (without nodaemon).
 * null: it is all that already. As PID 1 it stays in the foreground, for its end would be the container's.
 */
export function becomeRequest(
  server: ServerConfig,
  init: InitFrameOf<'hello'>,
): Extract<BrainRequest, { type: 'become' }> | null {
  if (init.became) return null;
  const identity = server.identity !== null && server.identity.uid !== process.getuid?.() ? server.identity : null;
  const detach = !server.nodaemon && !init.pid1;
  if (!detach && identity === null) return null;
  return { type: 'become', detach, identity, umask: server.umask };
}
