import type { ProcessConfig } from '../config/config.ts';
import { type Titles, titlesOf } from '../config/queue/profiles.ts';
import type { Effect } from '../core/effects.ts';
import type { Event } from '../core/events.ts';
import { termsOf } from '../core/terms.ts';
import { now } from '../os/clock.ts';
import { commandLine } from '../os/proc.ts';
import type { InitFrameOf } from '../os/wire.ts';
import type { Daemon } from './daemon.ts';

type Quiet = Extract<Effect, { type: 'quiet' }>;

/** What has to come before a generation is quiet. `time`: nobody can tell, and the core's quietTimeout ends it. */
type Need = 'connections' | 'command' | 'jobs' | 'time';

type Quieted = {
  readonly process: string;
  readonly waitsFor: Set<Need>;
  readonly given: AbortController;
  /** The next look at what it has open; null: an answer is awaited. */
  look: NodeJS.Timeout | null;
};

const words: { readonly [N in Need]: string } = {
  connections: 'its open connections',
  command: 'its quiet_command',
  jobs: 'its jobs',
  time: 'its quiet_timeout',
};

/** Between two looks at a generation that finishes what it has open, and two runs of a quiet_command that says "not yet", in milliseconds. */
const [lookEvery, againEvery] = [500, 1000] as const;

/**
 * The quiet step: a generation takes no new work and finishes what it has. It is done when its last connection is closed, where the preload
 * library counts them (docs/adopt.md), and when its quiet_command exits with 0, where there is one. Where there is neither, nothing is waited
 * for, unless it got a quiet_signal: then what its title says of its jobs (Sidekiq), or else the time.
 */
export class Quieting {
  readonly #daemon: Daemon;
  readonly #quieted = new Map<number, Quieted>();

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  async begin({ process, generation }: Quiet): Promise<void> {
    const config = this.#daemon.generations.get(generation)?.config ?? null;
    const command = config?.quietCommand ?? null;
    const given = new AbortController();
    const one: Quieted = { process, waitsFor: new Set(['connections']), given, look: null };
    this.#quieted.set(generation, one);
    if (config !== null && command !== null) {
      one.waitsFor.add('command');
      void this.#command(generation, one, config, command);
    }
    // Rejected when init is gone, and this brain with it.
    const answer = await this.#daemon.link.request({ type: 'quiet', generation }).catch(() => null);
    if (answer === null || answer.type !== 'result' || this.#quieted.get(generation) !== one) return;
    if (answer.errno === 0) return this.#look(generation, one, 0);
    if (command === null && config !== null && termsOf(config).quietSignal !== null)
      this.#signalled(generation, one, config);
    this.#happen(this.#done(generation, 'connections'));
  }

  /** init has seen its last connection close. */
  drained(generation: number): Event | null {
    return this.#done(generation, 'connections');
  }

  /** What it waits for, in words; null: it is not in a quiet step. */
  waitsFor(generation: number): string | null {
    const one = this.#quieted.get(generation);
    return one === undefined ? null : [...one.waitsFor].map((need) => words[need]).join(' and ');
  }

  /** The quiet step is over: it is told to stop, or gone. */
  forget(generation: number): void {
    const one = this.#quieted.get(generation);
    clearTimeout(one?.look ?? undefined);
    one?.given.abort();
    this.#quieted.delete(generation);
  }

  async #look(generation: number, one: Quieted, before: number): Promise<void> {
    const used = await usageOf(this.#daemon, generation);
    if (used === null || this.#quieted.get(generation) !== one) return;
    const { process } = one;
    const { open } = used;
    if (open > 0 && open !== before) {
      const detail = `for ${open} open connection${open === 1 ? '' : 's'}`;
      this.#daemon.handovers.step({ type: 'handover-step', process, step: 'waiting', generation, at: now(), detail });
    }
    one.look = setTimeout(() => void this.#look(generation, one, open), lookEvery);
  }

  /** It got its quiet_signal, and there is no command to ask: a queue worker may tell by its title. */
  #signalled(generation: number, one: Quieted, { queue }: ProcessConfig): void {
    const titles = queue === null ? null : titlesOf(queue);
    if (titles === null) {
      one.waitsFor.add('time');
      return;
    }
    one.waitsFor.add('jobs');
    this.#lookAtTitle(generation, one, titles);
  }

  #lookAtTitle(generation: number, one: Quieted, titles: Titles): void {
    if (this.#quieted.get(generation) !== one) return;
    const known = this.#daemon.generations.get(generation);
    const config = known?.config ?? null;
    const actor =
      known === undefined || config === null ? null : this.#daemon.actors.find(known, termsOf(config).drainSignal);
    const title = actor === null ? null : commandLine(actor.pid);
    // One that does not call itself so (a swarm's parent) will not say when it is idle.
    if (title === null || !titles.any.test(title) || titles.idle.test(title))
      return this.#happen(this.#done(generation, 'jobs'));
    one.look = setTimeout(() => this.#lookAtTitle(generation, one, titles), lookEvery);
  }

  async #command(generation: number, one: Quieted, process: ProcessConfig, command: string): Promise<void> {
    const { signal } = one.given;
    const ends = now() + termsOf(process).quietTimeout * 1000;
    while (!signal.aborted && now() < ends) {
      const pid = this.#daemon.generations.get(generation)?.main ?? 0;
      const { ok } = await this.#daemon.errands.run(
        {
          process,
          purpose: 'quiet_command',
          command,
          timeout: Math.max(1, Math.round(ends - now())),
          environment: { LEGATO_GENERATION: String(generation), LEGATO_PID: String(pid) },
          level: 'info',
        },
        signal,
      );
      if (ok) return this.#happen(this.#done(generation, 'command'));
      await new Promise((resolve) => setTimeout(resolve, againEvery).unref());
    }
  }

  #done(generation: number, need: Need): Event | null {
    const one = this.#quieted.get(generation);
    // A former brain may have begun it: then nobody here knows what it waits for.
    if (one !== undefined && (!one.waitsFor.delete(need) || one.waitsFor.size > 0)) return null;
    const process = one?.process ?? this.#daemon.generations.get(generation)?.process;
    return process === undefined ? null : { type: 'quieted', at: now(), process, generation };
  }

  #happen(event: Event | null): void {
    if (event !== null) this.#daemon.hall.happen(event);
  }
}

/** What stands in a generation's page; null: it has none, or init is gone. */
export async function usageOf(daemon: Daemon, generation: number): Promise<InitFrameOf<'used'> | null> {
  const answer = await daemon.link.request({ type: 'usage', generation }).catch(() => null);
  return answer?.type === 'used' ? answer : null;
}
