import type { HttpServerConfig, RpcInterfaceConfig, ServerConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import { parseEnvironment } from './environment.ts';
import { expand, Scope } from './expand.ts';
import type { ConfigHost } from './host.ts';
import { serverUrlOf } from './http-server.ts';
import type { Section } from './ini.ts';
import type { DaemonOptions } from './options.ts';
import { absolute, resolvePath } from './path.ts';
import { mainInterface } from './rpc-interface.ts';
import { serverKeys } from './schema.ts';
import { SectionReader } from './section-reader.ts';
import type { Source } from './source.ts';
import { identityOf, userOf } from './values/account.ts';
import { directoryOf } from './values/file.ts';

/** [supervisord] of the file, before the command line. */
export type ServerSection = Omit<
  ServerConfig,
  'nodaemonInFile' | 'identity' | 'serverurl' | 'httpServers' | 'rpcInterfaces' | 'declaredRpcInterfaces'
> & {
  readonly section: Section;
};

/** Reads [supervisord], in Supervisor's order, and makes its environment known as `ENV_x` to all that is read later. @throws ConfigError */
export function readServerSection(source: Source): ServerSection {
  const section = source.ini.sections.get('supervisord');
  if (section === undefined) throw new ConfigError('.ini file does not include supervisord section');
  const reader = new SectionReader(source, section, serverKeys, source.hereScope());
  const minfds = reader.read('minfds');
  const minprocs = reader.read('minprocs');
  const directory = reader.optional('directory');
  const user = reader.optional('user');
  const umask = reader.read('umask');
  const logfile = reader.read('logfile');
  const logfileMaxbytes = reader.read('logfile_maxbytes');
  const logfileBackups = reader.read('logfile_backups');
  const loglevel = reader.read('loglevel');
  const pidfile = reader.read('pidfile');
  const identifier = reader.read('identifier');
  const nodaemon = reader.read('nodaemon');
  const silent = reader.read('silent');
  const childlogdir = reader.optional('childlogdir') ?? directoryOf(temporaryDirectory(source.host), source.host);
  const nocleanup = reader.read('nocleanup');
  const stripAnsi = reader.read('strip_ansi');
  const watchdog = reader.read('watchdog');
  const once = reader.read('environment');
  const twice = new Scope(source.environment, { here: source.here, host_node_name: source.host.hostName });
  const environment = reader.at('environment', () => parseEnvironment(expand(once, twice, 'environment')));
  for (const [name, value] of Object.entries(environment)) source.environment.own.set(`ENV_${name}`, value);
  return {
    section,
    nodaemon,
    silent,
    user,
    umask,
    directory,
    logfile,
    logfileMaxbytes,
    logfileBackups,
    loglevel,
    pidfile,
    identifier,
    childlogdir,
    minfds,
    minprocs,
    nocleanup,
    stripAnsi,
    watchdog,
    environment,
  };
}

/** The daemon's configuration: the file's with the command line over it. @throws ConfigError for a user that does not exist */
export function serverConfig(
  source: Source,
  file: ServerSection,
  options: DaemonOptions,
  httpServers: readonly HttpServerConfig[],
  declared: readonly RpcInterfaceConfig[],
): ServerConfig {
  const { host } = source;
  const user = options.user ?? file.user;
  // An empty name on the command line counts as none given.
  const logfile = options.logfile === null || options.logfile === '' ? file.logfile : options.logfile;
  const pidfile = options.pidfile === null || options.pidfile === '' ? file.pidfile : options.pidfile;
  return {
    nodaemon: options.nodaemon || file.nodaemon,
    nodaemonInFile: file.nodaemon,
    silent: options.silent || file.silent,
    user,
    identity: user === null ? null : identityOf(userAt(source, file, user, options), host),
    umask: options.umask ?? file.umask,
    directory: options.directory ?? file.directory,
    logfile: logfile === 'syslog' ? logfile : resolvePath(logfile, host),
    logfileMaxbytes: options.logfileMaxbytes ?? file.logfileMaxbytes,
    logfileBackups: options.logfileBackups ?? file.logfileBackups,
    loglevel: options.loglevel ?? file.loglevel,
    pidfile: resolvePath(pidfile, host),
    identifier: options.identifier ?? file.identifier,
    childlogdir: options.childlogdir ?? file.childlogdir,
    minfds: options.minfds ?? file.minfds,
    minprocs: options.minprocs ?? file.minprocs,
    nocleanup: options.nocleanup || file.nocleanup,
    stripAnsi: options.stripAnsi || file.stripAnsi,
    watchdog: file.watchdog,
    environment: file.environment,
    serverurl: serverUrlOf(httpServers),
    httpServers,
    rpcInterfaces: declared.filter((one) => one.factory === mainInterface),
    declaredRpcInterfaces: declared,
  };
}

function userAt(source: Source, file: ServerSection, user: string, options: DaemonOptions): ReturnType<typeof userOf> {
  try {
    return userOf(user, source.host);
  } catch (error) {
    if (error instanceof ConfigError && options.user === null) {
      error.place ??= source.ini.find(file.section, 'user')?.place ?? null;
    }
    throw error;
  }
}

/** Where Python's tempfile puts things: TMPDIR, TEMP, TMP, then the usual places; the first that is there. */
function temporaryDirectory(host: ConfigHost): string {
  const named = ['TMPDIR', 'TEMP', 'TMP'].map((name) => host.environment[name] ?? '').filter((path) => path !== '');
  const places = [...named.map((path) => absolute(path, host)), '/tmp', '/var/tmp', '/usr/tmp'];
  return places.find((path) => host.isDirectory(path)) ?? host.cwd;
}
