import type { LogLevel } from '../core/effects.ts';
import type { GroupSpec, ProcessSpec } from '../core/program.ts';
import type { ListenPlace } from './listen-url.ts';
import type { QueueName } from './queue/profiles.ts';
import type { Dialect } from './values/dialect.ts';

/** Where a value stands, for messages: `web.conf:12`. */
export type Place = { readonly file: string; readonly line: number };

/** Something said about a configuration: an error that refuses it, or a warning or information for the main log. */
export type Message = { readonly level: LogLevel; readonly text: string; readonly place: Place | null };

/** A log destination. `auto`: a file in childlogdir named by Supervisor's rule. `none`: no log. */
export type LogTarget =
  | { readonly kind: 'auto' }
  /** `path`: it was given as an empty name, which Supervisor keeps and never opens. */
  | { readonly kind: 'none'; readonly path?: '' }
  | { readonly kind: 'file'; readonly path: string };

/** Everything one output stream of a program can be told. */
export type StreamConfig = {
  readonly target: LogTarget;
  /** Bytes after which the file is rotated; 0 never. */
  readonly maxbytes: number;
  readonly backups: number;
  readonly captureMaxbytes: number;
  readonly eventsEnabled: boolean;
  readonly syslog: boolean;
};

/** A process as it is configured: what the core needs of it, and what is needed to start it. Plain data: two that say the same are the same as JSON. */
export type ProcessConfig = ProcessSpec & {
  /** The command line as written, expanded; split by `splitCommand` when it is spawned (a bad quote is a spawn error, as in Supervisor). */
  readonly command: string;
  readonly directory: string | null;
  /** Resolved user; null: as the daemon. `groups` are all groups that list the user. */
  readonly identity: {
    readonly user: string;
    readonly uid: number;
    readonly gid: number;
    readonly groups: readonly number[];
  } | null;
  readonly umask: number | null;
  /** The program's own variables on top of those of [supervisord], which are in it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly redirectStderr: boolean;
  readonly stdout: StreamConfig;
  readonly stderr: StreamConfig;
  /** SUPERVISOR_SERVER_URL; null: computed (AUTO). */
  readonly serverurl: string | null;
  /** One sentence: why `handover` is what it is. */
  readonly handoverReason: string;
  /** Whose worker it is, if of a known queue. */
  readonly queue: QueueName | null;
  /** Whether a worker of Celery or RQ is given legato's hook (hooks/python). */
  readonly workerHook: boolean;
  /** The listener sockets init holds for the program; all its processes share them. */
  readonly listen: readonly ListenConfig[];
  /** How it gets them: as inherited descriptors, in place of those it binds itself, or as its standard input alone (FastCGI). */
  readonly listenAs: 'fds' | 'adopt' | 'stdin';
  /** How inherited descriptors are announced. */
  readonly dialects: readonly Dialect[];
  /** Whether a next generation accepts nothing before its commit, where the preload library reaches it. */
  readonly listenHold: boolean;
  readonly ready: ReadyConfig;
  /**
   * What the command line of the process matches that acts on signals for the main process, below a wrapper; it compiles as
   * `new RegExp(main)`. null: the topmost that catches the signal.
   */
  readonly main: string | null;
  /** Run before a handover, which fails unless it exits with 0; null: none. */
  readonly checkCommand: string | null;
  /** Seconds it has. */
  readonly checkTimeout: number;
  /** Has a generation take no new work, and exits with 0 when it is idle; null: none. */
  readonly quietCommand: string | null;
  /** Seconds within which it must say WATCHDOG=1 again and again (sd_notify(3)); 0: it need not. */
  readonly watchdog: number;
  /** Globs in absolute directories: removed before a start while no generation lives. */
  readonly staleFiles: readonly string[];
  /** The program that declares it: its section's name behind the colon. */
  readonly program: string;
  /** Generations of the program that may run beyond its number of processes while it is handed over. */
  readonly maxSurge: number;
  /** Its processes that may be without a generation that serves meanwhile. */
  readonly maxUnavailable: number;
};

/** A listener socket that init holds. */
export type ListenConfig = {
  /** Its name in LISTEN_FDNAMES: as written, else that of its [socket:x], else the program's, `name-2` and so on. No two of a program share one. */
  readonly name: string;
  readonly address: ListenAddress;
  /** Length of the queue of connections, 1 to 65535 (listen(2)); the kernel cuts it to net.core.somaxconn. */
  readonly backlog: number;
  /** Held without O_NONBLOCK, which is one flag for all who have the socket. */
  readonly blocking: boolean;
};

/** Mode and owner are those of a file: an abstract name has neither. */
export type ListenAddress =
  | Exclude<ListenPlace, { readonly path: string }>
  | (Extract<ListenPlace, { readonly path: string }> & {
      readonly mode: number;
      /** null: as the daemon. gid -1: unchanged (chown(2)). */
      readonly owner: { readonly uid: number; readonly gid: number } | null;
    });

/** What says that a generation serves. `assumed`: nothing, being alive after `startsecs` must do. */
export type ReadyConfig =
  | { readonly kind: 'assumed' }
  /** `READY=1` on its notify socket (sd_notify(3)). */
  | { readonly kind: 'notify' }
  /** A newline on this descriptor (s6, dinit). */
  | { readonly kind: 'fd'; readonly fd: number }
  /** `process.send('ready')` of a Node child (pm2), or Einhorn's `worker:ack`. */
  | { readonly kind: 'ipc' }
  /** One of its processes accepts on a held socket. */
  | { readonly kind: 'listening' }
  /** A line of its output that matches; the pattern compiles as `new RegExp(pattern)`, without flags. */
  | { readonly kind: 'log'; readonly pattern: string }
  /** A connection to a private endpoint, or an answer of 2xx or 3xx from it. */
  | { readonly kind: 'probe'; readonly text: string; readonly endpoint: ReadyEndpoint }
  /** A command that exits with 0. */
  | { readonly kind: 'command'; readonly command: string }
  /** A file that is made, or touched, by the generation. Absolute. */
  | { readonly kind: 'file'; readonly path: string };

/** Where a probe asks. Hosts are names or numbers, without brackets. */
export type ReadyEndpoint =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }
  | {
      readonly kind: 'http';
      readonly secure: boolean;
      readonly host: string;
      readonly port: number;
      /** With the query. */
      readonly path: string;
      /** Host and port as written, for the header. */
      readonly authority: string;
    };

/** A group as it is configured, with what is set for all of its processes together. */
export type GroupConfig = Omit<GroupSpec, 'processes'> & {
  readonly processes: readonly ProcessConfig[];
  readonly type: 'group' | 'eventlistener' | 'fcgi';
  readonly eventlistener: {
    readonly bufferSize: number;
    readonly events: readonly string[];
    readonly resultHandler: string;
    /** What `len` of an event counts. */
    readonly lengthIn: 'bytes' | 'characters';
  } | null;
  readonly socket: SocketConfig | null;
};

/** The listening socket of an fcgi-program. */
export type SocketConfig = {
  /** `tcp://host:port` or `unix:///path`. */
  readonly url: string;
  /** socket_owner as written. */
  readonly owner: string | null;
  /** Who is to own a unix socket: socket_owner, else the program's user when it is not the daemon's. gid -1: unchanged. */
  readonly chown: { readonly uid: number; readonly gid: number } | null;
  /** null for tcp. */
  readonly mode: number | null;
  /** null: as long as the system allows (SOMAXCONN). */
  readonly backlog: number | null;
};

export type HttpServerConfig = {
  /** The section's name, e.g. `unix_http_server`. */
  readonly section: string;
  readonly username: string | null;
  readonly password: string | null;
} & (
  | {
      readonly family: 'unix';
      readonly file: string;
      readonly chmod: number;
      readonly chown: { readonly uid: number; readonly gid: number } | null;
    }
  /** host '' is every interface. */
  | { readonly family: 'inet'; readonly host: string; readonly port: number }
);

export type RpcInterfaceConfig = {
  readonly name: string;
  readonly factory: string;
  readonly extras: Readonly<Record<string, string>>;
};

/** [supervisord] and what belongs to the daemon as a whole, command-line options applied. */
export type ServerConfig = {
  readonly nodaemon: boolean;
  /** nodaemon of the file alone, without the command line's. */
  readonly nodaemonInFile: boolean;
  readonly silent: boolean;
  /** The user to become, as written; `identity` is who that is. */
  readonly user: string | null;
  readonly identity: {
    readonly user: string;
    readonly uid: number;
    readonly gid: number;
    readonly groups: readonly number[];
  } | null;
  readonly umask: number;
  readonly directory: string | null;
  /** Absolute; `syslog` is literal. */
  readonly logfile: string;
  readonly logfileMaxbytes: number;
  readonly logfileBackups: number;
  readonly loglevel: LogLevel;
  readonly pidfile: string;
  readonly identifier: string;
  readonly childlogdir: string;
  readonly minfds: number;
  readonly minprocs: number;
  readonly nocleanup: boolean;
  readonly stripAnsi: boolean;
  /** Seconds for which the brain may give no sign of life before it is killed and another one takes over; 0: for ever. */
  readonly watchdog: number;
  readonly environment: Readonly<Record<string, string>>;
  /** What AUTO means for SUPERVISOR_SERVER_URL; null without an HTTP server. */
  readonly serverurl: string | null;
  readonly httpServers: readonly HttpServerConfig[];
  /** Those legato has. */
  readonly rpcInterfaces: readonly RpcInterfaceConfig[];
  /** All that the file declares, those of plugins legato cannot load among them; only told, never used. */
  readonly declaredRpcInterfaces: readonly RpcInterfaceConfig[];
};

/**
 * One whole configuration, frozen. Nothing reads configuration text after this. Groups are sorted by (priority, name), and so are
 * the processes of one program; the programs of a [group:x] stand in the order of its `programs`.
 */
export type Config = {
  readonly file: string;
  readonly server: ServerConfig;
  readonly groups: readonly GroupConfig[];
  /** Warnings and information that belong into the main log at start. */
  readonly messages: readonly Message[];
};

/** The client's part: [supervisorctl]. */
export type ClientConfig = {
  readonly serverurl: string;
  readonly username: string | null;
  readonly password: string | null;
  readonly prompt: string;
  readonly historyFile: string | null;
  /** Where the daemon of the same file keeps its pid; null: unknown. */
  readonly pidfile: string | null;
};
