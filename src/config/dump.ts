import { signalName } from '../core/signals.ts';
import type { Config, GroupConfig, HttpServerConfig, LogTarget, ProcessConfig, ServerConfig } from './config.ts';
import { defaultResultHandler } from './listener.ts';
import { asWritten } from './marks.ts';
import { mainInterface } from './rpc-interface.ts';

/**
 * A configuration as plain data for `--dump-config`, in the words of the file's own keys, so that it can be compared with what
 * another reader of the same file makes of it. Values that are not set are null.
 */
export function dumpConfig(config: Config): object {
  return { server: dumpServer(config.server), groups: config.groups.map(dumpGroup) };
}

function dumpServer(server: ServerConfig): object {
  return {
    nodaemon: server.nodaemon,
    nodaemon_in_file: server.nodaemonInFile,
    silent: server.silent,
    user: server.user,
    uid: server.identity?.uid ?? null,
    gid: server.identity?.gid ?? null,
    umask: server.umask,
    directory: server.directory,
    logfile: server.logfile,
    logfile_maxbytes: server.logfileMaxbytes,
    logfile_backups: server.logfileBackups,
    loglevel: server.loglevel,
    pidfile: server.pidfile,
    identifier: server.identifier,
    childlogdir: server.childlogdir,
    minfds: server.minfds,
    minprocs: server.minprocs,
    nocleanup: server.nocleanup,
    strip_ansi: server.stripAnsi,
    environment: server.environment,
    serverurl: server.serverurl,
    rpcinterfaces: server.declaredRpcInterfaces.map((one) => ({
      ...one,
      factory: resolved(one.factory, mainInterface),
    })),
    http_servers: server.httpServers.map(dumpHttpServer),
  };
}

/** A plugin as it was named; one that is not legato's only one has a mark before it. */
function resolved(plugin: string, known: string): string {
  return plugin === known ? plugin : `UNRESOLVED:${plugin}`;
}

function dumpHttpServer(server: HttpServerConfig): object {
  const colon = server.section.indexOf(':');
  const name = colon < 0 ? null : server.section.slice(colon + 1);
  const { family, section, username, password } = server;
  if (server.family === 'inet')
    return { family, name, section, username, password, host: server.host, port: server.port };
  const chown = server.chown === null ? [-1, -1] : [server.chown.uid, server.chown.gid];
  return { family, name, section, username, password, file: server.file, chmod: server.chmod, chown };
}

function dumpGroup(group: GroupConfig): object {
  const listener = group.eventlistener;
  const pool = listener && {
    buffer_size: listener.bufferSize,
    events: listener.events,
    result_handler: resolved(listener.resultHandler, defaultResultHandler),
  };
  const socket = group.socket && {
    url: group.socket.url,
    owner: group.socket.chown && [group.socket.chown.uid, group.socket.chown.gid],
    mode: group.socket.mode,
    backlog: group.socket.backlog,
  };
  return {
    name: group.name,
    priority: group.priority,
    type: group.type,
    ...pool,
    ...(socket && { socket }),
    processes: group.processes.map((process) => dumpProcess(process, group.type)),
  };
}

const classes = { group: 'ProcessConfig', eventlistener: 'EventListenerConfig', fcgi: 'FastCGIProcessConfig' } as const;

function dumpProcess(process: ProcessConfig, type: GroupConfig['type']): object {
  return {
    class: classes[type],
    name: process.name,
    command: asWritten(process.command),
    directory: process.directory === null ? null : asWritten(process.directory),
    umask: process.umask,
    priority: process.priority,
    autostart: process.autostart,
    autorestart: process.autorestart,
    startsecs: process.startsecs,
    startretries: process.startretries,
    uid: process.identity?.uid ?? null,
    stopsignal: signalName(process.stopsignal).replace(/^SIG/, ''),
    stopsignal_num: process.stopsignal,
    stopwaitsecs: process.stopwaitsecs,
    stopasgroup: process.stopasgroup,
    killasgroup: process.killasgroup,
    exitcodes: process.exitcodes,
    redirect_stderr: process.redirectStderr,
    environment: Object.fromEntries(
      Object.entries(process.environment).map(([name, value]) => [name, asWritten(value)]),
    ),
    serverurl: process.serverurl,
    ...dumpStream('stdout', process.stdout),
    ...dumpStream('stderr', process.stderr),
  };
}

function dumpStream(name: 'stdout' | 'stderr', stream: ProcessConfig['stdout']): object {
  return {
    [`${name}_logfile`]: dumpTarget(stream.target),
    [`${name}_logfile_maxbytes`]: stream.maxbytes,
    [`${name}_logfile_backups`]: stream.backups,
    [`${name}_capture_maxbytes`]: stream.captureMaxbytes,
    [`${name}_events_enabled`]: stream.eventsEnabled,
    [`${name}_syslog`]: stream.syslog,
  };
}

function dumpTarget(target: LogTarget): string | null {
  if (target.kind === 'file') return asWritten(target.path);
  return target.kind === 'auto' ? 'AUTO' : (target.path ?? null);
}
