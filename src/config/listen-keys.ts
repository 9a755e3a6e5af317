/**
 * The keys with which a [program:x] declares the listener sockets that legato holds for it, and those of [socket:x], which several
 * programs share: legato's own, part of the table in schema.ts.
 */
export const listenKeys = {
  listen: {
    type: 'listen addresses',
    preset: null,
    names: 'program',
    doc: 'Comma list of listener sockets that legato holds for all processes of the program, over every restart: each `[NAME=]ADDRESS` or `[NAME=]socket:SECTION`, one that programs share. ADDRESS is `tcp://HOST:PORT` or just `HOST:PORT`, `tcp6://[HOST]:PORT` (IPv6 alone), `udp://HOST:PORT`, `udp6://[HOST]:PORT`, `unix:///PATH`, `unix-dgram:///PATH`, or an abstract name: `unix://@NAME`. HOST is an IPv4 address, an IPv6 one in brackets (`[::]` is every interface, IPv4 too; a link-local one has its interface: `[fe80::1%%eth0]`), empty (every IPv4 interface) or `localhost` (127.0.0.1); other names are not looked up.',
  },
  listen_mode: {
    type: 'fds or adopt',
    preset: 'fds',
    names: 'program',
    doc: 'How the program gets them: as inherited descriptors from 3 on, in the order of `listen`, or in place of those it binds itself.',
  },
  listen_dialect: {
    type: 'dialects',
    preset: 'systemd,server-starter,einhorn',
    names: 'program',
    doc: 'Comma list of the ways in which inherited descriptors are announced: `systemd` (LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES), `server-starter` (SERVER_STARTER_PORT), `einhorn` (EINHORN_FD_COUNT, EINHORN_FD_n), `nginx` (NGINX), `puma` (PUMA_INHERIT_n), `unicorn` (UNICORN_FD), `gunicorn` (GUNICORN_FD), `fpm` (FPM_SOCKETS), `stdin` (the first one is descriptor 0 as well); or `none`.',
  },
  listen_hold: {
    type: 'boolean',
    preset: 'true',
    names: 'program',
    doc: 'A next generation accepts nothing before its commit, so that it cuts nobody if it dies while settling. It cannot be asked anything over the shared socket meanwhile (a health check reaches the current one). Where the preload library does not reach the program (`handover --dry-run` says so) it accepts at once.',
  },
  listen_backlog: {
    type: 'count',
    preset: '4096',
    names: 'program',
    doc: 'Length of the queue of connections, 1 to 65535; the kernel cuts it to net.core.somaxconn.',
  },
  listen_blocking: {
    type: 'boolean',
    preset: 'false',
    names: 'program',
    doc: 'Hold the sockets without O_NONBLOCK, which is one flag for all who have them: for programs that wait in accept(2) on what they inherit.',
  },
  listen_owner: {
    type: 'user[:group]',
    preset: null,
    names: 'program',
    doc: "Owner of the unix sockets in `listen`; by default the program's user.",
  },
  listen_chmod: { type: 'octal', preset: '0700', names: 'program', doc: 'Mode of the unix sockets in `listen`.' },
} as const;

export const socketKeys = {
  address: {
    type: 'listen address',
    preset: null,
    names: 'here',
    doc: 'Required: an ADDRESS as in `listen` of [program:x].',
  },
  backlog: { type: 'count', preset: '4096', names: 'here', doc: 'As listen_backlog of [program:x].' },
  blocking: { type: 'boolean', preset: 'false', names: 'here', doc: 'As listen_blocking of [program:x].' },
  owner: { type: 'user[:group]', preset: null, names: 'here', doc: 'Owner of a unix socket; by default the daemon.' },
  chmod: { type: 'octal', preset: '0700', names: 'here', doc: 'Mode of a unix socket.' },
} as const;
