import { isAlive } from '../core/world.ts';
import { now } from '../os/clock.ts';
import { removePidfile } from '../os/pidfile.ts';
import type { Daemon } from './daemon.ts';

/** How often Supervisor names those it still waits for, in milliseconds. */
const reminderInterval = 3000;

/** From TERM to KILL for strangers at the end of init, in milliseconds: well inside the ten seconds that container runtimes give. */
const strangersGrace = 2000;

/** The ordered shutdown: everything that is supervised by priority, then the sockets and the pidfile, then init with all that is left below it. */
export class Ending {
  readonly #daemon: Daemon;
  #reminder: NodeJS.Timeout | null = null;
  #begun = false;

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  get begun(): boolean {
    return this.#begun;
  }

  /** A second call changes nothing. */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#daemon.notices.supervisor('SUPERVISOR_STATE_CHANGE_STOPPING');
    this.#daemon.hall.happen({ type: 'shutdown', at: now() });
    if (this.#daemon.hall.world.finished) return;
    this.#remind();
    this.#reminder = setInterval(() => this.#remind(), reminderInterval);
  }

  /** Goes on with the shutdown that a former brain has begun. */
  resume(): void {
    this.#begun = true;
    this.#remind();
    this.#reminder = setInterval(() => this.#remind(), reminderInterval);
  }

  /** Nothing of any process is left. */
  complete(): void {
    if (this.#reminder !== null) clearInterval(this.#reminder);
    // The answers that are due now, to the client that asked for the end among others, go out first.
    setImmediate(() => void this.#leave());
  }

  async #leave(): Promise<void> {
    const { servers, config, init, link, mainLog, mainLogFile, logs, notices, syslog } = this.#daemon;
    notices.stopTicks();
    await servers.close();
    removePidfile(config.server.pidfile, init.pid);
    logs.closeAll();
    mainLog.flush();
    mainLogFile?.close();
    syslog.flush();
    link.send({ type: 'shutdown', code: 0, graceMs: strangersGrace });
  }

  #remind(): void {
    const waiting = [...this.#daemon.hall.world.processes.values()].filter(isAlive).map(({ spec }) => spec.name);
    if (waiting.length > 0) this.#daemon.mainLog.log('info', `waiting for ${waiting.sort().join(', ')} to die`);
  }
}
