import type { Config, ServerConfig } from '../config/config.ts';
import type { Answer } from '../core/effects.ts';
import type { ProcessKey } from '../core/program.ts';
import { now } from '../os/clock.ts';
import { Deadlines } from '../os/deadlines.ts';
import type { Link } from '../os/link.ts';
import type { LogFile } from '../os/log-file.ts';
import { Loggers } from '../os/loggers.ts';
import type { MainLog } from '../os/main-log.ts';
import { Pace } from '../os/pace.ts';
import type { Syslog } from '../os/syslog.ts';
import type { InitFrameOf } from '../os/wire.ts';
import { Actors } from './actors.ts';
import { deadlineOwner } from './deadline-key.ts';
import { Ending } from './ending.ts';
import { Errands } from './errands.ts';
import { EventListeners } from './event-listeners.ts';
import { Generations } from './generations.ts';
import { Hall } from './hall.ts';
import { Handovers } from './handovers.ts';
import { HeldSockets } from './held-sockets.ts';
import { Memory } from './memory.ts';
import { Notices } from './notices.ts';
import { Partings } from './partings.ts';
import { perform } from './perform.ts';
import { ProcessLogs } from './process-logs.ts';
import { Quieting } from './quieting.ts';
import { Readiness } from './readiness.ts';
import { type Loader, Reload } from './reload.ts';
import { Reloads } from './reloads.ts';
import { Servers } from './servers.ts';
import { Services } from './services.ts';
import type { SpawnContext } from './spawn-request.ts';
import { StartLimit } from './start-limit.ts';
import { Stdins } from './stdins.ts';
import { Steadiness } from './steadiness.ts';
import { Tickets } from './tickets.ts';
import { Upgrade } from './upgrade.ts';
import { Watchdogs } from './watchdogs.ts';
import { Words } from './words.ts';

/** What must be there before a daemon is. */
export type DaemonParts = {
  readonly config: Config;
  readonly link: Link;
  readonly init: InitFrameOf<'hello'>;
  readonly mainLog: MainLog;
  /** The file of the main log; null: it goes elsewhere. */
  readonly mainLogFile: LogFile | null;
  readonly syslog: Syslog;
  readonly spawnContext: SpawnContext;
  readonly load: Loader;
  /** The configuration last read, active or not. */
  readonly wanted: Config;
};

/** The brain at work: one of each, known to all the files of this room. */
export class Daemon {
  #config: Config;
  #spawnContext: SpawnContext;
  readonly link: Link;
  readonly init: InitFrameOf<'hello'>;
  readonly mainLog: MainLog;
  readonly mainLogFile: LogFile | null;
  readonly syslog: Syslog;
  readonly services: Services;
  readonly generations: Generations = new Generations();
  readonly tickets: Tickets = new Tickets();
  readonly loggers: Loggers;
  readonly logs: ProcessLogs;
  readonly hall: Hall;
  readonly memory: Memory;
  readonly deadlines: Deadlines<string>;
  readonly pace: Pace = new Pace();
  readonly startLimit: StartLimit = new StartLimit();
  readonly heldSockets: HeldSockets;
  readonly readiness: Readiness;
  readonly steadiness: Steadiness;
  readonly actors: Actors;
  readonly errands: Errands;
  readonly words: Words;
  readonly watchdogs: Watchdogs;
  readonly quieting: Quieting;
  readonly reloads: Reloads;
  readonly handovers: Handovers;
  readonly stdins: Stdins;
  readonly eventListeners: EventListeners;
  readonly partings: Partings = new Partings(this);
  readonly notices: Notices;
  readonly ending: Ending;
  readonly reload: Reload;
  readonly servers: Servers;
  readonly upgrade: Upgrade;

  constructor({ config, link, init, mainLog, mainLogFile, syslog, spawnContext, load, wanted }: DaemonParts) {
    this.#config = config;
    this.link = link;
    this.init = init;
    this.mainLog = mainLog;
    this.mainLogFile = mainLogFile;
    this.syslog = syslog;
    this.#spawnContext = spawnContext;
    this.loggers = new Loggers(link);
    this.logs = new ProcessLogs(config.server, mainLog, this.loggers, (key) => this.memory.touch(key));
    this.memory = new Memory(this);
    this.hall = new Hall(
      (effect) => perform(this, effect),
      () => link.flushSoon(),
    );
    this.services = new Services(() => this.hall.world);
    this.deadlines = new Deadlines((due) =>
      this.hall.happen(
        ...due.map(({ key, epoch }) => ({ type: 'deadline' as const, at: now(), ...deadlineOwner(key), epoch })),
      ),
    );
    this.heldSockets = new HeldSockets(this);
    this.readiness = new Readiness(this);
    this.steadiness = new Steadiness(this);
    this.actors = new Actors(this);
    this.errands = new Errands(this);
    this.words = new Words(this);
    this.watchdogs = new Watchdogs(this);
    this.quieting = new Quieting(this);
    this.reloads = new Reloads(this);
    this.handovers = new Handovers(this);
    this.stdins = new Stdins(init.pid);
    this.eventListeners = new EventListeners(this);
    this.notices = new Notices(this);
    this.ending = new Ending(this);
    this.reload = new Reload(this, load, wanted);
    this.servers = new Servers(this);
    this.upgrade = new Upgrade(this);
  }

  /** What it was started with; of a reload only the HTTP servers are in it. */
  get config(): Config {
    return this.#config;
  }

  get spawnContext(): SpawnContext {
    return this.#spawnContext;
  }

  /** Is spoken to elsewhere, or otherwise, from now on; what is spawned is told of it. */
  servesOn({ httpServers, serverurl }: Pick<ServerConfig, 'httpServers' | 'serverurl'>): void {
    const server = { ...this.#config.server, httpServers, serverurl };
    this.#config = { ...this.#config, server };
    this.#spawnContext = { ...this.#spawnContext, server };
    this.memory.reshelve();
  }

  /** Begins a start; the answer comes when the process is RUNNING or has failed. */
  start(key: ProcessKey): Promise<Answer> {
    return this.#command('start', key);
  }

  /** Begins a stop; the answer comes when nothing of the process is left. */
  stop(key: ProcessKey): Promise<Answer> {
    return this.#command('stop', key);
  }

  /** USR2: every log file that was moved away is made anew. */
  reopenLogs(): void {
    this.mainLogFile?.reopen();
    this.mainLog.log('info', 'supervisord logreopen');
    this.logs.reopen();
  }

  /** Gives a handover up, before its commit. */
  async abort(key: ProcessKey): Promise<Answer> {
    const checked = this.handovers.giveUpPreflight(key);
    const answer = await this.#command('abort', key);
    if (checked === null) return answer;
    await checked;
    return { ok: true };
  }

  /** Waits no longer for whoever drains. */
  finish(key: ProcessKey): Promise<Answer> {
    return this.#command('finish', key);
  }

  async #command(type: 'start' | 'stop' | 'abort' | 'finish', process: ProcessKey): Promise<Answer> {
    const { ticket, answer } = this.tickets.issue();
    this.hall.happen({ type, at: now(), process, ticket });
    const outcome = await answer;
    return outcome.ok || outcome.fault !== 'HANDOVER_FAILED' ? outcome : { ok: false, fault: 'FAILED' };
  }
}
