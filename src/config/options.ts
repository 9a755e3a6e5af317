import type { LogLevel } from '../core/effects.ts';
import { ConfigError } from './config-error.ts';
import { type GivenOption, getopt } from './getopt.ts';
import type { ConfigHost } from './host.ts';
import { repr, reprList } from './python-text.ts';
import { parsers } from './values/types.ts';

/** What is to be done; help and version win over all that comes after them on the line. */
export type DaemonAction = 'run' | 'help' | 'version' | 'check' | 'dump-config' | 'sample-config' | 'take-over';

/** The daemon's command line. null and false: not given, the file decides. */
export type DaemonOptions = {
  readonly action: DaemonAction;
  /** Plugins legato does not have are errors instead of warnings. */
  readonly strict: boolean;
  /** The file as written; null: looked for. */
  readonly configuration: string | null;
  readonly nodaemon: boolean;
  readonly silent: boolean;
  readonly nocleanup: boolean;
  readonly stripAnsi: boolean;
  readonly user: string | null;
  readonly umask: number | null;
  readonly directory: string | null;
  readonly logfile: string | null;
  readonly logfileMaxbytes: number | null;
  readonly logfileBackups: number | null;
  readonly loglevel: LogLevel | null;
  readonly pidfile: string | null;
  readonly identifier: string | null;
  readonly childlogdir: string | null;
  readonly minfds: number | null;
  readonly minprocs: number | null;
  /** Of Supervisor's profiler; taken and without effect. */
  readonly profileOptions: readonly string[] | null;
};

export type ParsedDaemonOptions =
  | { readonly ok: true; readonly options: DaemonOptions }
  /** Supervisor prints it behind `Error: `, then `For help, use ARGV0 -h`, and exits with 2. */
  | { readonly ok: false; readonly message: string };

type Mutable = { -readonly [K in keyof DaemonOptions]: DaemonOptions[K] };

const shortToLong: Readonly<Record<string, string>> = {
  '-c': '--configuration',
  '-n': '--nodaemon',
  '-s': '--silent',
  '-h': '--help',
  '-?': '--help',
  '-v': '--version',
  '-u': '--user',
  '-m': '--umask',
  '-d': '--directory',
  '-l': '--logfile',
  '-y': '--logfile_maxbytes',
  '-z': '--logfile_backups',
  '-e': '--loglevel',
  '-j': '--pidfile',
  '-i': '--identifier',
  '-q': '--childlogdir',
  '-k': '--nocleanup',
  '-a': '--minfds',
  '-t': '--strip_ansi',
};

const short = 'c:nsh?vu:m:d:l:y:z:e:j:i:q:ka:t';

/** What each long option does to the options. Those of Supervisor may be abbreviated. */
const setters: Readonly<Record<string, (to: Mutable, text: string, host: ConfigHost) => void>> = {
  '--configuration=': (to, text) => {
    to.configuration = text;
  },
  '--nodaemon': (to) => {
    to.nodaemon = true;
  },
  '--silent': (to) => {
    to.silent = true;
  },
  '--help': (to) => {
    to.action = 'help';
  },
  '--version': (to) => {
    to.action = 'version';
  },
  '--user=': (to, text) => {
    to.user = text;
  },
  '--umask=': (to, text, host) => {
    to.umask = parsers.octal(text, host);
  },
  '--directory=': (to, text, host) => {
    to.directory = parsers.directory(text, host);
  },
  '--logfile=': (to, text, host) => {
    to.logfile = parsers.file(text, host);
  },
  '--logfile_maxbytes=': (to, text, host) => {
    to.logfileMaxbytes = parsers.bytes(text, host);
  },
  '--logfile_backups=': (to, text, host) => {
    to.logfileBackups = parsers.integer(text, host);
  },
  '--loglevel=': (to, text, host) => {
    to.loglevel = parsers['log level'](text, host);
  },
  '--pidfile=': (to, text, host) => {
    to.pidfile = parsers.file(text, host);
  },
  '--identifier=': (to, text) => {
    to.identifier = text;
  },
  '--childlogdir=': (to, text, host) => {
    to.childlogdir = parsers.directory(text, host);
  },
  '--nocleanup': (to) => {
    to.nocleanup = true;
  },
  '--minfds=': (to, text, host) => {
    to.minfds = parsers.integer(text, host);
  },
  '--strip_ansi': (to) => {
    to.stripAnsi = true;
  },
  '--minprocs=': (to, text, host) => {
    to.minprocs = parsers.integer(text, host);
  },
  '--profile_options=': (to, text, host) => {
    to.profileOptions = parsers['comma list'](text, host);
  },
};

/** legato's own, known only by their whole name. */
const ownSetters: Readonly<Record<string, (to: Mutable) => void>> = {
  '--check': (to) => {
    to.action = 'check';
  },
  '--dump-config': (to) => {
    to.action = 'dump-config';
  },
  '--sample-config': (to) => {
    to.action = 'sample-config';
  },
  '--take-over': (to) => {
    to.action = 'take-over';
  },
  '--strict': (to) => {
    to.strict = true;
  },
};

/** The daemon's command line, without its name. Paths are looked at through `host`, as Supervisor does while it reads the line. */
export function parseDaemonOptions(argv: readonly string[], host: ConfigHost): ParsedDaemonOptions {
  const long = Object.keys(setters).map((name) => name.slice(2));
  const own = Object.keys(ownSetters).map((name) => name.slice(2));
  const parsed = getopt(argv, short, long, own);
  if (!parsed.ok) return parsed;
  if (parsed.rest.length > 0) {
    return { ok: false, message: `positional arguments are not supported: ${reprList(parsed.rest)}` };
  }
  const options = { ...noOptions };
  const given = new Set<string>();
  for (const option of parsed.options) {
    const name = shortToLong[option.name] ?? option.name;
    const message = apply(name, option, options, host) ?? conflict(name, option, given);
    if (message !== null) return { ok: false, message };
    if (options.action === 'help' || options.action === 'version') break;
  }
  return { ok: true, options };
}

function apply(name: string, option: GivenOption, options: Mutable, host: ConfigHost): string | null {
  try {
    (setters[name] ?? setters[`${name}=`] ?? ownSetters[name])?.(options, option.argument, host);
    return null;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return `invalid value for ${option.name} ${repr(option.argument)}: ${error.message}`;
  }
}

function conflict(name: string, option: GivenOption, given: Set<string>): string | null {
  if (given.has(name) && ownSetters[name] === undefined) return `conflicting command line option ${repr(option.name)}`;
  given.add(name);
  return null;
}

/** An empty command line. */
export const noOptions: DaemonOptions = {
  action: 'run',
  strict: false,
  configuration: null,
  nodaemon: false,
  silent: false,
  nocleanup: false,
  stripAnsi: false,
  user: null,
  umask: null,
  directory: null,
  logfile: null,
  logfileMaxbytes: null,
  logfileBackups: null,
  loglevel: null,
  pidfile: null,
  identifier: null,
  childlogdir: null,
  minfds: null,
  minprocs: null,
  profileOptions: null,
};
