import { forGeneration } from '../config/generation-name.ts';
import type { HandoverReport } from '../control/contract.ts';
import type { Outcome } from '../core/effects.ts';
import { isRunningState } from '../core/status.ts';
import type { Process } from '../core/world.ts';
import type { Daemon } from './daemon.ts';
import { processesOf } from './generation-tree.ts';
import { nameOf } from './handover-plan.ts';
import { warningsFor } from './handover-warnings.ts';
import type { Running } from './handovers.ts';
import { numbersOf } from './upcoming.ts';

/** What became of a handover, as far as it has come. */
export function reportOf(
  daemon: Daemon,
  running: Running,
  outcome: Outcome,
  output: readonly string[],
): HandoverReport {
  const { key, config, strategy, why, began, from } = running;
  const steps = ownSteps(running);
  const committed = steps.find(({ step }) => step === 'committed');
  const ready = steps.find(({ step }) => step === 'ready') ?? committed;
  const vacating = steps.find(({ step }) => step === 'vacating');
  const process = daemon.hall.world.processes.get(key);
  const failed = outcome.ok ? null : outcome;
  const to = committed?.generation ?? (outcome.ok ? (process?.generation ?? 0) : 0);
  const begun = { step: 'preflight', generation: 0, at: 0, detail: `${strategy}: ${why}` };
  const timeline = steps.map(({ step, generation, at, detail }) => ({
    step,
    generation,
    at: Math.round(at - began),
    detail,
  }));
  const isAsRead = daemon.services.process(key) === config;
  return {
    name: nameOf(key),
    ok: outcome.ok,
    strategy,
    stage: failed !== null && 'stage' in failed ? failed.stage : '',
    reason: failed === null ? '' : reasonOf(failed, process),
    from,
    to,
    steps: [...timeline.filter(isCheck), begun, ...timeline.filter((one) => !isCheck(one))],
    pause: vacating === undefined || ready === undefined ? 0 : Math.round(ready.at - vacating.at),
    output: failed === null ? [] : output,
    serves: process?.pid === 0 ? 0 : (process?.generation ?? 0),
    configuration: isAsRead ? 'as read' : 'former',
    remains: remainsOf(daemon, from, process),
    says: [...running.says].map(([generation, status]) => ({ generation, status })),
    warnings: warningsOf(daemon, running, to === 0 ? from : to),
  };
}

/** Those of the strategy that was followed, whatever is configured. */
function warningsOf(daemon: Daemon, { config, strategy }: Running, generation: number): string[] {
  if (strategy === 'signal') return [];
  return warningsFor(daemon, { ...forGeneration(config, numbersOf(daemon, generation)), handover: strategy });
}

/** Why it came to nothing: what the core says, or what is meant by the fault that refuses it. */
function reasonOf(failed: Exclude<Outcome, { ok: true }>, process: Process | undefined): string {
  if ('reason' in failed) return failed.reason;
  if (failed.fault !== 'NOT_RUNNING' || process === undefined) return failed.fault;
  return `not running (${process.state})${isRunningState(process.state) ? '' : ': start it instead'}`;
}

/** The program's own check comes before everything. */
const isCheck = ({ step }: { readonly step: string }): boolean => step === 'checked';

/** Of several handovers of one process, one that was given up for the other has steps of a generation of its own. */
function ownSteps({ steps, from }: Running): Running['steps'] {
  const own = Math.max(0, ...steps.map(({ generation }) => generation));
  return steps.filter(({ generation }) => generation === 0 || generation === from || generation === own);
}

/** What /proc shows that should not be there any more: what is left of the former generation, and defunct ones of the one that serves. */
function remainsOf(daemon: Daemon, from: number, process: Process | undefined): string[] {
  const current = process?.generation ?? 0;
  const former = from === current ? [] : processesOf(daemon, from);
  const defunct = processesOf(daemon, current).filter(({ state }) => state === 'Z');
  return [...former, ...defunct].map(({ pid, state, command }) => `${pid} ${state} ${command}`);
}
