import assert from 'node:assert/strict';
import type { Effect, LogLevel, Outcome, Stage } from '../../src/core/effects.ts';
import type { Event, Ticket } from '../../src/core/events.ts';
import type { GroupSpec, ProcessSpec } from '../../src/core/program.ts';
import { signalName } from '../../src/core/signals.ts';
import type { ExitStatus, State } from '../../src/core/status.ts';
import { emptyWorld, step } from '../../src/core/step.ts';
import type { Process, World } from '../../src/core/world.ts';

/** A program with Supervisor's defaults; its key is `g:NAME` unless said otherwise. */
export function program(name: string, keys: Partial<ProcessSpec> = {}): ProcessSpec {
  const group = keys.group ?? 'g';
  return {
    key: `${group}:${name}`,
    group,
    name,
    priority: 999,
    autostart: true,
    autorestart: 'unexpected',
    exitcodes: [0],
    startsecs: 1,
    startretries: 3,
    stopsignal: 15,
    stopwaitsecs: 10,
    stopasgroup: false,
    killasgroup: false,
    ...keys,
  };
}

export const code = (number: number): ExitStatus => ({ code: number, signal: null, core: false });
export const killedBy = (signal: number, core = false): ExitStatus => ({ code: null, signal, core });

/**
 * A history in virtual time. Words of the test become events of the core; what the core asks for is kept for the test to look at,
 * and its deadlines come when `pass` reaches them. init is whoever calls `spawned`, `exit`, `empty`.
 */
export class History {
  world: World = emptyWorld;
  now = 0;
  /** Everything asked for so far. `take` empties it. */
  effects: Effect[] = [];
  readonly answers = new Map<Ticket, Outcome>();
  readonly deadlines = new Map<string, { process: string; generation?: number; epoch: number; due: number }>();
  #ticket = 0;
  #pid = 100;

  constructor(...programs: readonly ProcessSpec[]) {
    if (programs.length > 0) this.add({ name: 'g', priority: 999, processes: programs });
  }

  /** Events at this moment, known together. */
  happen(...events: readonly Event[]): void {
    const { world, effects } = step(this.world, ...events);
    this.world = world;
    for (const effect of effects) {
      this.effects.push(effect);
      if (effect.type === 'arm') {
        const { type: _, ...deadline } = effect;
        this.deadlines.set(ownerOf(effect), deadline);
      } else if (effect.type === 'disarm') this.deadlines.delete(ownerOf(effect));
      else if (effect.type === 'answer') {
        assert.ok(!this.answers.has(effect.ticket), `ticket ${effect.ticket} is answered once`);
        this.answers.set(effect.ticket, effect.answer);
      }
    }
  }

  /** Time passes; deadlines come in their order. */
  pass(seconds: number): void {
    const until = this.now + seconds * 1000;
    for (;;) {
      const next = [...this.deadlines].toSorted(([, a], [, b]) => a.due - b.due)[0];
      if (next === undefined || next[1].due > until) break;
      const [owner, { due, ...which }] = next;
      this.deadlines.delete(owner);
      this.now = Math.max(this.now, due);
      this.happen({ ...which, type: 'deadline', at: this.now });
    }
    this.now = until;
  }

  add(group: GroupSpec): void {
    this.happen({ type: 'group-added', at: this.now, group });
  }

  remove(group: string): void {
    this.happen({ type: 'group-removed', at: this.now, group });
  }

  /** The group is configured otherwise; `renewed` are names whose change only a new generation can have. */
  change(processes: readonly ProcessSpec[], renewed: readonly string[] = []): void {
    const group = { name: 'g', priority: 999, processes };
    this.happen({ type: 'group-changed', at: this.now, group, renewed: renewed.map(keyOf) });
  }

  restart(name: string, keys: Partial<ProcessSpec> = {}): Ticket {
    const ticket = ++this.#ticket;
    const spec = { ...this.process(name).spec, ...keys };
    this.happen({ type: 'restart', at: this.now, process: keyOf(name), spec, ticket });
    return ticket;
  }

  start(name: string): Ticket {
    const ticket = ++this.#ticket;
    this.happen({ type: 'start', at: this.now, process: keyOf(name), ticket });
    return ticket;
  }

  stop(name: string): Ticket {
    const ticket = ++this.#ticket;
    this.happen({ type: 'stop', at: this.now, process: keyOf(name), ticket });
    return ticket;
  }

  handover(name: string, keys: Partial<ProcessSpec> = {}): Ticket {
    const ticket = ++this.#ticket;
    const { spec: current } = this.process(name);
    const spec = Object.keys(keys).length === 0 ? current : { ...current, ...keys };
    this.happen({ type: 'handover', at: this.now, process: keyOf(name), spec, ticket });
    return ticket;
  }

  abort(name: string): Ticket {
    const ticket = ++this.#ticket;
    this.happen({ type: 'abort', at: this.now, process: keyOf(name), ticket });
    return ticket;
  }

  finish(name: string): Ticket {
    const ticket = ++this.#ticket;
    this.happen({ type: 'finish', at: this.now, process: keyOf(name), ticket });
    return ticket;
  }

  /** A generation by its number, wherever it stands. */
  generation(name: string, generation: number): GenerationHistory {
    return new GenerationHistory(this, keyOf(name), generation);
  }

  /** The next generation of the process. */
  next(name: string): GenerationHistory {
    const { next } = this.process(name);
    assert.ok(next !== null && next.generation !== 0, `${name} has a next generation`);
    return this.generation(name, next.generation);
  }

  shutdown(): void {
    this.happen({ type: 'shutdown', at: this.now });
  }

  /** init: the spawn that was asked for last is there. Returns its pid. */
  spawned(name: string): number {
    const pid = ++this.#pid;
    this.happen({ type: 'spawned', at: this.now, ...this.#current(name), pid });
    return pid;
  }

  spawnFailed(name: string, reason: string, forked = false): void {
    this.happen({ type: 'spawn-failed', at: this.now, ...this.#current(name), reason, forked });
  }

  /** init: the main process ended; whether something is left is not known yet. */
  exit(name: string, status: ExitStatus): void {
    this.happen({ type: 'exited', at: this.now, ...this.#current(name), status });
  }

  /** init: nothing is left. */
  empty(name: string): void {
    this.happen({ type: 'empty', at: this.now, ...this.#current(name) });
  }

  /** init: the main process ended and nothing is left, in one read. */
  end(name: string, status: ExitStatus): void {
    const current = this.#current(name);
    this.happen({ type: 'exited', at: this.now, ...current, status }, { type: 'empty', at: this.now, ...current });
  }

  /** Started and up for `startsecs`. Returns its pid. */
  running(name: string): number {
    const pid = this.spawned(name);
    this.pass(this.process(name).spec.startsecs);
    assert.equal(this.state(name), 'RUNNING');
    return pid;
  }

  process(name: string): Process {
    const process = this.world.processes.get(keyOf(name));
    assert.ok(process, `${name} is there`);
    return process;
  }

  has(name: string): boolean {
    return this.world.processes.has(keyOf(name));
  }

  /** Processes that left. */
  removed(): string[] {
    return this.#all('removed').map(({ process }) => process);
  }

  state(name: string): State {
    return this.process(name).state;
  }

  /** Everything asked for since the last call. */
  take(): Effect[] {
    const taken = this.effects;
    this.effects = [];
    return taken;
  }

  /** Signals to this generation so far. */
  signalsTo(generation: number): string[] {
    return this.#all('signal')
      .filter((signal) => signal.generation === generation)
      .map(({ whom, signal }) => `${whom} ${signalName(signal)}`);
  }

  /** The timeline of handovers so far: `#2 ready` and the like. */
  steps(): string[] {
    return this.#all('handover-step').map(({ step, generation }) => `#${generation} ${step}`);
  }

  /** What was said at this step, last. */
  detail(step: string): string | undefined {
    return this.#all('handover-step').findLast((one) => one.step === step)?.detail;
  }

  quieted(): number[] {
    return this.#all('quiet').map(({ generation }) => generation);
  }

  promoted(): string[] {
    return this.#all('promoted').map(({ former, generation }) => `#${former} to #${generation}`);
  }

  /** Signals asked for so far: `main SIGTERM`, `tree SIGKILL`; with the process's name before it if asked. */
  signals(): string[] {
    return this.#all('signal').map(({ whom, signal }) => `${whom} ${signalName(signal)}`);
  }

  spawns(): string[] {
    return this.#all('spawn').map(({ process, generation }) => `${process} #${generation}`);
  }

  /** States entered so far, in order. */
  entered(): State[] {
    return this.#all('publish').map(({ to }) => to);
  }

  published(): Extract<Effect, { type: 'publish' }>[] {
    return this.#all('publish');
  }

  released(): number[] {
    return this.#all('release').map(({ generation }) => generation);
  }

  /** Lines of the main log, `info text`, but for the debug ones. */
  log(): string[] {
    const quiet: readonly LogLevel[] = ['debug', 'trace', 'blather'];
    return this.#all('log')
      .filter(({ level }) => !quiet.includes(level))
      .map(({ level, text }) => `${level} ${text}`);
  }

  ended(): boolean {
    return this.#all('exit').length > 0;
  }

  #all<T extends Effect['type']>(type: T): Extract<Effect, { type: T }>[] {
    return this.effects.filter((effect): effect is Extract<Effect, { type: T }> => effect.type === type);
  }

  #current(name: string): { process: string; generation: number } {
    const { spec, generation } = this.process(name);
    assert.notEqual(generation, 0, `${name} has a generation`);
    return { process: spec.key, generation };
  }
}

/** init and what observes it, speaking of one generation. */
class GenerationHistory {
  readonly number: number;
  readonly #history: History;
  readonly #process: string;

  constructor(history: History, process: string, generation: number) {
    this.#history = history;
    this.#process = process;
    this.number = generation;
  }

  get #here(): { at: number; process: string; generation: number } {
    return { at: this.#history.now, process: this.#process, generation: this.number };
  }

  spawned(): this {
    this.#history.happen({ type: 'spawned', ...this.#here, pid: 1000 + this.number });
    return this;
  }

  spawnFailed(reason: string): void {
    this.#history.happen({ type: 'spawn-failed', ...this.#here, reason });
  }

  ready(evidence = 'it says so'): this {
    this.#history.happen({ type: 'ready', ...this.#here, evidence });
    return this;
  }

  unready(reason: string): void {
    this.#history.happen({ type: 'unready', ...this.#here, reason });
  }

  unsteady(reason = 'nobody waits'): this {
    this.#history.happen({ type: 'unsteady', ...this.#here, reason });
    return this;
  }

  steady(): this {
    this.#history.happen({ type: 'steady', ...this.#here });
    return this;
  }

  reload(news: 'signalled' | 'refused' | 'proven' | 'disproven', detail = 'why'): this {
    this.#history.happen({ type: 'reload', ...this.#here, news, detail });
    return this;
  }

  outlived(): void {
    this.#history.happen({ type: 'outlived', ...this.#here });
  }

  lacking(what: string): this {
    this.#history.happen({ type: 'lacking', ...this.#here, what });
    return this;
  }

  /** It asks for time, in seconds. */
  extend(seconds: number): this {
    this.#history.happen({ type: 'extend', ...this.#here, by: seconds * 1000 });
    return this;
  }

  unhealthy(reason = 'it is silent'): this {
    this.#history.happen({ type: 'unhealthy', ...this.#here, reason });
    return this;
  }

  quieted(): void {
    this.#history.happen({ type: 'quieted', ...this.#here });
  }

  exit(status: ExitStatus): void {
    this.#history.happen({ type: 'exited', ...this.#here, status });
  }

  empty(): void {
    this.#history.happen({ type: 'empty', ...this.#here });
  }

  end(status: ExitStatus): void {
    this.#history.happen({ type: 'exited', ...this.#here, status }, { type: 'empty', ...this.#here });
  }
}

/** The answer to a handover that failed. */
export const failed = (stage: Stage, reason: string): Outcome => ({
  ok: false,
  fault: 'HANDOVER_FAILED',
  stage,
  reason,
});

function ownerOf({ process, generation }: { readonly process: string; readonly generation?: number }): string {
  return generation === undefined ? process : `${process} #${generation}`;
}

function keyOf(name: string): string {
  return name.includes(':') ? name : `g:${name}`;
}
