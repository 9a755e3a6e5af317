import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Event, Ticket } from '../../src/core/events.ts';
import type { ProcessSpec } from '../../src/core/program.ts';
import { emptyWorld, step } from '../../src/core/step.ts';
import { FakeInit, type Fate, quietSignal } from '../support/fake-init.ts';
import { fateKeys, maybe, spawnDelay } from '../support/fates.ts';
import { fuzz } from '../support/fuzz.ts';
import { HandoverWitness } from '../support/handover-witness.ts';
import { program } from '../support/history.ts';

const longestGrace = 3000;
const mostly = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null, freq: 5 });

const rarely = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: value });

const fates: fc.Arbitrary<Fate> = fc.record({
  ...fateKeys,
  fails: fc.nat(9).map((dice) => dice === 0),
  lifetime: rarely(fc.integer({ min: 100, max: 6000 })),
  ready: mostly(fc.nat(3000)),
  unready: rarely(fc.nat(4000)),
  unsteady: rarely(fc.record({ from: fc.nat(4000), lasts: maybe(fc.nat(4000)) })),
  quiets: maybe(fc.nat(3000)),
});

const keys = {
  autorestart: fc.constantFrom<ProcessSpec['autorestart'][]>(true, false, 'unexpected'),
  startsecs: fc.nat(2),
  startretries: fc.nat(2),
  stopwaitsecs: fc.nat(longestGrace / 1000),
  stopasgroup: fc.boolean(),
  handover: fc.constantFrom<NonNullable<ProcessSpec['handover']>[]>('overlap', 'overlap', 'overlap', 'replace', 'none'),
  hasReadiness: fc.boolean(),
  readyTimeout: fc.integer({ min: 1, max: 3 }),
  minReady: fc.nat(2),
  quietTimeout: fc.nat(2),
  quietSignal: fc.constantFrom(null, quietSignal),
  drainSignal: fc.constantFrom(3, 15),
  drainTimeout: fc.nat(8),
  drainPolicy: fc.constantFrom<NonNullable<ProcessSpec['drainPolicy']>[]>('kill', 'keep', 'ask'),
  maxDraining: fc.nat(2),
};
const changes: fc.Arbitrary<Partial<ProcessSpec>> = fc.record(keys, { requiredKeys: [] });
const specs = fc.record({ ...keys, priority: fc.integer({ min: 1, max: 2 }) });

/** What a process may be told while it runs. */
const inPlace = ({
  autorestart,
  startretries,
  stopwaitsecs,
  drainTimeout,
}: Partial<ProcessSpec>): Partial<ProcessSpec> =>
  Object.fromEntries(
    Object.entries({ autorestart, startretries, stopwaitsecs, drainTimeout }).filter(
      ([, value]) => value !== undefined,
    ),
  );

const names = ['g:a', 'g:b'] as const;

type What =
  | 'change'
  | 'amend'
  | 'leave'
  | 'restart'
  | 'handover'
  | 'abort'
  | 'start'
  | 'stop'
  | 'strike'
  | 'strike-next'
  | 'nothing';
const actions = fc.record({
  wait: fc.oneof(fc.constant(0), fc.nat(60), fc.nat(1500), fc.nat(6000)),
  what: fc.constantFrom<What[]>(
    'handover',
    'handover',
    'handover',
    'handover',
    'abort',
    'change',
    'amend',
    'leave',
    'restart',
    'start',
    'stop',
    'strike',
    'strike-next',
    'nothing',
  ),
  whom: fc.constantFrom(...names),
  changes,
  /** The brain dies before, and another one comes after this many milliseconds. */
  away: rarely(fc.oneof(fc.constant(0), fc.nat(60), fc.nat(4000))),
});

test('the sentence holds in random histories, what has not committed is undone, and every one of them can be ended', () => {
  const seen = { committed: 0, failed: 0, crowded: 0, left: 0, retired: 0 };
  fc.assert(
    fc.property(
      fc.tuple(specs, specs),
      fc.array(fates, { minLength: 1, maxLength: 6 }),
      fc.array(actions, { maxLength: 14 }),
      fc.nat(30),
      ([a, b], fate, history, late) => {
        const witness = new HandoverWitness(new FakeInit(fate, true), late);
        const processes = [program('a', a), program('b', b)];
        witness.happen({ type: 'group-added', at: 0, group: { name: 'g', priority: 1, processes } });
        for (const { wait, what, whom, changes: changed, away } of history) {
          witness.live(witness.now + wait);
          if (away !== null) witness.die(away);
          const process = witness.world.processes.get(whom);
          const others = [...witness.world.processes.values()].filter(
            ({ spec, leaving }) => !leaving && spec.key !== whom,
          );
          const kept = others.map(({ spec }) => spec);
          const known = process?.spec ?? program(whom.slice(2), a);
          if (what === 'change') witness.change([...kept, { ...known, ...changed }], [whom]);
          else if (what === 'amend') witness.change([...kept, { ...known, ...inPlace(changed) }], []);
          else if (what === 'leave') witness.change(kept, []);
          else if (process === undefined) continue;
          else if (what === 'restart') witness.restart(whom, { ...known, ...changed });
          else if (what === 'handover') witness.handover(whom, changed);
          else if (what === 'strike') witness.init.strike(whom, process?.generation);
          else if (what === 'strike-next') witness.init.strike(whom, process?.next?.generation ?? 0);
          else if (what !== 'nothing') witness.command(what, whom);
        }
        const asked = witness.now;
        witness.shutdown();
        witness.live(Infinity);
        witness.checkEnd();
        // Two priorities at most, each with a spawn under way, a grace that is used up, late deadlines and a kill.
        assert.ok(
          (witness.exitedAt ?? Infinity) - asked <= 2 * (spawnDelay + longestGrace + 3 * late + 30),
          'a shutdown is bounded',
        );
        for (const what of ['committed', 'failed', 'crowded', 'left', 'retired'] as const)
          seen[what] += witness.seen[what];
      },
    ),
    fuzz(6000),
  );
  assert.ok(
    seen.committed > 500 && seen.failed > 500 && seen.crowded > 20 && seen.left > 500 && seen.retired > 50,
    JSON.stringify(seen),
  );
});

test('a quiet service is handed over in bounded time, or says why not', () => {
  const steady: fc.Arbitrary<Fate> = fates.map((fate) => ({ ...fate, fails: false, lifetime: null }));
  fc.assert(
    fc.property(specs, steady, fates, fc.nat(30), (spec, first, second, late) => {
      const witness = new HandoverWitness(new FakeInit([first, second], true), late);
      const processes = [program('a', { ...spec, handover: 'overlap' })];
      witness.happen({ type: 'group-added', at: 0, group: { name: 'g', priority: 1, processes } });
      witness.live(witness.now + 5000);
      witness.handover('g:a', {});
      // Readiness, settling, a doubt as long as readiness, and the end of one that comes to nothing.
      const terms = Math.max(3000, 2000) + 2000 + 3000 + longestGrace;
      witness.live(witness.now + spawnDelay + terms + 4 * late + 1000 + 20);
      assert.equal(witness.world.processes.get('g:a')?.next, null);
      assert.equal(witness.seen.committed + witness.seen.failed, 1);
    }),
    fuzz(500),
  );
});

test('no event whatever makes the step throw, answer twice, change the former world, or say STOPPED of what lives', () => {
  const at = fc.nat(10_000);
  const process = fc.constantFrom(...names, 'g:nobody');
  // init knows only numbers that the core has given; 0 is none.
  const generation = fc.integer({ min: 1, max: 9 });
  const status = fc.constantFrom<Fate['status']>({ code: 0, signal: null, core: false });
  const here = { at, process, generation };
  const why = fc.constant('why');
  const type = <T extends string>(name: T): fc.Arbitrary<T> => fc.constant(name);
  const spec = fc.tuple(changes, fc.constantFrom('a', 'b')).map(([some, name]) => program(name, some));
  const groups = fc.tuple(changes, changes, fc.subarray(['a', 'b'])).map(([one, other, present]) => ({
    name: 'g',
    priority: 1,
    processes: [program('a', one), program('b', other)].filter(({ name }) => present.includes(name)),
  }));
  const event: fc.Arbitrary<Event> = fc.oneof(
    fc.record({ type: type('start'), at, process }),
    fc.record({ type: type('stop'), at, process }),
    fc.record({ type: type('handover'), at, process, spec }),
    fc.record({ type: type('handover'), at, process: type('g:a'), spec: changes.map((some) => program('a', some)) }),
    fc.record({ type: type('abort'), at, process }),
    fc.record({ type: type('restart'), at, process, spec }),
    fc.record({ type: type('group-changed'), at, group: groups, renewed: fc.subarray([...names]) }),
    fc.record({ type: type('spawned'), ...here, pid: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ type: type('spawn-failed'), ...here, reason: why }),
    fc.record({ type: type('ready'), ...here, evidence: why }),
    fc.record({ type: type('unready'), ...here, reason: why }),
    fc.record({ type: type('unsteady'), ...here, reason: why }),
    fc.record({ type: type('steady'), ...here }),
    fc.record({ type: type('quieted'), ...here }),
    fc.record({ type: type('lacking'), ...here, what: why }),
    fc.record({ type: type('extend'), ...here, by: at }),
    fc.record({ type: type('unhealthy'), ...here, reason: why }),
    fc.record({ type: type('finish'), at, process }),
    fc.record({ type: type('exited'), ...here, status }),
    fc.record({ type: type('empty'), ...here }),
    fc.record({ type: type('deadline'), at, process, epoch: fc.nat(5) }),
    fc.record({ type: type('deadline'), ...here, epoch: fc.nat(5) }),
  );
  const group = { name: 'g', priority: 1, processes: [program('a'), program('b')] };
  const commands = new Set<Event['type']>(['start', 'stop', 'handover', 'abort', 'finish', 'restart']);
  fc.assert(
    fc.property(fc.array(fc.array(event, { minLength: 1, maxLength: 4 }), { maxLength: 40 }), (batches) => {
      let { world } = step(emptyWorld, { type: 'group-added', at: 0, group });
      let ticket = 0;
      const open = new Set<Ticket>();
      for (const batch of batches) {
        const before = structuredClone(world);
        const events = batch.map((one) => {
          if (!commands.has(one.type)) return one;
          open.add(++ticket);
          return { ...one, ticket };
        });
        const result = step(world, ...events);
        assert.deepEqual(world, before, 'the former world is as it was');
        world = result.world;
        for (const effect of result.effects) if (effect.type === 'answer') assert.ok(open.delete(effect.ticket));
        for (const one of world.processes.values()) {
          if (one.state === 'STOPPED')
            assert.equal(one.generation + (one.next?.generation ?? 0) + one.draining.length, 0);
        }
      }
      const waiting = [...world.processes.values()].flatMap(({ waiters, next, queued }) => [
        ...waiters.map((waiter) => waiter.ticket),
        ...(next?.aborts ?? []),
        ...[next?.ticket, queued?.ticket].filter((one) => one !== undefined),
      ]);
      const byNumber = (a: number, b: number): number => a - b;
      assert.deepEqual([...open].toSorted(byNumber), waiting.toSorted(byNumber), 'who is not answered waits');
    }),
    fuzz(1500),
  );
});
