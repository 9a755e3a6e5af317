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

/** Turns an active group into the wanted one, process by process: what did not change is not touched. */
export async function changeGroup(daemon: Daemon, active: GroupConfig, wanted: GroupConfig): Promise<GroupUpdate> {
  const { services, hall, logs, heldSockets, mainLog } = daemon;
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
  const gone = plan.removed.map((key) => daemon.stop(key));
  const slots = slotsOf(daemon, wanted, plan);
  const terms = { timeout: null, strategy: null, until: 'decided', restarts: true } as const;
  const handovers = await rollOut(daemon, slots, terms);
  await Promise.all(gone);
  const isDone = handovers.every(({ ok }) => ok);
  mainLog.log(
    isDone ? 'info' : 'warn',
    isDone ? `updated process group ${wanted.name}` : `process group ${wanted.name} is updated in part`,
  );
  return { processes: told(wanted, plan, slots, handovers), handovers };
}

/** The configuration that a process is on its way to; undefined: none but its own. */
function destinationOf({ hall, services }: Daemon, key: string): ProcessConfig | undefined {
  const process = hall.world.processes.get(key);
  const last = process?.queued ?? process?.next ?? null;
  return last === null ? undefined : services.configOf(last.spec);
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

/** Who runs with what is not wanted any more, and is not on its way already. */
function slotsOf(daemon: Daemon, wanted: GroupConfig, plan: MemberDifference): Slot[] {
  const { processes } = daemon.hall.world;
  return wanted.processes.flatMap((config) => {
    const { key } = config;
    const process = processes.get(key);
    if (!plan.renewed.includes(key) || process === undefined || !canHandOver(process)) return [];
    const destination = destinationOf(daemon, key);
    return destination !== undefined && changeOf(destination, config) === 'none' ? [] : [{ key, config }];
  });
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
