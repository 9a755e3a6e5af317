import type { Config, GroupConfig, Place, ProcessConfig } from '../config/config.ts';
import { changeOf } from '../config/renewal.ts';
import type { GroupUpdate } from '../control/contract.ts';
import type { Reread } from '../control/supervisor.ts';
import { comparePlans } from '../core/plan.ts';
import { canRemove } from '../core/world.ts';
import { now } from '../os/clock.ts';
import type { Daemon } from './daemon.ts';
import { changeGroup } from './group-change.ts';
import { nameOf } from './handover-plan.ts';

export type Loader = () =>
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly message: string; readonly place: Place | null };

/** What the configuration says against what is active; what of it becomes active is asked for group by group. */
export class Reload {
  readonly #daemon: Daemon;
  readonly #load: Loader;
  #wanted: Config;

  constructor(daemon: Daemon, load: Loader, wanted: Config) {
    this.#daemon = daemon;
    this.#load = load;
    this.#wanted = wanted;
  }

  /** The configuration last read, active or not. */
  get wanted(): Config {
    return this.#wanted;
  }

  /** Reads the file again. A wrong one changes nothing. */
  reread(): Reread {
    const loaded = this.#load();
    if (!loaded.ok) return { ok: false, error: withPlace(loaded.message, loaded.place) };
    this.#wanted = loaded.config;
    this.#daemon.memory.reshelve();
    return { ok: true, ...comparePlans(this.#daemon.services.groups(), loaded.config.groups, sameGroup) };
  }

  /** Makes a group of the wanted configuration active. */
  add(name: string): 'added' | 'ALREADY_ADDED' | 'BAD_NAME' {
    const { services, hall, mainLog, notices } = this.#daemon;
    if (services.group(name) !== undefined) return 'ALREADY_ADDED';
    const group = this.#wanted.groups.find((candidate) => candidate.name === name);
    if (group === undefined) return 'BAD_NAME';
    this.activate(group);
    notices.group('PROCESS_GROUP_ADDED', name);
    hall.happen({ type: 'group-added', at: now(), group });
    mainLog.log('info', `added process group ${name}`);
    return 'added';
  }

  /** The services of a group are there before the core hears of it. */
  activate(group: GroupConfig): void {
    this.#daemon.memory.reshelve();
    this.#daemon.services.add(group);
    this.#daemon.eventListeners.add(group);
    this.#daemon.notices.listenForTicks();
    for (const process of group.processes) {
      this.#daemon.logs.show(process);
      this.#daemon.heldSockets.ensure(process);
    }
  }

  remove(name: string): 'removed' | 'STILL_RUNNING' | 'BAD_NAME' {
    const { services, hall, logs, mainLog, heldSockets, eventListeners, notices, memory } = this.#daemon;
    const group = services.group(name);
    if (group === undefined) return 'BAD_NAME';
    if (!canRemove(hall.world, name)) return 'STILL_RUNNING';
    hall.happen({ type: 'group-removed', at: now(), group: name });
    for (const process of group.processes) logs.remove(process.key);
    eventListeners.remove(group);
    notices.listenForTicks();
    services.remove(name);
    memory.reshelve();
    notices.group('PROCESS_GROUP_REMOVED', name);
    heldSockets.release(this.#wanted.groups.filter((one) => services.group(one.name) === undefined));
    mainLog.log('info', `removed process group ${name}`);
    return 'removed';
  }

  /**
   * Makes what was last read of a group active, process by process. Answers when every handover is decided; former generations may
   * still drain then.
   */
  async update(name: string): Promise<GroupUpdate | 'BAD_NAME'> {
    const active = this.#daemon.services.group(name);
    const wanted = this.#wanted.groups.find((candidate) => candidate.name === name);
    if (active !== undefined && wanted !== undefined && isByProcess(active, wanted)) {
      return changeGroup(this.#daemon, active, wanted);
    }
    if (active !== undefined) await this.#stopAndRemove(name);
    if (wanted !== undefined) this.add(name);
    if (active === undefined && wanted === undefined) return 'BAD_NAME';
    const said = (change: string) => (process: ProcessConfig) => ({ name: nameOf(process.key), change });
    const gone = (active?.processes ?? []).map(said('removed'));
    return { processes: [...gone, ...(wanted?.processes ?? []).map(said('added'))], handovers: [] };
  }

  /**
   * SIGHUP and `reload`: what is gone from the file is stopped, what is new is started, what changed is updated by process, and nothing
   * else is touched. (Supervisor stops everything first, and is gone when the file turns out to be wrong.) Returns what is wrong with
   * the file at once; null: all of it is begun.
   */
  run(): string | null {
    const { mainLog, config } = this.#daemon;
    const found = this.reread();
    if (!found.ok) {
      mainLog.log('error', `cannot reload, everything goes on as it was: ${found.error}`);
      return found.error;
    }
    if (!same(config.server, this.#wanted.server)) {
      mainLog.log('warn', 'changes to [supervisord] and the server sections take effect at the next start of legatod');
    }
    void this.#reconcile(found.added, found.changed, found.removed);
    return null;
  }

  /** Groups by ascending priority, one after the other, as their order in the configuration is. */
  async #reconcile(added: readonly string[], changed: readonly string[], removed: readonly string[]): Promise<void> {
    const gone = removed.map((name) => this.#stopAndRemove(name));
    for (const name of added) this.add(name);
    for (const name of changed) {
      const update = await this.update(name);
      if (update === 'BAD_NAME') continue;
      for (const { name: process, ok, reason } of update.handovers) {
        if (!ok) this.#daemon.mainLog.log('error', `'${process}' goes on as it was: ${reason}`);
      }
    }
    await Promise.all(gone);
  }

  async #stopAndRemove(name: string): Promise<void> {
    const group = this.#daemon.services.group(name);
    await Promise.all((group?.processes ?? []).map(({ key }) => this.#daemon.stop(key)));
    this.remove(name);
  }
}

/** Whether two values of a configuration say the same. They are plain data, made by the same code in the same order. */
function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** What does not belong to a process: where it differs the group is changed as a whole. */
function sameKind(one: GroupConfig, other: GroupConfig): boolean {
  return one.type === other.type && same(one.eventlistener, other.eventlistener) && same(one.socket, other.socket);
}

/** Of a pool of event listeners each has its part of what is to be told: it is changed as a whole as well. */
function isByProcess(active: GroupConfig, wanted: GroupConfig): boolean {
  return active.type !== 'eventlistener' && sameKind(active, wanted);
}

function sameGroup(active: GroupConfig, wanted: GroupConfig): boolean {
  if (active.priority !== wanted.priority || !sameKind(active, wanted)) return false;
  const { processes } = wanted;
  if (active.processes.length !== processes.length) return false;
  const before = new Map(active.processes.map((process) => [process.key, process]));
  return processes.every((process) => {
    const known = before.get(process.key);
    return known !== undefined && changeOf(known, process) === 'none';
  });
}

/** Supervisor's sentence, and where in which file. */
export function withPlace(message: string, place: Place | null): string {
  return place === null ? message : `${message} (${place.file}:${place.line})`;
}
