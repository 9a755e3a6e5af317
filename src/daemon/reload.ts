import type { Config, GroupConfig, Place, ProcessConfig, ServerConfig } from '../config/config.ts';
import { changeOf } from '../config/renewal.ts';
import type { GroupUpdate } from '../control/contract.ts';
import type { Reread } from '../control/supervisor.ts';
import { comparePlans } from '../core/plan.ts';
import { canRemove } from '../core/world.ts';
import { now } from '../os/clock.ts';
import type { Daemon } from './daemon.ts';
import { changeGroup, destinationOf, isDecidedWell, overlaps } from './group-change.ts';
import { nameOf } from './handover-plan.ts';

export type Loader = () =>
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly message: string; readonly place: Place | null };

/** A group on its way to what is wanted. */
export type Change = {
  readonly name: string;
  /** How many have had to do with it. */
  readonly brains: number;
  /** All of it is being stopped: it has to come anew even if what is read meanwhile has it as it was. */
  readonly leaves?: true;
};

/** Names of groups, by what becomes of them. */
type Agenda = {
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  readonly late: readonly string[];
};

/** A change over which so many brains have died is given up. */
const brainsAtMost = 3;

/** What the configuration says against what is active; what of it becomes active is asked for group by group. */
export class Reload {
  readonly #daemon: Daemon;
  readonly #load: Loader;
  #wanted: Config;
  /** The one that was begun first before. A group may be there twice. */
  readonly #changing: Change[] = [];

  constructor(daemon: Daemon, load: Loader, wanted: Config) {
    this.#daemon = daemon;
    this.#load = load;
    this.#wanted = wanted;
  }

  /** The configuration last read, active or not. */
  get wanted(): Config {
    return this.#wanted;
  }

  /** Groups that are on their way to what is wanted, for a brain that may have to go on with it. */
  get changing(): readonly Change[] {
    return this.#changing;
  }

  /** Reads the file again. A wrong one changes nothing. */
  reread(): Reread {
    const loaded = this.#load();
    if (!loaded.ok) return { ok: false, error: withPlace(loaded.message, loaded.place) };
    this.#wanted = loaded.config;
    this.#daemon.memory.reshelve();
    return {
      ok: true,
      ...comparePlans(this.#daemon.services.groups(), loaded.config.groups, (active, wanted) =>
        this.#isSame(active, wanted),
      ),
    };
  }

  /** Nothing is to be done, and nothing that is under way to be taken back. */
  #isSame(active: GroupConfig, wanted: GroupConfig): boolean {
    return (
      sameGroup(active, wanted) &&
      wanted.processes.every((process) => {
        const destination = destinationOf(this.#daemon, process.key);
        return destination === undefined || changeOf(destination, process) === 'none';
      })
    );
  }

  /** Makes a group of the wanted configuration active. */
  add(name: string): 'added' | 'ALREADY_ADDED' | 'BAD_NAME' {
    const { services, hall, mainLog, notices } = this.#daemon;
    const group = this.#wantedGroup(name);
    if (group === undefined) return 'BAD_NAME';
    if (services.group(name) !== undefined) return 'ALREADY_ADDED';
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
    const { services, hall, logs, mainLog, heldSockets, eventListeners, notices, memory, startLimit } = this.#daemon;
    const group = services.group(name);
    if (group === undefined) return 'BAD_NAME';
    if (!canRemove(hall.world, name)) return 'STILL_RUNNING';
    hall.happen({ type: 'group-removed', at: now(), group: name });
    for (const process of group.processes) {
      logs.remove(process.key);
      startLimit.forget(process.key);
    }
    eventListeners.remove(group);
    notices.listenForTicks();
    services.remove(name);
    memory.reshelve();
    notices.group('PROCESS_GROUP_REMOVED', name);
    heldSockets.release();
    mainLog.log('info', `removed process group ${name}`);
    return 'removed';
  }

  /**
   * Makes what was last read of a group active, process by process. Answers when every handover is decided; former generations may
   * still drain then.
   */
  async update(name: string): Promise<GroupUpdate | 'BAD_NAME'> {
    this.#begin({ name, brains: 1 });
    try {
      return await this.#change(name);
    } finally {
      this.#end(name);
    }
  }

  /** Goes on with what a former brain has begun, in its order. A handover of it is waited for: where that fails, the group stays as it is then. */
  async resume(changing: readonly Change[]): Promise<void> {
    const { mainLog } = this.#daemon;
    for (const { name, brains, leaves } of changing) {
      if (brains < brainsAtMost) this.#begin({ name, brains: brains + 1, ...(leaves && { leaves }) });
      else mainLog.log('error', `group '${name}' goes on as it is: ${brains} brains have died over its change`);
    }
    const names = this.#changing.map(({ name }) => name);
    const isActive = (name: string): boolean => this.#daemon.services.group(name) !== undefined;
    const isKept = (name: string): boolean => this.#wantedGroup(name) !== undefined && !this.#leaves(name);
    const [kept, removed] = [names.filter(isKept), names.filter((name) => !isKept(name))];
    const late = kept.filter((name) => !isActive(name));
    await this.#carryOut({ removed, changed: kept.filter(isActive), late }, async (name) => {
      if (await isDecidedWell(this.#daemon, name)) return this.#change(name);
      mainLog.log('error', `group '${name}' goes on as it is: a handover that a former brain has begun has failed`);
      return 'BAD_NAME';
    });
  }

  #begin(change: Change): void {
    this.#changing.push(change);
    this.#daemon.memory.reshelve();
  }

  #leaves(name: string): boolean {
    return this.#changing.some((one) => one.name === name && one.leaves);
  }

  #end(name: string): void {
    const index = this.#changing.findIndex((one) => one.name === name);
    if (index !== -1) this.#changing.splice(index, 1);
    this.#daemon.memory.reshelve();
  }

  async #change(name: string): Promise<GroupUpdate | 'BAD_NAME'> {
    const active = this.#daemon.services.group(name);
    const wanted = this.#wantedGroup(name);
    if (active !== undefined && wanted !== undefined && isByProcess(active, wanted) && !this.#leaves(name)) {
      return changeGroup(this.#daemon, active, wanted);
    }
    if (active === undefined && wanted === undefined) return 'BAD_NAME';
    if (active !== undefined) await this.#stopAndRemove(name);
    // What was read meanwhile may have it again, or otherwise.
    const latest = this.#wantedGroup(name);
    if (latest !== undefined) this.add(name);
    const said = (change: string) => (process: ProcessConfig) => ({ name: nameOf(process.key), change });
    const gone = (active?.processes ?? []).map(said('removed'));
    return { processes: [...gone, ...(latest?.processes ?? []).map(said('added'))], handovers: [] };
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
    if (!sameServer(config.server, this.#wanted.server)) {
      mainLog.log('warn', 'changes to [supervisord] but of its environment take effect at the next start of legatod');
    }
    void this.#changeServers();
    void this.#reconcile(found.added, found.changed, found.removed);
    return null;
  }

  /**
   * Groups by ascending priority, one after the other, as their order in the configuration is. New ones come last, as with Supervisor, where something
   * goes that they may take the place of and cannot run beside.
   */
  async #reconcile(added: readonly string[], changed: readonly string[], removed: readonly string[]): Promise<void> {
    const goes = removed.length > 0 || changed.some((name) => this.#loses(name));
    const late = added.filter((name) => goes && !this.#wantedGroup(name)?.processes.every(overlaps));
    for (const name of added) if (!late.includes(name)) this.add(name);
    // Those whose turn has not come are begun as well: a brain that comes meanwhile has to know of them.
    for (const name of [...removed, ...changed, ...late]) this.#begin({ name, brains: 1 });
    await this.#carryOut({ removed, changed, late }, (name) => this.#change(name));
  }

  /** What goes begins at once; what changes has its turn, one after the other; what comes late is last. */
  async #carryOut(
    { removed, changed, late }: Agenda,
    change: (name: string) => Promise<GroupUpdate | 'BAD_NAME'>,
  ): Promise<void> {
    const finish = async (name: string, update: Promise<GroupUpdate | 'BAD_NAME'>): Promise<void> => {
      this.#complain(await update);
      this.#end(name);
    };
    const gone = removed.map((name) => finish(name, this.#change(name)));
    for (const name of changed) await finish(name, change(name));
    await Promise.all(gone);
    for (const name of late) await finish(name, this.#change(name));
  }

  async #changeServers(): Promise<void> {
    const { servers, mainLog } = this.#daemon;
    const { server } = this.#wanted;
    const trouble = await servers.change(server.httpServers);
    if (trouble === null) this.#daemon.servesOn(server);
    else mainLog.log('error', `the HTTP servers go on as they were: ${trouble}`);
  }

  #wantedGroup(name: string): GroupConfig | undefined {
    return this.#wanted.groups.find((group) => group.name === name);
  }

  /** Some of its processes go. */
  #loses(name: string): boolean {
    const wanted = new Set(this.#wantedGroup(name)?.processes.map(({ key }) => key));
    return (this.#daemon.services.group(name)?.processes ?? []).some(({ key }) => !wanted.has(key));
  }

  /** Nobody waits for an answer. */
  #complain(update: GroupUpdate | 'BAD_NAME'): void {
    if (update === 'BAD_NAME') return;
    for (const { name, ok, reason } of update.handovers) {
      if (!ok) this.#daemon.mainLog.log('error', `'${name}' goes on as it was: ${reason}`);
    }
  }

  async #stopAndRemove(name: string): Promise<void> {
    const index = this.#changing.findIndex((one) => one.name === name);
    const change = this.#changing[index];
    if (change !== undefined) this.#changing[index] = { ...change, leaves: true };
    this.#daemon.memory.reshelve();
    const group = this.#daemon.services.group(name);
    await Promise.all((group?.processes ?? []).map(({ key }) => this.#daemon.stop(key)));
    this.remove(name);
  }
}

/** Whether two values of a configuration say the same. They are plain data, made by the same code in the same order. */
function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Without `environment`: that is a part of every process, and changes with it. */
function sameServer(one: ServerConfig, other: ServerConfig): boolean {
  const rest = { environment: {}, httpServers: [], serverurl: null };
  return same({ ...one, ...rest }, { ...other, ...rest });
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
