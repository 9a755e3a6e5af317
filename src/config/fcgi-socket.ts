import type { SocketConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import { Scope } from './expand.ts';
import type { Section } from './ini.ts';
import { claim, type Listening, listenConfig, noListening } from './listen.ts';
import type { ListenPlace } from './listen-url.ts';
import { resolvePath } from './path.ts';
import { hasSpace, repr } from './python-text.ts';
import { fcgiKeys } from './schema.ts';
import { SectionReader } from './section-reader.ts';
import type { Source } from './source.ts';
import { addressOfHost } from './values/host-name.ts';
import { integerOf, portOf } from './values/number.ts';

/** SOMAXCONN of the kernel's own header. */
const longestBacklog = 4096;

/** The socket keys of an [fcgi-program:x]. @throws ConfigError */
export function readFcgiSocket(source: Source, section: Section, name: string): SocketConfig {
  const reader = new SectionReader(source, section, fcgiKeys, source.hereScope());
  const user = reader.optional('user');
  const backlog = reader.optional('socket_backlog');
  if (backlog !== null && (backlog < 1 || backlog > 65535)) {
    throw new ConfigError(`Invalid socket_backlog value ${backlog}`, reader.place('socket_backlog'));
  }
  const owner = reader.renamed('socket_owner', 'Invalid socket_owner value');
  const mode = reader.renamed('socket_mode', 'Invalid socket_mode value');
  const names = new Scope(source.environment, { program_name: name, here: source.here });
  const url = new SectionReader(source, section, fcgiKeys, names).optional('socket');
  if (url === null || url === '') {
    throw new ConfigError(`[${section.name}] section requires a "socket" line`, reader.place('socket'));
  }
  const refuse = (text: string): never => {
    throw new ConfigError(`${text} in [${section.name}] socket`, reader.place('socket'));
  };

  if (url.startsWith('unix://')) {
    const path = url.slice('unix://'.length);
    // Supervisor prints the exception's arguments as a tuple, here and below.
    if (!path.startsWith('/')) refuse(`('Unix socket path %s is not an absolute path', ${repr(path)})`);
    const program = user === null || user.uid === source.host.uid ? null : { uid: user.uid, gid: user.gid };
    return {
      url: `unix://${resolvePath(path, source.host)}`,
      owner: reader.raw('socket_owner'),
      chown: owner ?? program,
      mode: mode ?? 0o700,
      backlog,
    };
  }
  if (owner !== null || mode !== null) {
    refuse('socket_owner and socket_mode params should only be used with a Unix domain socket');
  }
  const [, host = '', digits = ''] = /^tcp:\/\/([^:]+):(\p{Nd}+)\n?$/u.exec(url) ?? [];
  if (host === '' || hasSpace(host)) refuse(`('Bad socket format %s', ${repr(url)})`);
  const port = integerOf(digits);
  try {
    portOf(port);
  } catch (error) {
    if (error instanceof ConfigError) refuse(error.message);
    throw error;
  }
  return { url: `tcp://${host.toLowerCase()}:${port}`, owner: null, chown: null, mode: null, backlog };
}

/**
 * The socket as init holds it: standard input of every process of the program, in a group too. It is held as blocking, for a FastCGI
 * program waits in accept(2) (FastCGI Specification, 2.2). Sections without a socket, which only groups allow, have none.
 * @throws ConfigError
 */
export function readFcgiListen(source: Source, section: Section, programName: string): Listening {
  if (source.ini.find(section, 'socket') === undefined) return noListening;
  const { url, chown, mode, backlog } = readFcgiSocket(source, section, programName);
  const terms = { backlog: backlog ?? longestBacklog, blocking: true, mode: mode ?? 0o700, owner: chown };
  const config = { ...listenConfig(placeOf(url, source), terms), name: programName };
  const reader = new SectionReader(source, section, fcgiKeys, source.hereScope());
  reader.at('socket', () => claim(source, section.name, [config]));
  return { listen: [config], listenAs: 'stdin', dialects: [], listenHold: false };
}

/** A name that is not found stays as it is: the spawn says so, as it does in Supervisor. */
function placeOf(url: string, source: Source): ListenPlace {
  const [, path] = /^unix:\/\/(.*)$/s.exec(url) ?? [];
  if (path !== undefined) return { family: 'unix', path };
  const [, name = '', port = ''] = /^tcp:\/\/(.*):(\d+)$/s.exec(url) ?? [];
  return { family: 'tcp4', host: addressOfHost(name, source.host) ?? name, port: Number(port), v6only: false };
}
