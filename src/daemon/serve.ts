import type { Config } from '../config/config.ts';
import type { DaemonOptions } from '../config/options.ts';
import { now } from '../os/clock.ts';
import { errorCode } from '../os/error-code.ts';
import type { Link, Snapshot } from '../os/link.ts';
import type { MainLog } from '../os/main-log.ts';
import { writePidfile } from '../os/pidfile.ts';
import { Daemon } from './daemon.ts';
import { inheritedEnvironment } from './environment.ts';
import { logFarewell } from './farewell.ts';
import { serviceLimits } from './limits.ts';
import { openMainLog } from './main-log.ts';
import { hasPast, recallPast } from './past.ts';
import type { Loader } from './reload.ts';
import { restartListeners, revive } from './revival.ts';
import { settleLater } from './settling.ts';
import type { Shelved } from './shelf.ts';

/** What must be there for the daemon to begin. */
export type Beginning = {
  readonly config: Config;
  readonly options: DaemonOptions;
  readonly load: Loader;
  readonly link: Link;
  readonly snapshot: Snapshot;
  /** What a former brain ran with; null: there was none, or it is lost. */
  readonly shelved: Shelved | null;
  /** Hears of the daemon before it asks init for anything. */
  readonly begun: (daemon: Daemon) => void;
};

export type Served = { readonly ok: true; readonly daemon: Daemon } | { readonly ok: false; readonly reason: string };

/** Limits, main log, HTTP servers, pidfile, the first processes, as with Supervisor; the cleaning of old AUTO logs, which that does before, comes last. */
export async function serve({ config, load, link, snapshot, shelved, begun }: Beginning): Promise<Served> {
  const { server } = config;
  const { init } = snapshot;
  const isFirst = !hasPast(snapshot);
  const limits = serviceLimits(server, init.nofile);
  if (!limits.ok) return limits;
  const { mainLog, mainLogFile, syslog } = openMainLog(config, link);
  // Supervisor opens its log under the umask of whoever starts it.
  if (init.became && !server.nodaemon && !init.pid1) process.umask(server.umask);
  if (isFirst) announce(config, mainLog);
  // Supervisor changes its directory only in the background.
  const directory = init.became && !server.nodaemon ? entered(server.directory, mainLog) : null;
  const inherited = inheritedEnvironment(process.env);
  const spawnContext = { server, inherited, directory, limits: limits.limits };
  const daemon = new Daemon({
    config,
    link,
    init,
    mainLog,
    mainLogFile,
    syslog,
    spawnContext,
    load,
    wanted: shelved?.wanted ?? config,
  });
  begun(daemon);
  return isFirst ? first(daemon) : again(daemon, snapshot, shelved);
}

async function first(daemon: Daemon): Promise<Served> {
  const { config, init, mainLog } = daemon;
  const { server } = config;
  for (const { name } of server.rpcInterfaces) mainLog.log('info', `RPC interface '${name}' initialized`);
  const trouble = await daemon.servers.open();
  if (trouble !== null) return { ok: false, reason: trouble };
  if (!writePidfile(server.pidfile, init.pid)) mainLog.log('critical', `could not write pidfile ${server.pidfile}`);
  mainLog.log('info', `supervisord started with pid ${init.pid}`);
  daemon.link.send({ type: 'settled' });
  // Of two groups of one name Supervisor keeps the first.
  const groups = config.groups.filter((group, at, all) => all.findIndex(({ name }) => name === group.name) === at);
  for (const group of groups) {
    daemon.reload.activate(group);
    daemon.notices.group('PROCESS_GROUP_ADDED', group.name);
  }
  daemon.notices.supervisor('SUPERVISOR_STATE_CHANGE_RUNNING');
  daemon.hall.happen(...groups.map((group) => ({ type: 'group-added' as const, at: now(), group })));
  settleLater(daemon, !server.nocleanup);
  return { ok: true, daemon };
}

/** After another brain: what it was about goes on before anybody can ask. Nothing is told of what was there before. */
async function again(daemon: Daemon, snapshot: Snapshot, shelved: Shelved | null): Promise<Served> {
  const { config, init, mainLog } = daemon;
  const past = recallPast(snapshot, shelved, shelved?.active ?? config.groups);
  daemon.heldSockets.adopt(snapshot.sockets);
  // One that made room in order has said so itself.
  if (snapshot.replaced?.outcome !== 'on-trial') logFarewell(mainLog, snapshot.farewell);
  daemon.upgrade.learn(snapshot.replaced);
  mainLog.log(
    snapshot.replaced?.outcome === 'on-trial' ? 'info' : 'warn',
    `the brain has been started again, with ${snapshot.generations.length} generations kept by init`,
  );
  if (shelved === null) mainLog.log('warn', `the configuration it ran with is lost: ${config.file} is read again`);
  revive(daemon, past, snapshot.generations);
  const trouble = await daemon.servers.open();
  if (trouble !== null) return { ok: false, reason: trouble };
  if (!writePidfile(config.server.pidfile, init.pid))
    mainLog.log('critical', `could not write pidfile ${config.server.pidfile}`);
  daemon.heldSockets.release();
  restartListeners(daemon, past.listeners);
  if (past.world.mood !== 'stopping') void daemon.reload.resume(shelved?.changing ?? []);
  settleLater(daemon, false);
  daemon.link.send({ type: 'settled' });
  return { ok: true, daemon };
}

/** The directory once we are in it; null: there is none, or we may not enter it, and stay where we are, as Supervisor does. */
function entered(directory: string | null, mainLog: MainLog): string | null {
  if (directory === null) return null;
  try {
    process.chdir(directory);
    return directory;
  } catch (error) {
    mainLog.log('critical', `can't chdir into '${directory}': ${errorCode(error)}`);
    return null;
  }
}

/** What the configuration had to say, and as whom we run: the first lines of the log, in Supervisor's words. */
function announce({ server, messages }: Config, mainLog: MainLog): void {
  if (process.getuid?.() === 0 && server.identity === null) {
    mainLog.log(
      'critical',
      'Supervisor is running as root.  Privileges were not dropped because no user is specified in the config file.  If you intend to run as root, you can set user=root in the config file to avoid this message.',
    );
  }
  if (server.identity !== null) mainLog.log('info', `Set uid to user ${server.identity.uid} succeeded`);
  for (const { level, text, place } of messages) {
    mainLog.log(level, place === null || level === 'info' ? text : `${text} (${place.file}:${place.line})`);
  }
}
