import { hostPortOf, isStream, type ListenPlace } from '../config/listen-url.ts';
import type { Dialect } from '../config/values/dialect.ts';

/** A socket as a generation inherits it. */
export type Inherited = { readonly name: string; readonly place: ListenPlace; readonly fd: number };

/** The variables that announce inherited sockets. Each dialect was made for connections: all but systemd's know nothing of datagrams. */
export function announced(dialects: readonly Dialect[], sockets: readonly Inherited[]): Record<string, string> {
  if (sockets.length === 0) return {};
  const streams = sockets.filter(({ place }) => isStream(place));
  return Object.fromEntries(dialects.flatMap((dialect) => Object.entries(variables[dialect](sockets, streams))));
}

type Speak = (all: readonly Inherited[], streams: readonly Inherited[]) => Record<string, string>;

const variables: { readonly [D in Dialect]: Speak } = {
  /** sd_listen_fds_with_names(3). LISTEN_PID is filled in by init, which alone knows it in time (docs/protocol.md). */
  systemd: (all) => ({
    LISTEN_FDS: String(all.length),
    LISTEN_PID: '',
    LISTEN_FDNAMES: all.map(({ name }) => name).join(':'),
  }),
  /** Server::Starter: `host:port=fd;/path=fd`. */
  'server-starter': (_, streams) =>
    list('SERVER_STARTER_PORT', streams, ({ place, fd }) => `${bareOf(place)}=${fd}`, ';'),
  /** Einhorn's EINHORN_FD_0 and so on. Without EINHORN_MASTER_PID nobody takes legato for Einhorn. */
  einhorn: (_, streams) => ({
    EINHORN_FD_COUNT: String(streams.length),
    ...Object.fromEntries(streams.map(({ fd }, index) => [`EINHORN_FD_${index}`, String(fd)])),
  }),
  /** What nginx tells the binary it upgrades to (ngx_add_inherited_sockets): each number ends in a semicolon. */
  nginx: (all) => ({ NGINX: all.map(({ fd }) => `${fd};`).join('') }),
  /** Puma's own restart: `fd:url`, the url as in its `bind`. */
  puma: (_, streams) =>
    Object.fromEntries(
      streams.map(({ place, fd }, index) => [
        `PUMA_INHERIT_${index}`,
        `${fd}:${'path' in place ? 'unix' : 'tcp'}://${bareOf(place)}`,
      ]),
    ),
  unicorn: (_, streams) => list('UNICORN_FD', streams, ({ fd }) => String(fd), ','),
  /** gunicorn looks at the numbers only where it thinks another master is there, which init (pid 1) never is for its service. */
  gunicorn: (_, streams) => ({ ...list('GUNICORN_FD', streams, ({ fd }) => String(fd), ','), GUNICORN_PID: '1' }),
  /** PHP-FPM's own restart: `host:port=fd,/path=fd`. */
  fpm: (_, streams) => list('FPM_SOCKETS', streams, ({ place, fd }) => `${bareOf(place)}=${fd}`, ','),
  /** A number, not a variable. */
  stdin: () => ({}),
};

function list(
  name: string,
  sockets: readonly Inherited[],
  each: (socket: Inherited) => string,
  separator: string,
): Record<string, string> {
  return { [name]: sockets.map(each).join(separator) };
}

/** Without its scheme. */
function bareOf(place: ListenPlace): string {
  return 'path' in place ? place.path : hostPortOf(place);
}
