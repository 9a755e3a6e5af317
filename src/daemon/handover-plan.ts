import type { ProcessConfig } from '../config/config.ts';
import { forGeneration } from '../config/generation-name.ts';
import { urlOf } from '../config/listen-url.ts';
import { isMarked } from '../config/marks.ts';
import { sharedNodeName } from '../config/queue/commands.ts';
import type { HandoverPlan, HandoverWish } from '../control/contract.ts';
import type { ProcessKey } from '../core/program.ts';
import { termsOf } from '../core/terms.ts';
import { nameOf as processName } from '../os/actor.ts';
import type { Daemon } from './daemon.ts';
import { warningsFor } from './handover-warnings.ts';
import { obstacle } from './preflight.ts';
import { type Preload, preloadFor } from './preload.ts';
import { upcoming } from './upcoming.ts';
import { nodeNameVariable } from './worker-hook.ts';

/** What a handover of a process would be, and why. */
export function planOf(daemon: Daemon, key: ProcessKey, strategy: HandoverWish['strategy']): HandoverPlan {
  const configured = daemon.services.process(key);
  if (configured === undefined) {
    return {
      name: key,
      strategy: 'none',
      reason: `no such process: ${key}`,
      readiness: '',
      sockets: [],
      warnings: [],
    };
  }
  const wished = strategy ?? termsOf(configured).handover;
  const config = { ...forGeneration(configured, upcoming(daemon, key)), handover: wished };
  if (wished === 'signal') return reloadPlan(daemon, key, config);
  const preload = preloadFor(config, daemon.spawnContext);
  return {
    name: nameOf(key),
    strategy: wished,
    reason: reasonFor(configured, strategy),
    readiness: readinessOf(config),
    sockets: config.listen.map(
      (listen) => `${urlOf(listen.address)} (${config.listenAs}; ${reachWords(config, preload)})`,
    ),
    warnings: [...obstaclesOf(daemon, config), ...warningsFor(daemon, config), ...namesakes(configured, wished)],
  };
}

/** Why it is handed over so: what was asked for has no need of the reasons for what is configured. */
export function reasonFor({ handoverReason }: ProcessConfig, asked: HandoverWish['strategy']): string {
  return asked === null ? handoverReason : 'as asked for by --strategy';
}

/** Whether the signal would do any good is looked at now, and again when it is asked for. */
function reloadPlan({ hall, generations, reloads }: Daemon, key: ProcessKey, config: ProcessConfig): HandoverPlan {
  const { reloadSignal, reloadTimeout, handoverFallback } = termsOf(config);
  const generation = generations.get(hall.world.processes.get(key)?.generation ?? 0);
  const checked = generation === undefined ? { refusal: 'it does not run' } : reloads.check(generation, reloadSignal);
  const after = handoverFallback === 'none' ? '' : `; then handover_fallback=${handoverFallback}`;
  return {
    name: nameOf(key),
    strategy: 'signal',
    reason: config.handoverReason,
    readiness: `${'actor' in checked ? `${processName(checked.actor.pid)} ` : ''}must be seen to have reloaded within ${reloadTimeout} s`,
    sockets: config.listen.map((listen) => `${urlOf(listen.address)} (${config.listenAs})`),
    warnings: 'refusal' in checked ? [`it would be refused: ${checked.refusal}${after}`] : [],
  };
}

/** As clients write it: `name`, or `group:name` where they differ. */
export function nameOf(key: ProcessKey): string {
  const [group = key, name] = key.split(':');
  return group === name ? group : key;
}

function obstaclesOf(daemon: Daemon, config: ProcessConfig): string[] {
  const reason = obstacle(daemon, config);
  return reason === null ? [] : [`it would fail: ${reason}`];
}

/** What the preload library will do, or why it cannot. */
function reachWords({ listenHold, handover }: ProcessConfig, preload: Preload): string {
  if (preload.kind === 'without') return `no preload: ${preload.why}`;
  return `preload for ${preload.libc}: ${listenHold && handover === 'overlap' ? 'held until the commit, ' : ''}counted and quieted`;
}

/** Two of a Celery worker with one node name: what is sent to it by that name (`celery control`, `inspect`) reaches either. */
function namesakes({ queue, command, environment }: ProcessConfig, strategy: string): string[] {
  if (queue !== 'celery' || strategy !== 'overlap') return [];
  const written = environment[nodeNameVariable];
  const fixed = written === undefined || isMarked(written) ? null : written;
  const name = sharedNodeName(command) ?? fixed;
  return name === null
    ? []
    : [`both generations have the node name ${name} for a moment: write %(generation)s into it`];
}

function readinessOf(config: ProcessConfig): string {
  const { hasReadiness, assumedAfter } = termsOf(config);
  if (hasReadiness) return config.ready.kind;
  return config.ready.kind === 'assumed'
    ? `assumed after startsecs (${config.startsecs} s)`
    : `${config.ready.kind}, else assumed after ${assumedAfter} s`;
}
