import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Effect } from '../../src/core/effects.ts';
import type { Event, Ticket } from '../../src/core/events.ts';
import type { ProcessSpec } from '../../src/core/program.ts';
import type { State } from '../../src/core/status.ts';
import { emptyWorld, step } from '../../src/core/step.ts';
import type { Process, World } from '../../src/core/world.ts';
import { FakeInit, type Fate } from '../support/fake-init.ts';
import { fateKeys, spawnDelay } from '../support/fates.ts';
import { fuzz } from '../support/fuzz.ts';
import { program } from '../support/history.ts';

const longestGrace = 3000;

const fates: fc.Arbitrary<Fate> = fc.record(fateKeys);

const keys: fc.Arbitrary<Partial<ProcessSpec>> = fc.record({
  priority: fc.integer({ min: 1, max: 2 }),
  autostart: fc.boolean(),
  autorestart: fc.constantFrom<ProcessSpec['autorestart'][]>(true, false, 'unexpected'),
  startsecs: fc.nat(2),
  startretries: fc.nat(2),
  stopwaitsecs: fc.nat(longestGrace / 1000),
  stopasgroup: fc.boolean(),
});

const names = ['g:a', 'g:b', 'h:c'] as const;

type Action = { wait: number; what: 'start' | 'stop' | 'strike' | 'nothing'; whom: (typeof names)[number] };
const actions: fc.Arbitrary<Action> = fc.record({
  wait: fc.oneof(fc.constant(0), fc.nat(60), fc.nat(5000)),
  what: fc.constantFrom<Action['what'][]>('start', 'stop', 'strike', 'nothing'),
  whom: fc.constantFrom(...names),
});

/** A daemon in virtual time that carries out effects against the model of init and watches what the core promises. */
class Witness {
  world: World = emptyWorld;
  now = 0;
  exited = false;
  /** When the exit was asked for: init may have things in mind for the dead after that. */
  exitedAt: number | null = null;
  readonly init: FakeInit;
  readonly #late: number;
  readonly #leaky: boolean;
  readonly #deadlines = new Map<string, { epoch: number; due: number }>();
  readonly #open = new Set<Ticket>();
  readonly #states = new Map<string, State>();
  readonly #polite = new Map<string, number>();
  #tickets = 0;
  #down = false;

  /** late: deadlines come this many ms after they are due; leaky: also those that were disarmed or replaced. */
  constructor(init: FakeInit, late: number, leaky: boolean) {
    this.init = init;
    this.#late = late;
    this.#leaky = leaky;
  }

  happen(...events: readonly Event[]): void {
    if (events.length === 0) return;
    const { world, effects } = step(this.world, ...events);
    this.world = world;
    for (const effect of effects) this.#perform(effect);
    this.#checkWorld();
  }

  command(type: 'start' | 'stop', process: string): void {
    const ticket = ++this.#tickets;
    this.#open.add(ticket);
    this.happen({ type, at: this.now, process, ticket });
  }

  shutdown(): void {
    this.#down = true;
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
      for (const [process, { epoch, due }] of this.#deadlines) {
        if (due + this.#late > this.now) continue;
        this.#deadlines.delete(process);
        this.happen({ type: 'deadline', at: this.now, process, epoch });
      }
    }
    if (until !== Infinity) this.now = until;
  }

  checkEnd(): void {
    assert.ok(this.exited, 'the shutdown is complete');
    assert.equal(this.#deadlines.size, 0, 'no deadline is left');
    assert.deepEqual([...this.#open], [], 'every ticket is answered');
    assert.ok(this.init.isEmpty, 'every generation is released');
  }

  #perform(effect: Effect): void {
    assert.ok(!this.exited, 'nothing is asked for after the exit');
    switch (effect.type) {
      case 'spawn':
        assert.ok(!this.#down, 'nothing is spawned during a shutdown');
        return this.init.perform(effect, this.now);
      case 'signal':
        this.#checkPoliteness(effect);
        return this.init.perform(effect, this.now);
      case 'release':
        return this.init.perform(effect, this.now);
      case 'arm':
        this.#drop(effect.process);
        this.#deadlines.set(effect.process, effect);
        return;
      case 'disarm':
        assert.ok(this.#deadlines.has(effect.process), 'only what is armed is disarmed');
        return this.#drop(effect.process);
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
        assert.ok(this.#open.delete(effect.ticket), 'a ticket is answered once');
        return;
      case 'exit':
        this.exited = true;
        this.exitedAt = this.now;
        return;
      case 'quiet':
      case 'removed':
      case 'promoted':
      case 'handover-step':
        assert.fail('no handover was asked for');
    }
  }

  /** A deadline that is given up may be on its way already. */
  #drop(process: string): void {
    const old = this.#deadlines.get(process);
    this.#deadlines.delete(process);
    if (old === undefined || !this.#leaky) return;
    const { world, effects } = step(this.world, { type: 'deadline', at: this.now, process, epoch: old.epoch });
    assert.equal(world, this.world, 'a stale deadline changes nothing');
    assert.deepEqual(effects, []);
  }

  #checkPoliteness({ generation, whom, signal }: Extract<Effect, { type: 'signal' }>): void {
    if (signal === 9) return assert.equal(whom, 'tree');
    const key = `${generation} ${whom === 'group' ? 'main' : whom}`;
    assert.ok(!this.#polite.has(key), 'the polite signal is given once');
    this.#polite.set(key, this.now);
  }

  #checkWorld(): void {
    const quiet = this.init.next() === null && this.#deadlines.size === 0;
    for (const process of this.world.processes.values()) {
      const { key } = process.spec;
      assert.equal(process.state, this.#states.get(key) ?? 'STOPPED', 'what is published is what is');
      assert.equal(process.due, this.#deadlines.get(key)?.due ?? null, 'a deadline that is set is armed');
      assert.equal(process.remains, process.generation !== 0 && process.mainPid !== 0 && process.pid === 0);
      assert.deepEqual(
        this.init.alive(key),
        process.generation === 0 ? [] : [process.generation],
        'one generation at most',
      );
      if (process.state === 'STOPPED') assert.equal(process.generation, 0, 'STOPPED is the truth');
      if (process.state === 'RUNNING') assert.notEqual(process.pid, 0);
      if (quiet) this.#checkWant(process);
    }
  }

  /** Nothing will happen by itself: what was asked for must have come true. */
  #checkWant(process: Process): void {
    const { want, state, generation } = process;
    if (want === 'down') assert.equal(generation, 0, `${process.spec.key} is wanted down and is ${process.phase}`);
    else
      assert.ok(
        ['RUNNING', 'EXITED', 'FATAL'].includes(state),
        `${process.spec.key} is wanted up and is ${process.phase}`,
      );
    if (state === 'RUNNING') assert.ok(this.init.hasMain(generation));
    assert.deepEqual(process.waiters, [], 'nobody waits for nothing');
  }
}

test('the promises hold in random histories, and every one of them can be ended', () => {
  const specs = fc.tuple(keys, keys, keys);
  const script = fc.array(actions, { maxLength: 12 });
  fc.assert(
    fc.property(
      specs,
      fc.array(fates, { minLength: 1, maxLength: 6 }),
      script,
      fc.nat(30),
      fc.boolean(),
      ([a, b, c], fate, history, late, leaky) => {
        const witness = new Witness(new FakeInit(fate), late, leaky);
        witness.happen(
          {
            type: 'group-added',
            at: 0,
            group: { name: 'g', priority: 1, processes: [program('a', a), program('b', b)] },
          },
          {
            type: 'group-added',
            at: 0,
            group: { name: 'h', priority: 2, processes: [program('c', { ...c, group: 'h' })] },
          },
        );
        for (const { wait, what, whom } of history) {
          witness.live(witness.now + wait);
          if (what === 'strike') witness.init.strike(whom);
          else if (what !== 'nothing') witness.command(what, whom);
        }
        const asked = witness.now;
        witness.shutdown();
        witness.live(Infinity);
        witness.checkEnd();
        // Three priorities at most, each with a spawn under way, a grace that is used up, late deadlines and a kill.
        assert.ok(
          (witness.exitedAt ?? Infinity) - asked <= 3 * (spawnDelay + longestGrace + 2 * late + 20),
          'a shutdown is bounded',
        );
      },
    ),
    fuzz(2000),
  );
});

test('no event whatever makes the step throw, answer twice, or say STOPPED of what lives', () => {
  const at = fc.nat(10_000);
  const process = fc.constantFrom(...names, 'g:nobody');
  const generation = fc.nat(6);
  const status = fc.constantFrom<Fate['status']>(
    { code: 0, signal: null, core: false },
    { code: null, signal: 9, core: false },
  );
  const group = fc.constantFrom('g', 'h');
  const processes = fc.tuple(keys, keys).map(([a, b]) => [program('a', a), program('b', b)]);
  const type = <T extends string>(name: T): fc.Arbitrary<T> => fc.constant(name);
  const event: fc.Arbitrary<Event> = fc.oneof(
    fc.record({ type: type('group-added'), at, group: fc.record({ name: group, priority: fc.nat(3), processes }) }),
    fc.record({ type: type('group-removed'), at, group }),
    fc.record({ type: type('start'), at, process }),
    fc.record({ type: type('stop'), at, process }),
    fc.record({ type: type('shutdown'), at }),
    fc.record({ type: type('spawned'), at, process, generation, pid: fc.nat(9) }),
    fc.record({ type: type('spawn-failed'), at, process, generation, reason: fc.constant('why') }),
    fc.record({ type: type('exited'), at, process, generation, status }),
    fc.record({ type: type('empty'), at, process, generation }),
    fc.record({ type: type('deadline'), at, process, epoch: fc.nat(5) }),
  );
  fc.assert(
    fc.property(fc.array(fc.array(event, { minLength: 1, maxLength: 4 }), { maxLength: 30 }), (batches) => {
      let world = emptyWorld;
      let ticket = 0;
      const open = new Set<Ticket>();
      for (const batch of batches) {
        const before = structuredClone(world);
        const events = batch.map((one) => {
          if (one.type !== 'start' && one.type !== 'stop') return one;
          open.add(++ticket);
          return { ...one, ticket };
        });
        const result = step(world, ...events);
        assert.deepEqual(world, before, 'the former world is as it was');
        world = result.world;
        for (const effect of result.effects) if (effect.type === 'answer') assert.ok(open.delete(effect.ticket));
        for (const one of world.processes.values()) if (one.state === 'STOPPED') assert.equal(one.generation, 0);
      }
      const waiting = [...world.processes.values()].flatMap(({ waiters }) => waiters.map((waiter) => waiter.ticket));
      assert.deepEqual(
        [...open].toSorted((a, b) => a - b),
        waiting.toSorted((a, b) => a - b),
        'who is not answered waits',
      );
    }),
    fuzz(1000),
  );
});
