import type { HandoverPlan, HandoverReport } from '../control/contract.ts';
import { printable } from '../os/printable.ts';

/* What a handover would be, and what became of it, as lines. */

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;

export function planLines({ name, strategy, reason, readiness, sockets, warnings }: HandoverPlan): string[] {
  const lines = [`${name}: ${strategy}: ${reason}`, `  ready: ${readiness}`];
  return [
    ...lines,
    ...sockets.map((socket) => `  socket: ${socket}`),
    ...warnings.map((warning) => `  warning: ${warning}`),
  ];
}

export function reportLines(report: HandoverReport): string[] {
  const { name, ok, strategy, from, to, steps, pause, remains, says, warnings } = report;
  const timeline = steps.map(
    ({ step, generation, at, detail }) =>
      `  ${seconds(at).padStart(9)}  ${generation === 0 ? '' : `#${generation} `}${step}${detail === '' ? '' : ` (${detail})`}`,
  );
  const words = [
    ...says.map(({ generation, status }) => `  #${generation} says: ${status}`),
    ...warnings.map((warning) => `  warning: ${warning}`),
  ];
  if (!ok) {
    const [head = '', ...rest] = failureLines(report);
    return [head, ...timeline, ...words, ...rest];
  }
  const gap = pause === 0 ? '' : `, ${seconds(pause)} without a generation`;
  const left = remains.map((line) => `  still there: ${line}`);
  const isKilled = steps.some(({ step, generation }) => step === 'killed' && generation === from);
  const killed = isKilled ? `; warning: #${from} did not end in time and was killed` : '';
  return [
    `${name}: handed over #${from} → #${to} (${strategy}, ${seconds(steps.at(-1)?.at ?? 0)}${gap})${killed}`,
    ...timeline,
    ...words,
    ...left,
  ];
}

/** Of a handover that failed: where and why, what serves now, and the last lines of what came to nothing. */
export function failureLines({
  name,
  stage,
  reason,
  serves,
  configuration,
  output,
  remains,
}: HandoverReport): string[] {
  const still = serves === 0 ? '; nothing serves' : `; #${serves} serves`;
  const how = serves !== 0 && configuration === 'former' ? ' with its former configuration' : '';
  // Without a stage it was refused.
  const verdict = stage === '' ? reason : `handover failed: ${stage}: ${reason}${still}${how}`;
  return [
    `${name}: ERROR (${verdict})`,
    ...output.map((line) => `  | ${printable(line)}`),
    ...remains.map((line) => `  still there: ${line}`),
  ];
}
