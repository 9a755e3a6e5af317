import { statSync } from 'node:fs';
import { nearest } from '../config/nearest.ts';
import { ProtocolError, UnknownProtocol } from '../control/client.ts';
import { BadResponse } from '../control/http-response.ts';
import { codeOf } from '../control/listen-error.ts';
import { makeNamespec } from '../control/namespec.ts';
import type { Session } from './session.ts';

const unix = 'unix://';

/** Who may use a socket, as `ls -l` would tell it; empty when that cannot be seen. */
function ownership(path: string): string {
  try {
    const { uid, gid, mode } = statSync(path);
    return ` (it belongs to uid ${uid}, gid ${gid}, mode ${(mode & 0o7777).toString(8).padStart(4, '0')})`;
  } catch {
    return '';
  }
}

/**
 * What to do about an error, for a person: goes to stderr, for stdout has Supervisor's words and scripts compare them. null: nothing is known
 * that its text does not say.
 */
export function cureOf(session: Session, error: unknown): string | null {
  const { serverurl, origin } = session;
  const isUnix = serverurl.startsWith(unix);
  if (error instanceof ProtocolError && error.status === 401) {
    return 'give the name and the password of the daemon’s server section: -u and -p, or username= and password= in [supervisorctl]';
  }
  if (error instanceof UnknownProtocol) {
    return `a daemon is at unix:///PATH or http://HOST:PORT; this address comes from ${origin}`;
  }
  const code = error instanceof BadResponse ? 'ECONNRESET' : codeOf(error);
  switch (code) {
    case 'ECONNRESET':
    case 'EPIPE':
      return 'the daemon was cut off before it answered: if its brain was started again, what it had begun goes on (legatoctl status), and what it had not can be asked for again';
    case 'ENOENT':
      return `is legatod running? Start it, or say where its socket is: -s unix:///PATH, or -c FILE with serverurl= in [supervisorctl]; this address comes from ${origin}`;
    case 'ECONNREFUSED':
      return isUnix
        ? 'the socket is there but nobody listens: legatod has ended without removing it; start it again'
        : `nobody listens there: is legatod running, and does its configuration have [inet_http_server] with this port? This address comes from ${origin}`;
    case 'EACCES':
      return `you may not use this socket${isUnix ? ownership(serverurl.slice(unix.length)) : ''}: become its owner (sudo), or widen chmod= or chown= in [unix_http_server]`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host of ${serverurl} has no address; this address comes from ${origin}`;
    default:
      return null;
  }
}

type Known = { readonly group: string; readonly name: string };

/** What may have been meant by a name that no process has; null: nothing is near. */
export function meantBy(word: string, known: readonly Known[]): string | null {
  if (known.some(({ group }) => group === word)) return `${word} is a group: its processes are ${word}:*`;
  const inGroups = known.filter(({ name }) => name === word).map(({ group, name }) => makeNamespec(group, name));
  const near =
    inGroups[0] ??
    nearest(
      word,
      known.map(({ group, name }) => makeNamespec(group, name)),
    );
  return near === null ? null : `did you mean ${near}?`;
}
