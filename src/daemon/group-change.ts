import type { GroupConfig, ProcessConfig } from '../config/config.ts';
import { changeOf } from '../config/renewal.ts';
import type { GroupUpdate, HandoverReport } from '../control/contract.ts';
import { compareMembers, type MemberDifference } from '../core/plan.ts';
import { canHandOver } from '../core/reconfigure.ts';
import { termsOf } from '../core/terms.ts';
import { now } from '../os/clock.ts';
import type { Daemon } from './daemon.ts';
import { nameOf } from './handover-plan.ts';
import { rollOut, type Slot } from './rollouts.ts';

/**
 * Turns an active group into the wanted one, process by process: what did not change is not touched. What is new comes when what goes in the
 * same change has gone, as with Supervisor, unless it can run beside it.
 */
export async function changeGroup(daemon: Daemon, active: GroupConfig, wanted: GroupConfig): Promise<GroupUpdate> {
  const { services, mainLog } = daemon;
  const { name } = wanted;
  const plan = compareMembers(active.processes, wanted.processes, changeOf);
  const going = new Set([...plan.removed, ...services.leaving(name).map(({ key }) => key)]);
  const isLate = (one: ProcessConfig): boolean => going.size > 0 && plan.added.includes(one.key) && !overlaps(one);
  const early = wanted.processes.filter((one) => !isLate(one));
  const first = early.length === wanted.processes.length ? wanted : { ...wanted, processes: early };
  make(daemon, active, first);
  const gone = Promise.all([...going].map((key) => daemon.stop(key)));
  const terms = { timeout: null, strategy: null, until: 'decided', restarts: true } as const;
  const slots = slotsOf(daemon, wanted, plan);
  const complete = (): void => {
    const current = services.group(name);
    // Unless a later change has taken the place of this one.
    const isLatest = first !== wanted && services.activated().includes(first);
    if (isLatest && current !== undefined) make(daemon, current, wanted);
  };
  const [handovers] = await Promise.all([rollOut(daemon, slots, terms), gone.then(complete)]);
  const isDone = handovers.every(({ ok }) => ok);
  mainLog.log(
    isDone ? 'info' : 'warn',
    isDone ? `updated process group ${wanted.name}` : `process group ${wanted.name} is updated in part`,
  );
  return { processes: told(wanted, plan, slots, handovers), handovers };
}

/** The core and all others hear of what the group is to be from now on. */
function make(daemon: Daemon, active: GroupConfig, wanted: GroupConfig): void {
  const { services, hall, logs, heldSockets } = daemon;
  const plan = compareMembers(active.processes, wanted.processes, changeOf);
  services.add(wanted);
  daemon.memory.reshelve();
  for (const process of wanted.processes) {
    if (plan.amended.includes(process.key)) logs.amend(process);
    if (!plan.added.includes(process.key)) continue;
    logs.show(process);
    heldSockets.ensure(process);
  }
  giveUpOthers(daemon, wanted, plan);
  hall.happen({ type: 'group-changed', at: now(), group: wanted, renewed: plan.renewed });
}

/** Whether it can run beside what it takes the place of. */
export const overlaps = (process: ProcessConfig): boolean => termsOf(process).handover === 'overlap';

/** The configuration that a process is on its way to, by this brain or a former one; undefined: none but its own. */
export function destinationOf({ hall, handovers, services }: Daemon, key: string): ProcessConfig | undefined {
  const asked = handovers.destination(key);
  if (asked !== undefined) return asked;
  const process = hall.world.processes.get(key);
  const last = process?.queued ?? process?.next ?? null;
  return last === null ? undefined : services.configOf(last.spec);
}

/** Whether every handover in the group that a former brain has begun brings what it was for; it answers when the last is decided. */
export async function isDecidedWell(daemon: Daemon, name: string): Promise<boolean> {
  const { hall, handovers, services } = daemon;
  const members = hall.world.groups.get(name)?.members ?? [];
  const all = await Promise.all(
    members.map(async (key) => {
      const destination = destinationOf(daemon, key);
      if (destination === undefined) return true;
      await handovers.decided(key);
      const config = services.process(key);
      return config !== undefined && changeOf(config, destination) === 'none';
    }),
  );
  return all.every((well) => well);
}

/** A handover to what the file does not say any more is not wanted. */
function giveUpOthers(daemon: Daemon, wanted: GroupConfig, plan: MemberDifference): void {
  for (const process of wanted.processes) {
    const destination = plan.renewed.includes(process.key) ? undefined : destinationOf(daemon, process.key);
    if (destination === undefined || changeOf(destination, process) !== 'renewal') continue;
    void daemon.handovers.giveUpPreflight(process.key);
    daemon.hall.happen({ type: 'abort', at: now(), process: process.key });
  }
}

/** The processes that run with a configuration other than the wanted one, and have no handover to it under way. */
function slotsOf(daemon: Daemon, wanted: GroupConfig, plan: MemberDifference): Slot[] {
  const { processes } = daemon.hall.world;
  return wanted.processes.flatMap((config) => {
    const { key } = config;
    const process = processes.get(key);
    if (!plan.renewed.includes(key) || process === undefined || !canHandOver(process)) return [];
    const destination = destinationOf(daemon, key);
    if (destination !== undefined && changeOf(destination, config) === 'none') return [];
    return [{ key, config, inTurn: () => renewalOf(daemon, config) }];
  });
}

/** What the process is to be changed to now; null: nothing, for a later change has been there. */
function renewalOf({ services }: Daemon, config: ProcessConfig): ProcessConfig | null {
  const asked = services.asked(config);
  const current = services.process(config.key);
  return asked !== undefined && current !== undefined && changeOf(current, asked) === 'renewal' ? asked : null;
}

function told(
  wanted: GroupConfig,
  plan: MemberDifference,
  slots: readonly Slot[],
  handovers: readonly HandoverReport[],
): GroupUpdate['processes'] {
  const reports = new Map(handovers.map((report) => [report.name, report]));
  const renewed = (key: string): string => {
    const slot = slots.find((one) => one.key === key);
    if (slot === undefined) return 'changed';
    if (reports.get(nameOf(key))?.ok !== true) return 'failed';
    return termsOf(slot.config).handover === 'none' ? 'restarted' : 'handed over';
  };
  return [
    ...plan.removed.map((key) => ({ name: nameOf(key), change: 'removed' })),
    ...wanted.processes.flatMap(({ key }) => {
      if (plan.added.includes(key)) return [{ name: nameOf(key), change: 'added' }];
      if (plan.amended.includes(key)) return [{ name: nameOf(key), change: 'changed' }];
      return plan.renewed.includes(key) ? [{ name: nameOf(key), change: renewed(key) }] : [];
    }),
  ];
}
