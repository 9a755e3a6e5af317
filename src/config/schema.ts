import { handoverKeys } from './handover-keys.ts';
import type { SectionKeys } from './key-spec.ts';
import { listenKeys, socketKeys } from './listen-keys.ts';
import { listenerKeys } from './listener-keys.ts';
import { programKeys } from './program-keys.ts';

/**
 * The whole dialect as one table: sections, their keys, and of each key its type, its default as one would write it (null: none),
 * the names its value may use, and a line for docs/config.md, which is generated from here. Source: Supervisor 4.2.5.
 */

export const serverKeys = {
  logfile: { type: 'file', preset: 'supervisord.log', names: 'here', doc: 'Main log; `syslog` sends it to syslog.' },
  logfile_maxbytes: {
    type: 'bytes',
    preset: '50MB',
    names: 'here',
    doc: 'Size at which the main log is rotated; 0 never.',
  },
  logfile_backups: { type: 'integer', preset: '10', names: 'here', doc: 'Rotated main logs that are kept.' },
  loglevel: {
    type: 'log level',
    preset: 'info',
    names: 'here',
    doc: 'Least level that is logged: critical, error, warn, info, debug, trace, blather.',
  },
  pidfile: {
    type: 'file',
    preset: 'supervisord.pid',
    names: 'here',
    doc: 'File that holds the process id while the daemon runs.',
  },
  umask: {
    type: 'octal',
    preset: '022',
    names: 'here',
    doc: 'File mode mask, taken when the daemon goes to the background.',
  },
  nodaemon: {
    type: 'boolean',
    preset: 'false',
    names: 'here',
    doc: 'Stay in the foreground; the main log also goes to stdout.',
  },
  silent: { type: 'boolean', preset: 'false', names: 'here', doc: 'In the foreground: nothing on stdout.' },
  minfds: {
    type: 'integer',
    preset: '1024',
    names: 'here',
    doc: 'Open files the daemon must be allowed (RLIMIT_NOFILE).',
  },
  minprocs: {
    type: 'integer',
    preset: '200',
    names: 'here',
    doc: 'Processes the daemon must be allowed (RLIMIT_NPROC).',
  },
  nocleanup: { type: 'boolean', preset: 'false', names: 'here', doc: 'Keep the AUTO logs of earlier runs.' },
  childlogdir: {
    type: 'directory',
    preset: null,
    names: 'here',
    doc: 'Directory of AUTO logs; by default the directory for temporary files.',
  },
  user: {
    type: 'string',
    preset: null,
    names: 'here',
    doc: 'User (name or id) the daemon becomes at start, when it is started by root.',
  },
  directory: {
    type: 'directory',
    preset: null,
    names: 'here',
    doc: 'Directory the daemon changes to when it goes to the background.',
  },
  strip_ansi: {
    type: 'boolean',
    preset: 'false',
    names: 'here',
    doc: 'Remove ANSI escape sequences from the output of programs.',
  },
  environment: {
    type: 'string',
    preset: '',
    names: 'here',
    doc: 'Variables of every program, `KEY="value",KEY2="value"`. Expanded twice.',
  },
  identifier: {
    type: 'string',
    preset: 'supervisor',
    names: 'here',
    doc: 'Name of this daemon in its interface, its events and its AUTO logs.',
  },
  watchdog: {
    type: 'seconds',
    preset: '10',
    names: 'here',
    doc: "legato's own: seconds for which the brain may do nothing, not even answer init, before it is killed and another one takes over; services do not notice. 0: for ever.",
  },
} as const;

export const unixServerKeys = {
  file: { type: 'string', preset: null, names: 'here', doc: 'Path of the socket; required.' },
  chmod: { type: 'octal', preset: '0700', names: 'environment', doc: 'Mode of the socket file.' },
  chown: { type: 'user[:group]', preset: null, names: 'environment', doc: 'Owner of the socket file.' },
  username: {
    type: 'string',
    preset: null,
    names: 'environment',
    doc: 'User name of basic authentication; only together with `password`.',
  },
  password: {
    type: 'string',
    preset: null,
    names: 'environment',
    doc: 'Password, in clear or as `{SHA}` and the hexadecimal SHA-1 of it.',
  },
} as const;

export const inetServerKeys = {
  port: {
    type: 'address',
    preset: null,
    names: 'environment',
    doc: '`port`, `:port`, `*:port` or `host:port`; required.',
  },
  username: {
    type: 'string',
    preset: null,
    names: 'environment',
    doc: 'User name of basic authentication; only together with `password`.',
  },
  password: {
    type: 'string',
    preset: null,
    names: 'environment',
    doc: 'Password, in clear or as `{SHA}` and the hexadecimal SHA-1 of it.',
  },
} as const;

export const clientKeys = {
  serverurl: {
    type: 'string',
    preset: 'http://localhost:9001',
    names: 'here',
    doc: 'Where the daemon listens: `http://host:port` or `unix:///path`.',
  },
  username: { type: 'string', preset: null, names: 'environment', doc: 'User name for the daemon.' },
  password: { type: 'string', preset: null, names: 'environment', doc: 'Password for the daemon, in clear.' },
  prompt: { type: 'string', preset: 'supervisor', names: 'environment', doc: 'Prompt of the interactive shell.' },
  history_file: {
    type: 'string',
    preset: null,
    names: 'here',
    doc: 'File that keeps the lines typed in the interactive shell.',
  },
} as const;

export const groupKeys = {
  programs: {
    type: 'comma list',
    preset: '',
    names: 'here',
    doc: 'Programs and fcgi-programs that make up the group, instead of groups of their own.',
  },
  priority: { type: 'integer', preset: '999', names: 'here', doc: 'Priority of the group.' },
} as const;

/** What a program's section says of its own group; the same keys are read again for its processes. */
export const ownGroupKeys = {
  priority: { type: 'integer', preset: '999', names: 'here', doc: 'Priority of the group the program makes up alone.' },
} as const;

export const fcgiKeys = {
  socket: {
    type: 'string',
    preset: null,
    names: 'socket',
    doc: '`tcp://host:port` or `unix:///path`, given to every process as fd 0; required.',
  },
  socket_backlog: {
    type: 'integer',
    preset: null,
    names: 'here',
    doc: 'Length of the queue of connections, 1 to 65535.',
  },
  socket_owner: {
    type: 'user[:group]',
    preset: null,
    names: 'here',
    doc: "Owner of a unix socket; by default the program's user.",
  },
  socket_mode: { type: 'octal', preset: null, names: 'here', doc: 'Mode of a unix socket; 0700 when not set.' },
  user: { type: 'user', preset: null, names: 'here', doc: 'As in [program:x].' },
  priority: { type: 'integer', preset: '999', names: 'here', doc: 'As in [program:x].' },
} as const;

export const includeKeys = {
  files: {
    type: 'string',
    preset: null,
    names: 'include',
    doc: 'Patterns (`*`, `?`, `[…]`) of files to read after this one, relative to its directory. Included files cannot include.',
  },
} as const;

export const rpcInterfaceKeys = {
  'supervisor.rpcinterface_factory': {
    type: 'string',
    preset: null,
    names: 'environment',
    doc: 'Required; `supervisor.rpcinterface:make_main_rpcinterface` is the one legato has.',
  },
} as const;

export const clientPluginKeys = {
  'supervisor.ctl_factory': {
    type: 'string',
    preset: null,
    names: 'environment',
    doc: 'Required; Python plugins cannot be loaded, they are left out.',
  },
} as const;

export type SectionSpec = {
  /** How the header is matched: the whole name, a name before `:`, or any name that begins so. */
  readonly match: 'whole' | 'named' | 'prefix';
  readonly name: string;
  readonly doc: string;
  readonly keys: SectionKeys;
  /** Keys of its own that it does not lend. */
  readonly alone?: SectionKeys;
  /** Of another section's own keys those that it has as well. */
  readonly lent?: SectionKeys;
  /** Sections whose `keys` it has as well. */
  readonly also?: readonly string[];
  /** Whether keys beside the listed ones mean something (they go to a plugin). */
  readonly open?: boolean;
};

export const schema: readonly SectionSpec[] = [
  {
    match: 'whole',
    name: 'supervisord',
    doc: 'The daemon. Required. The command line wins over it.',
    keys: serverKeys,
  },
  { match: 'prefix', name: 'unix_http_server', doc: 'A control socket in the file system.', keys: unixServerKeys },
  { match: 'prefix', name: 'inet_http_server', doc: 'A control socket on TCP.', keys: inetServerKeys },
  { match: 'whole', name: 'supervisorctl', doc: 'The client. Required for it.', keys: clientKeys },
  {
    match: 'named',
    name: 'program',
    doc: 'A program: one or more processes.',
    keys: programKeys,
    alone: { ...handoverKeys, ...listenKeys },
  },
  { match: 'named', name: 'group', doc: 'Programs under one name.', keys: groupKeys },
  {
    match: 'named',
    name: 'socket',
    doc: "legato's own: a listener socket that several programs share, each by `listen=socket:x`. legato holds it from the first of them to the last.",
    keys: socketKeys,
  },
  {
    match: 'named',
    name: 'fcgi-program',
    doc: 'A program whose processes share a listening socket, which is their standard input. legato holds it from add to remove.',
    keys: fcgiKeys,
    lent: handoverKeys,
    also: ['program'],
  },
  {
    match: 'named',
    name: 'eventlistener',
    doc: 'A program that is told what happens.',
    keys: listenerKeys,
    also: ['program'],
  },
  { match: 'whole', name: 'include', doc: 'More files.', keys: includeKeys },
  { match: 'named', name: 'rpcinterface', doc: 'A part of the control interface.', keys: rpcInterfaceKeys, open: true },
  { match: 'named', name: 'ctlplugin', doc: 'A plugin of the client.', keys: clientPluginKeys, open: true },
];
