import type { ServerConfig } from '../config/config.ts';
import { EPERM, errnoName } from '../os/errno.ts';
import type { Link } from '../os/link.ts';
import type { BrainRequest, InitFrameOf } from '../os/wire.ts';
import { identityToTake, reasonAgainst } from './identity.ts';
import { troubleWithServers } from './servers.ts';

type Become = Extract<BrainRequest, { type: 'become' }>;

/**
 * What init must become before anything is started: another user ([supervisord] user), a process in the background (without nodaemon).
 * null: it is all that already. As PID 1 it stays in the foreground, for its end would be the container's.
 */
export function becomeRequest(server: ServerConfig, init: InitFrameOf<'hello'>): Become | null {
  if (init.became) return null;
  const identity = identityToTake(server.identity);
  const detach = !server.nodaemon && !init.pid1;
  if (!detach && identity === null) return null;
  return { type: 'become', detach, identity, umask: server.umask };
}

/**
 * Has init end this brain and start another one in the new place. Resolves only when that cannot be: with Supervisor's sentence about it. What
 * cannot be opened is said here as well, where somebody can read it.
 */
export async function become(link: Link, server: ServerConfig, request: Become): Promise<string> {
  const trouble = reasonAgainst(server.identity) ?? (await troubleWithServers(server.httpServers));
  if (trouble !== null) return trouble;
  const answer = await link.request(request);
  if (answer.type !== 'result') return `cannot become another: init answered '${answer.type}'`;
  if (answer.errno === EPERM && request.identity !== null) return 'Could not set groups of effective user';
  return `cannot become another: ${errnoName(answer.errno)}`;
}
