import type { ProcessConfig } from '../config/config.ts';
import type { HandoverReport, HandoverWish } from '../control/contract.ts';
import { rollOrder } from '../core/order.ts';
import type { ProcessKey } from '../core/program.ts';
import { takesHandover } from '../core/reconfigure.ts';
import { mayBegin } from '../core/rolling.ts';
import { termsOf } from '../core/terms.ts';
import type { Daemon } from './daemon.ts';
import { nameOf } from './handover-plan.ts';
import type { Handover } from './handovers.ts';

/** A process and the configuration that its next generation is to have. */
export type Slot = {
  readonly key: ProcessKey;
  readonly config: ProcessConfig;
  /** The same when its turn has come, for others may have changed it meanwhile; null: it is not to be replaced any more. */
  readonly inTurn: () => ProcessConfig | null;
};

export type RolloutTerms = HandoverWish & {
  /** What the reports wait for: the decisions, or the ends of the former generations as well. */
  readonly until: 'decided' | 'finished';
  /** What has no handover (`none`) is restarted. */
  readonly restarts: boolean;
};

/**
 * Hands several processes over: by ascending priority, program after program, within a program as core/rolling.ts says. The first
 * failure is the last attempt; what was not tried is told so. One that is down has a report that says so, and keeps no other from its turn.
 * Nobody waits for the drain of the one before.
 */
export async function rollOut(
  daemon: Daemon,
  slots: readonly Slot[],
  terms: RolloutTerms,
): Promise<readonly HandoverReport[]> {
  const order = rollOrder(
    daemon.hall.world,
    slots.map(({ key }) => key),
  );
  const sorted = slots.toSorted((a, b) => order.indexOf(a.key) - order.indexOf(b.key));
  const reports = new Map<ProcessKey, Promise<HandoverReport>>();
  let failed: HandoverReport | null = null;
  for (const { key, config } of sorted) {
    if (isDown(daemon, key)) reports.set(key, daemon.handovers.begin(key, config, terms, terms.restarts).finished());
  }
  for (const program of byProgram(sorted.filter(({ key }) => !reports.has(key)))) {
    failed = failed === null ? await rollProgram(daemon, program, terms, reports) : failed;
  }
  return Promise.all(
    sorted.map(({ key, config }) => {
      const report = reports.get(key);
      return report ?? Promise.resolve(notTried(daemon, key, config, terms, `not tried: ${failed?.name ?? ''} failed`));
    }),
  );
}

function isDown({ hall }: Daemon, key: ProcessKey): boolean {
  const process = hall.world.processes.get(key);
  return process === undefined || !takesHandover(process);
}

function byProgram(slots: readonly Slot[]): Slot[][] {
  const programs = new Map<string, Slot[]>();
  for (const slot of slots) {
    const name = `${slot.config.group}:${slot.config.program}`;
    programs.set(name, [...(programs.get(name) ?? []), slot]);
  }
  return [...programs.values()];
}

/** Returns the first failure; null: all have committed. */
async function rollProgram(
  daemon: Daemon,
  slots: readonly Slot[],
  terms: RolloutTerms,
  reports: Map<ProcessKey, Promise<HandoverReport>>,
): Promise<HandoverReport | null> {
  const waiting = [...slots];
  const going = new Map<ProcessKey, Promise<{ key: ProcessKey; report: HandoverReport }>>();
  let committed = 0;
  let failed: HandoverReport | null = null;
  for (;;) {
    const [first] = waiting;
    if (first !== undefined && failed === null) {
      const strategy = terms.strategy ?? termsOf(first.config).handover;
      const progress = { waiting: waiting.length, going: going.size, committed };
      for (const { key, config: asked, inTurn } of waiting.splice(0, mayBegin(strategy, progress, first.config))) {
        const config = inTurn();
        if (config === null) {
          reports.set(key, Promise.resolve(notTried(daemon, key, asked, terms, 'superseded')));
          continue;
        }
        const handover: Handover = daemon.handovers.begin(key, config, terms, terms.restarts);
        const finished = handover.finished();
        reports.set(key, terms.until === 'finished' ? finished : handover.decided);
        going.set(
          key,
          handover.decided.then((report) => ({ key, report })),
        );
      }
    }
    if (going.size === 0) {
      if (waiting.length > 0 && failed === null) continue;
      return failed;
    }
    const { key, report } = await Promise.race(going.values());
    going.delete(key);
    if (report.ok) committed += 1;
    else failed ??= report;
  }
}

function notTried(
  daemon: Daemon,
  key: ProcessKey,
  config: ProcessConfig,
  { strategy }: RolloutTerms,
  reason: string,
): HandoverReport {
  const generation = daemon.hall.world.processes.get(key)?.generation ?? 0;
  return {
    name: nameOf(key),
    ok: false,
    strategy: strategy ?? termsOf(config).handover,
    stage: 'preflight',
    reason,
    from: generation,
    to: 0,
    steps: [],
    pause: 0,
    output: [],
    serves: generation,
    configuration: daemon.services.process(key) === config ? 'as read' : 'former',
    remains: [],
    says: [],
    warnings: [],
  };
}
