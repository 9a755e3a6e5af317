import assert from 'node:assert/strict';
import type { Effect } from '../../src/core/effects.ts';
import type { Event, Ticket } from '../../src/core/events.ts';
import type { ProcessSpec } from '../../src/core/program.ts';
import { resume } from '../../src/core/resume.ts';
import type { State } from '../../src/core/status.ts';
import { emptyWorld, step } from '../../src/core/step.ts';
import { termsOf } from '../../src/core/terms.ts';
import type { Process, World } from '../../src/core/world.ts';
import { afterDeath } from './brain-death.ts';
import { type FakeInit, quietSignal } from './fake-init.ts';

type Deadline = {
  readonly process: string;
  readonly generation?: number;
  readonly epoch: number;
  readonly due: number;
};

/** What was so when a handover was asked for: a failure must leave it so, unless somebody else interfered. */
type Attempt = { readonly process: string; readonly current: number; undisturbed: boolean };

/**
 * A daemon in virtual time that carries out effects against the model of init and watches what a handover promises: the sentence,
 * that what has not committed can be undone, and that nothing and nobody is forgotten.
 */
export class HandoverWitness {
  world: World = emptyWorld;
  now = 0;
  /** When the exit was asked for; null: not yet. */
  exitedAt: number | null = null;
  /** What came true so far, so that a test can see that its histories are not all alike. */
  readonly seen = { committed: 0, failed: 0, crowded: 0, left: 0, retired: 0 };
  readonly init: FakeInit;
  readonly #late: number;
  readonly #deadlines = new Map<string, Deadline>();
  readonly #attempts = new Map<Ticket, Attempt>();
  readonly #open = new Set<Ticket>();
  readonly #states = new Map<string, State>();
  readonly #polite = new Set<string>();
  readonly #signalled = new Set<number>();
  /** When it will have been ready for long enough, by the terms it had then. */
  readonly #settled = new Map<number, number>();
  /** Was ready, and is not seen to be just now. */
  readonly #doubted = new Set<number>();
  /** Living generations by what they are to their process. */
  readonly #roles = new Map<number, { process: string; role: 'current' | 'next' | 'draining' }>();
  #tickets = 0;

  /** late: deadlines come this many ms after they are due. */
  constructor(init: FakeInit, late: number) {
    this.init = init;
    this.#late = late;
  }

  happen(...events: readonly Event[]): void {
    if (events.length === 0) return;
    for (const event of events)
      if (event.type === 'exited') this.#disturb(({ current }) => current === event.generation);
    for (const event of events) {
      if (event.type === 'unsteady' && this.#settled.has(event.generation)) this.#doubted.add(event.generation);
      if (event.type === 'steady') this.#believe(event.process, event.generation);
    }
    const before = this.world;
    const { world, effects } = step(this.world, ...events);
    this.world = world;
    this.#noteRetired();
    for (const effect of effects) this.#perform(effect, before);
    this.#checkWorld();
  }

  /** A next one that drains now, though it was never committed. */
  #noteRetired(): void {
    for (const { draining } of this.world.processes.values()) {
      for (const { generation } of draining) {
        const one = this.#roles.get(generation);
        if (one?.role !== 'next') continue;
        this.#roles.set(generation, { ...one, role: 'draining' });
        this.seen.retired += 1;
      }
    }
  }

  command(type: 'start' | 'stop' | 'abort', process: string): void {
    if (type !== 'abort') this.#disturb((attempt) => attempt.process === process);
    this.happen({ type, at: this.now, process, ticket: this.#ticket() });
  }

  handover(process: string, keys: Partial<ProcessSpec>): void {
    const found = this.world.processes.get(process);
    assert.ok(found);
    const spec = { ...found.spec, ...keys };
    if (termsOf(spec).handover === 'replace') this.#disturb((attempt) => attempt.process === process);
    const ticket = this.#ticket();
    const undisturbed = termsOf(spec).handover === 'overlap' && found.generation !== 0 && found.pid !== 0;
    // One that is being stopped already is no current one to be left alone.
    const isStopping = found.state === 'STOPPING';
    this.#attempts.set(ticket, { process, current: found.generation, undisturbed: undisturbed && !isStopping });
    this.happen({ type: 'handover', at: this.now, process, spec, ticket });
  }

  /** The group is configured with these; the renewed ones can have their change only by a new generation. */
  change(processes: readonly ProcessSpec[], renewed: readonly string[]): void {
    this.#disturb(() => true);
    this.happen({ type: 'group-changed', at: this.now, group: { name: 'g', priority: 1, processes }, renewed });
  }

  restart(process: string, spec: ProcessSpec): void {
    this.#disturb((attempt) => attempt.process === process);
    this.happen({ type: 'restart', at: this.now, process, spec, ticket: this.#ticket() });
  }

  /** The brain dies; init goes on, and after this many milliseconds another one comes. */
  die(away: number): void {
    // Nobody waits for an answer any more, and what is ready meanwhile is seen too late.
    this.#open.clear();
    this.#attempts.clear();
    this.#deadlines.clear();
    this.now += away;
    this.init.until(this.now);
    this.world = afterDeath(this.world);
    const { effects, events } = resume(this.world, this.init.kept(), this.now);
    for (const effect of effects) this.#again(effect);
    this.happen(...events);
    this.#checkWorld();
  }

  /** What is asked for once more. */
  #again(effect: Effect): void {
    if (effect.type === 'arm') this.#deadlines.set(ownerOf(effect), effect);
    else if (effect.type === 'exit') assert.notEqual(this.exitedAt, null, 'only what was complete is complete again');
    else {
      assert.ok(effect.type === 'spawn' || effect.type === 'quiet', 'nothing is told twice');
      this.init.perform(effect, this.now);
    }
  }

  shutdown(): void {
    this.#disturb(() => true);
    this.happen({ type: 'shutdown', at: this.now });
  }

  /** Lives on until then, or until nothing happens any more. */
  live(until: number): void {
    for (;;) {
      const timers = [...this.#deadlines.values()].map(({ due }) => due + this.#late);
      const next = Math.min(this.init.next() ?? Infinity, ...timers);
      if (next === Infinity || next > until) break;
      this.now = Math.max(this.now, next);
      this.happen(...this.init.until(this.now));
      for (const [owner, { due, ...which }] of this.#deadlines) {
        if (due + this.#late > this.now) continue;
        this.#deadlines.delete(owner);
        this.happen({ ...which, type: 'deadline', at: this.now });
      }
    }
    if (until !== Infinity) this.now = until;
  }

  checkEnd(): void {
    assert.notEqual(this.exitedAt, null, 'the shutdown is complete');
    assert.equal(this.#deadlines.size, 0, 'no deadline is left');
    assert.deepEqual([...this.#open], [], 'every ticket is answered');
    assert.ok(this.init.isEmpty, 'every generation is released');
  }

  #ticket(): Ticket {
    this.#open.add(++this.#tickets);
    return this.#tickets;
  }

  #disturb(which: (attempt: Attempt) => boolean): void {
    for (const attempt of this.#attempts.values()) if (which(attempt)) attempt.undisturbed = false;
  }

  #perform(effect: Effect, before: World): void {
    assert.equal(this.exitedAt, null, 'nothing is asked for after the exit');
    switch (effect.type) {
      case 'spawn':
        this.#checkSpawn(effect);
        return this.init.perform(effect, this.now);
      case 'signal':
        this.#checkSignal(effect, before);
        return this.init.perform(effect, this.now);
      case 'quiet':
        assert.notEqual(
          this.#roles.get(effect.generation)?.role,
          'next',
          'only who drains or makes room is asked to be quiet',
        );
        return this.init.perform(effect, this.now);
      case 'release':
        this.#roles.delete(effect.generation);
        return this.init.perform(effect, this.now);
      case 'promoted':
        return this.#promote(effect);
      case 'removed':
        assert.deepEqual(this.init.alive(effect.process), [], 'who leaves has left nothing');
        this.#states.delete(effect.process);
        this.seen.left += 1;
        return;
      case 'handover-step':
        if (effect.step === 'ready') this.#ready(effect);
        return;
      case 'arm':
        this.#deadlines.set(ownerOf(effect), effect);
        return;
      case 'disarm':
        assert.ok(this.#deadlines.delete(ownerOf(effect)), 'only what is armed is disarmed');
        return;
      case 'publish':
        assert.equal(effect.from, this.#states.get(effect.process) ?? 'STOPPED', 'no state is skipped');
        assert.notEqual(effect.to, effect.from);
        this.#states.set(effect.process, effect.to);
        return;
      case 'reload':
      case 'reload-over':
        return;
      case 'log':
        assert.doesNotMatch(effect.text, /impossible|belongs to no/);
        return;
      case 'answer':
        return this.#checkAnswer(effect);
      case 'exit':
        this.exitedAt = this.now;
    }
  }

  #ofRole(process: string, role: 'current' | 'next' | 'draining'): number[] {
    const alive = this.init.alive(process);
    return [...this.#roles].flatMap(([generation, one]) =>
      one.process === process && one.role === role && alive.includes(generation) ? [generation] : [],
    );
  }

  #checkSpawn({ process, generation, role }: Extract<Effect, { type: 'spawn' }>): void {
    assert.notEqual(this.world.mood, 'stopping', 'nothing is spawned during a shutdown');
    assert.deepEqual(this.#ofRole(process, 'next'), [], 'at most one next one, and nobody beside it');
    if (role === 'current') assert.deepEqual(this.#ofRole(process, 'current'), [], 'at most one current one');
    const next = this.world.processes.get(process)?.next ?? null;
    if (next !== null && next.vacatedFrom !== null) {
      assert.deepEqual(this.init.alive(process), [], 'what is replaced is gone before');
    }
    this.#roles.set(generation, { process, role });
  }

  #checkSignal({ process: key, generation, whom, signal }: Extract<Effect, { type: 'signal' }>, before: World): void {
    this.#signalled.add(generation);
    if (this.#roles.get(generation)?.role === 'current') {
      const process = this.world.processes.get(key);
      const next = before.processes.get(key)?.next ?? null;
      const isOverlap = next !== null && next.vacatedFrom === null && (process?.next ?? null) !== null;
      assert.ok(!isOverlap || process?.state === 'STOPPING', 'the current one is told nothing before the commit');
    }
    if (signal === 9) return assert.equal(whom, 'tree');
    if (signal === quietSignal) assert.equal(whom, 'main');
    const once = `${generation} ${signal === quietSignal ? 'quiet' : whom === 'group' ? 'main' : whom}`;
    assert.ok(!this.#polite.has(once), 'the polite signal is given once');
    this.#polite.add(once);
  }

  #ready({ process, generation, at }: Extract<Effect, { type: 'handover-step' }>): void {
    const spec = this.world.processes.get(process)?.next?.spec;
    assert.ok(spec !== undefined, 'who is ready is the next one');
    this.#settled.set(generation, at + termsOf(spec).minReady * 1000);
  }

  /** It is seen again; what is left of its time is by the terms that it has now. */
  #believe(process: string, generation: number): void {
    const next = this.world.processes.get(process)?.next;
    if (!this.#doubted.delete(generation) || next?.generation !== generation || next.readyAt === null) return;
    this.#settled.set(generation, next.readyAt + termsOf(next.spec).minReady * 1000);
  }

  #promote({ process, generation, former }: Extract<Effect, { type: 'promoted' }>): void {
    this.seen.committed += 1;
    assert.equal(this.#roles.get(generation)?.role, 'next');
    assert.ok(!this.#signalled.has(generation), 'who is committed was never told to go');
    const settled = this.#settled.get(generation);
    assert.ok(settled !== undefined, 'who is committed was ready');
    assert.ok(this.now >= settled, 'and has stayed so');
    assert.ok(!this.#doubted.has(generation), 'and is so');
    this.#roles.set(generation, { process, role: 'current' });
    if (former !== 0) this.#roles.set(former, { process, role: 'draining' });
  }

  #checkAnswer({ ticket, answer }: Extract<Effect, { type: 'answer' }>): void {
    assert.ok(this.#open.delete(ticket), 'a ticket is answered once');
    const attempt = this.#attempts.get(ticket);
    if (attempt === undefined) return;
    this.#attempts.delete(ticket);
    const current = this.world.processes.get(attempt.process)?.generation;
    if (answer.ok || answer.fault !== 'HANDOVER_FAILED') return;
    this.seen.failed += 1;
    if (!attempt.undisturbed) return;
    assert.equal(current, attempt.current, 'a failure leaves the current generation');
    assert.ok(!this.#signalled.has(attempt.current), 'which was told nothing');
  }

  #checkWorld(): void {
    const quiet = this.init.next() === null && this.#deadlines.size === 0;
    for (const process of this.world.processes.values()) {
      const { next, draining, generation, state } = process;
      const { key } = process.spec;
      assert.equal(state, this.#states.get(key) ?? 'STOPPED', 'what is published is what is');
      const generations = [...draining.map((one) => one.generation), generation, next?.generation ?? 0];
      const known = generations.filter((one) => one !== 0).toSorted(byNumber);
      assert.deepEqual(this.init.alive(key).toSorted(byNumber), known, 'nobody is forgotten');
      const counted = draining.filter(({ phase }) => phase !== 'killing').length;
      // Who drains already is not killed by a bound that is lowered meanwhile: the next one to drain is.
      const bound = Math.max(...[process, ...draining].map(({ spec }) => termsOf(spec).maxDraining));
      assert.ok(counted <= bound, 'draining ones are bounded');
      if (counted < draining.length) this.seen.crowded += 1;
      if (state === 'STOPPED') assert.deepEqual(known, [], 'STOPPED is the truth');
      assert.equal(process.due, this.#deadlines.get(key)?.due ?? null, 'a deadline that is set is armed');
      for (const one of [...(next === null || next.generation === 0 ? [] : [next]), ...draining]) {
        const owner = ownerOf({ process: key, generation: one.generation });
        assert.equal(one.due, this.#deadlines.get(owner)?.due ?? null, 'of the others as well');
      }
      if (quiet) this.#checkQuiet(process);
    }
  }

  /** Nothing will happen by itself: what was asked for must have come true. */
  #checkQuiet({ next, queued, draining, want, state, generation, waiters, pid, spec }: Process): void {
    assert.equal(next, null, 'a handover has come to an end');
    assert.equal(queued, null);
    assert.ok(
      draining.every(({ phase }) => phase === 'overdue'),
      'who still drains is kept on purpose',
    );
    if (want === 'down') assert.ok(generation === 0 && draining.length === 0, `${spec.key} is down`);
    else assert.match(state, /RUNNING|EXITED|FATAL/);
    if (state === 'RUNNING') assert.ok(pid !== 0 && this.init.hasMain(generation));
    assert.deepEqual(waiters, [], 'nobody waits for nothing');
  }
}

const byNumber = (a: number, b: number): number => a - b;

function ownerOf({ process, generation }: { readonly process: string; readonly generation?: number }): string {
  return generation === undefined ? process : `${process} #${generation}`;
}
