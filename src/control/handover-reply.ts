import type { GroupUpdate, HandoverPlan, HandoverReport } from './contract.ts';
import { listOf, numberOf, structOf, textOf, UnexpectedReply } from './replies.ts';
import type { Value } from './value.ts';

function strategyOf(value: Value | undefined): HandoverPlan['strategy'] {
  if (value === 'overlap' || value === 'replace' || value === 'signal' || value === 'none') return value;
  throw new UnexpectedReply(`no strategy: ${JSON.stringify(value)}`);
}

/** Reads one element of what legato.planHandover answers. @throws UnexpectedReply */
export function handoverPlan(value: Value): HandoverPlan {
  const { name, strategy, reason, readiness, sockets, warnings } = structOf(value);
  return {
    name: textOf(name),
    strategy: strategyOf(strategy),
    reason: textOf(reason),
    readiness: textOf(readiness),
    sockets: listOf(sockets, textOf),
    warnings: listOf(warnings, textOf),
  };
}

/** Reads one element of what legato.handover answers. @throws UnexpectedReply */
export function handoverReport(value: Value): HandoverReport {
  const {
    name,
    ok,
    strategy,
    stage,
    reason,
    from,
    to,
    steps,
    pause,
    output,
    serves,
    configuration,
    remains,
    says,
    warnings,
  } = structOf(value);
  return {
    name: textOf(name),
    ok: ok === true,
    strategy: strategyOf(strategy),
    stage: textOf(stage),
    reason: textOf(reason),
    from: numberOf(from),
    to: numberOf(to),
    steps: listOf(steps, (item) => {
      const { step, generation, at, detail } = structOf(item);
      return { step: textOf(step), generation: numberOf(generation), at: numberOf(at), detail: textOf(detail) };
    }),
    pause: numberOf(pause),
    output: listOf(output, textOf),
    serves: numberOf(serves),
    configuration: configuration === 'former' ? 'former' : 'as read',
    remains: listOf(remains, textOf),
    says: listOf(says, (item) => {
      const { generation, status } = structOf(item);
      return { generation: numberOf(generation), status: textOf(status) };
    }),
    warnings: listOf(warnings, textOf),
  };
}

/** Reads what legato.updateGroup answers. @throws UnexpectedReply */
export function groupUpdate(value: Value): GroupUpdate {
  const { processes, handovers } = structOf(value);
  return {
    processes: listOf(processes, (item) => {
      const { name, change } = structOf(item);
      return { name: textOf(name), change: textOf(change) };
    }),
    handovers: listOf(handovers, handoverReport),
  };
}
