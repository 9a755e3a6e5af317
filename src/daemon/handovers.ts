import type { ProcessConfig } from '../config/config.ts';
import { forGeneration } from '../config/generation-name.ts';
import type { HandoverPlan, HandoverReport, HandoverWish } from '../control/contract.ts';
import type { Effect, Outcome } from '../core/effects.ts';
import type { ProcessKey, ProcessSpec } from '../core/program.ts';
import { termsOf } from '../core/terms.ts';
import { longestTimer, now } from '../os/clock.ts';
import type { Daemon } from './daemon.ts';
import type { Generation } from './generations.ts';
import { planOf, reasonFor } from './handover-plan.ts';
import { reportOf } from './handover-report.ts';
import { Preflights } from './preflights.ts';
import { upcoming } from './upcoming.ts';

export type Step = Extract<Effect, { type: 'handover-step' }>;

/** A handover that somebody waits for. */
export type Running = {
  readonly key: ProcessKey;
  readonly config: ProcessConfig;
  readonly strategy: HandoverReport['strategy'];
  /** Why it is that strategy. */
  readonly why: string;
  readonly began: number;
  from: number;
  /** What the core reports, and before it `checked`. */
  readonly steps: (Pick<Step, 'generation' | 'at' | 'detail'> & { readonly step: string })[];
  /** What its generations have said of themselves, the last word of each. */
  readonly says: Map<number, string>;
  /** Called at every step, for whoever waits for one. */
  look: () => void;
};

/** `decided`: it has committed, or failed and is undone. `finished`: the former generation is gone, or kept, or late. */
export type Handover = {
  readonly decided: Promise<HandoverReport>;
  readonly finished: () => Promise<HandoverReport>;
};

type Attempt = { readonly outcome: Outcome; readonly output: readonly string[] };

/** Beyond drain_timeout a handover that has committed is not waited for, in milliseconds. */
const patience = 2000;

/** Handovers as somebody asks for them: the plan, the doing, the report. */
export class Handovers {
  readonly #daemon: Daemon;
  /** Several of one process while the latest takes the place of the others. */
  readonly #running = new Map<ProcessKey, Set<Running>>();
  readonly #undecided = new Set<Running>();
  /** Whoever waits until a process has no handover under way. */
  readonly #awaited = new Map<ProcessKey, (() => void)[]>();
  readonly #preflights: Preflights;

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
    this.#preflights = new Preflights(daemon);
  }

  /** What would be done, and why; nothing is touched. */
  plan(key: ProcessKey, strategy: HandoverWish['strategy']): HandoverPlan {
    return planOf(this.#daemon, key, strategy);
  }

  /** The steps of a handover, as the core takes them. */
  step(effect: Step): void {
    const { process, step, generation, detail } = effect;
    this.#daemon.mainLog.log(
      step === 'failed' || step === 'killed' ? 'warn' : 'info',
      `handover of '${process}': ${step}${generation === 0 ? '' : ` #${generation}`}${detail === '' ? '' : ` (${detail})`}`,
    );
    for (const running of this.#running.get(process) ?? []) {
      running.steps.push(effect);
      running.look();
    }
    this.#tellDecided(process);
  }

  /** Resolves when no handover of the process is under way, whoever has begun it. */
  decided(key: ProcessKey): Promise<void> {
    return new Promise((resolve) => {
      this.#awaited.set(key, [...(this.#awaited.get(key) ?? []), resolve]);
      this.#tellDecided(key);
    });
  }

  /** A handover ends with a step of its own. */
  #tellDecided(key: ProcessKey): void {
    const process = this.#daemon.hall.world.processes.get(key);
    if (process !== undefined && (process.next !== null || process.queued !== null)) return;
    const awaited = this.#awaited.get(key) ?? [];
    this.#awaited.delete(key);
    for (const tell of awaited) tell();
  }

  /** A generation has said something of itself. */
  said({ process, key }: Pick<Generation, 'process' | 'key'>, status: string): void {
    for (const { says } of this.#running.get(process) ?? []) says.set(key, status);
  }

  /**
   * Begins to replace the current generation by one with this configuration. restarts: what has no handover (`none`) is stopped and
   * started instead.
   */
  begin(key: ProcessKey, config: ProcessConfig, wish: HandoverWish, restarts: boolean): Handover {
    const { services, hall } = this.#daemon;
    const { timeout } = wish;
    // A signal brings the process no other configuration: what was changed needs a next generation.
    const strategy = wish.strategy ?? (this.#fits(key, config) ? null : insteadOfSignal(config));
    const spec =
      timeout === null && strategy === null ? config : { ...config, ...termsWished(config, { ...wish, strategy }) };
    services.know(spec, config);
    const running: Running = {
      key,
      config,
      strategy: termsOf(spec).handover,
      why: reasonFor(config, wish.strategy),
      began: now(),
      from: hall.world.processes.get(key)?.generation ?? 0,
      steps: [],
      says: new Map(),
      look: () => undefined,
    };
    const type = restarts && running.strategy === 'none' ? 'restart' : 'handover';
    this.#undecided.add(running);
    const attempt = this.#attempt(running, spec, type).finally(() => this.#undecided.delete(running));
    const report = ({ outcome, output }: Attempt): HandoverReport => reportOf(this.#daemon, running, outcome, output);
    return {
      decided: attempt.then(report),
      finished: async () => {
        const attempted = await attempt;
        const replaced = running.steps.some(({ step }) => step === 'committed');
        if (attempted.outcome.ok && replaced && running.from !== 0 && type === 'handover')
          await this.#former(running, config);
        this.#running.get(key)?.delete(running);
        return report(attempted);
      },
    };
  }

  /** Those of which nobody knows yet how they end. */
  undecided(): ProcessKey[] {
    return [...new Set([...this.#undecided].map(({ key }) => key))];
  }

  /** What the latest of a process that is under way would make of it. */
  destination(key: ProcessKey): ProcessConfig | undefined {
    return [...this.#undecided].findLast((running) => running.key === key)?.config;
  }

  /** Gives up what has not come to the core yet. null: nothing is there. */
  giveUpPreflight(key: ProcessKey): Promise<unknown> | null {
    return this.#preflights.giveUp(key, 'aborted');
  }

  #fits(key: ProcessKey, config: ProcessConfig): boolean {
    if (termsOf(config).handover !== 'signal') return true;
    const current = this.#daemon.services.process(key);
    return current === config || JSON.stringify(current) === JSON.stringify(config);
  }

  /** What can be known before is looked at first; then the core is asked. */
  async #attempt(running: Running, spec: ProcessSpec, type: 'handover' | 'restart'): Promise<Attempt> {
    const { hall, tickets, generations, heldSockets } = this.#daemon;
    const { key, config } = running;
    // One that fails may have asked for addresses that nobody else declares.
    const checked = await this.#preflights.run(forGeneration(config, upcoming(this.#daemon, key)));
    if (!checked.ok) {
      heldSockets.release();
      const outcome = { ok: false, fault: 'HANDOVER_FAILED', stage: 'preflight', reason: checked.reason } as const;
      return { outcome, output: checked.output };
    }
    running.from = hall.world.processes.get(key)?.generation ?? 0;
    if (checked.detail !== '') {
      running.steps.push({ step: 'checked', generation: 0, at: now(), detail: checked.detail });
    }
    this.#note(running);
    const { status } = this.#daemon.words.of(running.from);
    if (status !== '') running.says.set(running.from, status);
    const { ticket, answer } = tickets.issue();
    hall.happen({ type, at: now(), process: key, spec, ticket });
    const outcome = await answer;
    if (!outcome.ok) heldSockets.release();
    // What is kept may be of an earlier one, where this one has not come to a generation of its own.
    const isOwn = running.steps.some(({ step }) => step === 'spawned');
    return { outcome, output: isOwn ? generations.lastOutput(key) : [] };
  }

  #note(running: Running): void {
    const known = this.#running.get(running.key);
    if (known === undefined) this.#running.set(running.key, new Set([running]));
    else known.add(running);
  }

  /** Until the former generation is gone, or kept, or takes longer than anybody promised. */
  #former(running: Running, config: ProcessConfig): Promise<void> {
    const { drainTimeout, quietTimeout } = termsOf(config);
    // What was stopped to make room (`replace`), or has ended before the commit, is gone already; of what drains it is a step of its own.
    const left = (): boolean =>
      this.#daemon.generations.get(running.from) !== undefined &&
      !running.steps.some(
        ({ step, generation }) =>
          step === 'vacated' || (generation === running.from && (step === 'gone' || step === 'overdue')),
      );
    if (!left()) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(end, Math.min((drainTimeout + quietTimeout) * 1000 + patience, longestTimer));
      running.look = () => (left() ? undefined : end());
    });
  }
}

function insteadOfSignal(config: ProcessConfig): 'overlap' | 'replace' {
  return termsOf(config).handoverFallback === 'overlap' ? 'overlap' : 'replace';
}

function termsWished(config: ProcessConfig, { timeout, strategy }: HandoverWish): Partial<ProcessConfig> {
  const terms = termsOf(config);
  return {
    readyTimeout: timeout ?? terms.readyTimeout,
    reloadTimeout: timeout ?? terms.reloadTimeout,
    handover: strategy ?? terms.handover,
  };
}
