import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { memoOf, recall, recallGround, recallGroup } from '../../src/core/memo.ts';
import type { ProcessSpec } from '../../src/core/program.ts';
import { type Kept, resume } from '../../src/core/resume.ts';
import { afterDeath } from '../support/brain-death.ts';
import { FakeInit, type Fate } from '../support/fake-init.ts';
import { fuzz } from '../support/fuzz.ts';
import { HandoverWitness } from '../support/handover-witness.ts';
import { code, History, program } from '../support/history.ts';

/** The brain dies and another one comes at once; init has kept these. */
function reborn(history: History, ...kept: readonly Partial<Kept>[]): void {
  history.world = afterDeath(history.world);
  history.deadlines.clear();
  history.take();
  const { effects, events } = resume(history.world, kept.map(whole), history.now);
  for (const effect of effects) {
    if (effect.type === 'arm') history.deadlines.set(`${effect.process} ${effect.generation ?? ''}`, effect);
    else history.effects.push(effect);
  }
  history.happen(...events);
}

function whole(kept: Partial<Kept>): Kept {
  const { generation = 1 } = kept;
  const dead = {
    generation,
    process: 'g:a',
    life: 'running',
    pid: 100 + generation,
    startedAt: 0,
    endedAt: 0,
  } as const;
  return { ...dead, status: null, ...kept };
}

describe('a brain that comes after another', () => {
  test('has a stop go on: told once, killed when its time is over', () => {
    const history = new History(program('a', { stopwaitsecs: 10 }));
    history.running('a');
    history.stop('a');
    history.pass(6);
    reborn(history, {});
    assert.equal(history.state('a'), 'STOPPING');
    assert.deepEqual(history.effects, []);
    history.pass(3.9);
    assert.deepEqual(history.signals(), []);
    history.pass(0.1);
    assert.deepEqual(history.signals(), ['tree SIGKILL']);
  });

  test('tries again when a backoff is over, and counts on', () => {
    const history = new History(program('a', { startretries: 2 }));
    history.spawned('a');
    history.end('a', code(1));
    assert.equal(history.process('a').failures, 1);
    reborn(history);
    assert.equal(history.state('a'), 'BACKOFF');
    history.pass(1);
    assert.deepEqual(history.spawns(), ['g:a #2']);
    history.spawned('a');
    history.end('a', code(1));
    assert.equal(history.process('a').failures, 2);
  });

  test('asks again for a spawn of which init knows nothing', () => {
    const history = new History(program('a'));
    reborn(history);
    assert.deepEqual(history.spawns(), ['g:a #1']);
    history.spawnFailed('a', 'no such file');
    assert.equal(history.process('a').spawnError, 'no such file');
  });

  test('waits for a spawn that is under way, and for one that was not wanted any more', () => {
    const history = new History(program('a'));
    history.stop('a');
    reborn(history, { life: 'spawning', pid: 0 });
    assert.deepEqual(history.effects, []);
    history.spawned('a');
    assert.deepEqual(history.signals(), ['main SIGTERM']);
  });

  test('hears of a spawn, and has the start last from then on', () => {
    const history = new History(program('a', { startsecs: 5 }));
    history.now = 4000;
    reborn(history, { startedAt: 1000 });
    assert.equal(history.process('a').startedAt, 1000);
    history.pass(2);
    assert.equal(history.state('a'), 'RUNNING');
  });

  test('judges an end by when it came, not by when it is heard of', () => {
    const history = new History(program('a', { startsecs: 5 }));
    history.now = 9000;
    reborn(history, { life: 'empty', startedAt: 1000, endedAt: 2000, status: code(3) });
    assert.equal(history.state('a'), 'BACKOFF');
    assert.equal(history.process('a').stoppedAt, 2000);
    assert.deepEqual(history.released(), [1]);
  });

  test('keeps what a main process left whose pid nobody has heard, though a handover comes to nothing', () => {
    const history = new History(program('a', { startsecs: 0, autorestart: false }));
    reborn(history, { life: 'remains', pid: 0, status: code(0) });
    history.start('a');
    history.empty('a');
    history.spawned('a');
    history.exit('a', code(0));
    assert.equal(history.process('a').generation, 2);
    const young = new History(program('a', { startsecs: 1 }));
    reborn(young, { life: 'remains', pid: 0, status: code(0) });
    young.handover('a');
    young.next('a').spawnFailed('no luck');
    assert.equal(young.process('a').generation, 1);
  });

  test('finds what a main process left', () => {
    const history = new History(program('a', { autorestart: false }));
    history.running('a');
    reborn(history, { life: 'remains', pid: 0, status: code(0) });
    assert.equal(history.process('a').remains, true);
    reborn(history, { life: 'remains', pid: 0, status: code(0) });
    assert.deepEqual(history.effects, []);
    reborn(history, { life: 'empty', pid: 0, status: code(0) });
    assert.deepEqual(history.released(), [1]);
  });

  test('takes a generation that init does not know for gone', () => {
    const history = new History(program('a', { autorestart: false }));
    history.running('a');
    reborn(history);
    assert.equal(history.state('a'), 'EXITED');
    assert.equal(history.process('a').exitStatus, null);
  });

  test('goes on with a handover, which has the time it had', () => {
    const history = new History(program('a', { hasReadiness: true, readyTimeout: 9, minReady: 2, quietTimeout: 5 }));
    history.running('a');
    history.handover('a');
    history.next('a').spawned();
    history.pass(8);
    reborn(history, {}, { generation: 2 });
    history.next('a').ready();
    history.pass(1);
    reborn(history, {}, { generation: 2 });
    history.pass(1);
    assert.deepEqual(history.promoted(), ['#1 to #2']);
    reborn(history, {}, { generation: 2 });
    assert.deepEqual(history.quieted(), [1]);
    history.pass(5);
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM']);
  });

  test('asks again for the spawn of a next generation, and gives up one that had failed', () => {
    const history = new History(program('a'));
    history.running('a');
    history.handover('a');
    reborn(history, {});
    assert.deepEqual(
      history.effects.map((effect) => effect.type === 'spawn' && effect.role),
      ['next'],
    );
    history.next('a').spawned();
    history.handover('a', { startsecs: 3 });
    assert.equal(history.process('a').next?.failure?.reason, 'superseded');
    reborn(history, {}, { generation: 2, life: 'empty', pid: 0, status: code(0) });
    assert.equal(history.process('a').next?.generation, 3);
    assert.equal(history.process('a').next?.spec.startsecs, 3);
  });

  test('does not ask one to be quiet that has ended meanwhile', () => {
    const history = new History(program('a', { hasReadiness: true, minReady: 0, quietTimeout: 5 }));
    history.running('a');
    history.handover('a');
    history.next('a').spawned().ready();
    history.pass(0);
    reborn(history, { life: 'empty', pid: 0, status: code(0) }, { generation: 2 });
    assert.deepEqual(history.quieted(), []);
    assert.deepEqual(history.process('a').draining, []);
  });

  test('kills what is nobody’s, and lets go of what is left of it', () => {
    const history = new History(program('a', { autostart: false }));
    reborn(history, { generation: 5 }, { generation: 6, life: 'empty' }, { generation: 7, life: 'spawning' });
    assert.deepEqual(history.signals(), ['tree SIGKILL']);
    assert.deepEqual(history.released(), [6]);
  });

  test('gives up a reload of which it has not seen the proof, and has a proven one last', () => {
    const history = new History(program('a', { handover: 'signal', minReady: 3 }));
    history.running('a');
    history.handover('a');
    const news = { type: 'reload', process: 'g:a', generation: 1, detail: 'it' } as const;
    reborn(history, {});
    assert.equal(history.process('a').reload, null);
    assert.deepEqual(history.steps(), ['#1 failed']);
    history.handover('a');
    history.happen({ ...news, at: history.now, news: 'signalled' }, { ...news, at: history.now, news: 'proven' });
    reborn(history, {});
    history.pass(2);
    assert.equal(history.process('a').reload?.phase, 'settling');
    history.pass(1);
    assert.deepEqual(history.steps(), ['#1 reloaded']);
  });

  test('goes on with a shutdown, to its end', () => {
    const history = new History(program('a'));
    history.running('a');
    history.shutdown();
    reborn(history, {});
    history.end('a', code(0));
    assert.ok(history.ended());
    reborn(history);
    assert.ok(history.ended());
  });

  test('keeps a configuration that waits for the next start', () => {
    const history = new History(program('a'));
    history.running('a');
    history.stop('a');
    history.change([program('a', { startsecs: 7 })], ['a']);
    reborn(history, {});
    assert.equal(history.process('a').pending?.startsecs, 7);
  });
});

describe('what is no memo', () => {
  const history = new History(program('a', { hasReadiness: true, minReady: 0 }));
  history.running('a');
  history.handover('a');
  history.next('a').spawned().ready();
  history.pass(0);
  history.handover('a');
  history.next('a').spawned();
  history.handover('a');
  const process = history.process('a');
  const { spec } = process;
  const memo = memoOf(process, () => 'it');
  const known = (name: unknown): ProcessSpec | null => (name === 'it' ? spec : null);
  const wrong: { readonly [name: string]: unknown } = {
    nothing: null,
    'a text': 'x',
    'another version’s': { ...memo, phase: 'dreaming' },
    'without its draining ones': { ...memo, draining: null },
    'with a draining one of another kind': { ...memo, draining: ['x'] },
    'with a draining one in no phase': { ...memo, draining: [{ spec: 'it', phase: 1 }] },
    'of a spec nobody knows': { ...memo, spec: 'that' },
    'with a next one of another kind': { ...memo, next: 'x' },
    'with a next one in no phase': { ...memo, next: { spec: 'it', phase: 'dreaming' } },
    'with a queued one of another kind': { ...memo, queued: 'x' },
    'with a reload of another kind': { ...memo, reload: 'x' },
    'with a reload in no phase': { ...memo, reload: { spec: 'it', phase: 'dreaming' } },
    'with a pending spec nobody knows': { ...memo, pending: 'that' },
    'with a status that is none': { ...memo, exitStatus: { code: 'x' } },
  };
  test('all of it is understood when it is one', () => {
    const recalled = recall(JSON.parse(JSON.stringify(memo)), known);
    const queued = process.queued === null ? null : { spec, ticket: undefined };
    const next = process.next === null ? null : { ...process.next, ticket: undefined };
    assert.ok(queued !== null && next !== null && process.draining.length === 1);
    assert.deepEqual(recalled, { ...process, waiters: [], queued, next });
  });
  for (const [name, value] of Object.entries(wrong)) {
    test(name, () => assert.equal(recall(value, known), null));
  }
  test('nor is it one of a group, or of the whole', () => {
    assert.equal(recallGroup({ name: 'g', priority: 1, members: [1] }), null);
    assert.equal(recallGroup('x'), null);
    assert.equal(recallGround({ mood: 'merry', nextGeneration: 1, finished: false }), null);
    assert.equal(recallGround(7), null);
  });
});

const fates: fc.Arbitrary<Fate> = fc.record({
  spawnDelay: fc.integer({ min: 1, max: 40 }),
  fails: fc.nat(9).map((dice) => dice === 0),
  lifetime: fc.option(fc.integer({ min: 100, max: 6000 }), { nil: null }),
  status: fc.constantFrom(code(0), code(1)),
  obeys: fc.option(fc.integer({ min: 1, max: 4000 }), { nil: null }),
  rest: fc.option(fc.record({ lifetime: fc.constant(null), obeys: fc.integer({ min: 1, max: 4000 }) }), { nil: null }),
  together: fc.boolean(),
  ready: fc.option(fc.nat(3000), { nil: null }),
});

const specs = fc.record({
  startsecs: fc.nat(2),
  startretries: fc.nat(2),
  stopwaitsecs: fc.nat(3),
  handover: fc.constantFrom<NonNullable<ProcessSpec['handover']>[]>('overlap', 'replace'),
  hasReadiness: fc.boolean(),
  readyTimeout: fc.integer({ min: 1, max: 3 }),
  minReady: fc.nat(2),
  quietTimeout: fc.nat(2),
  drainTimeout: fc.nat(8),
});

const histories = fc.array(
  fc.record({
    wait: fc.oneof(fc.constant(0), fc.nat(60), fc.nat(5000)),
    what: fc.constantFrom<('handover' | 'start' | 'stop' | 'abort' | 'strike')[]>(
      'handover',
      'handover',
      'start',
      'stop',
      'abort',
      'strike',
    ),
    dies: fc.boolean(),
  }),
  { maxLength: 10 },
);

test('a history in which brains die, and others come at once, ends as it does without', () => {
  const told = ({ world }: HandoverWitness): unknown => afterDeath(world);
  fc.assert(
    fc.property(specs, fc.array(fates, { minLength: 1, maxLength: 5 }), histories, (spec, fate, history) => {
      const [steady, mortal] = [0, 1].map(() => new HandoverWitness(new FakeInit(fate, true), 0));
      assert.ok(steady !== undefined && mortal !== undefined);
      const live = (witness: HandoverWitness, dies: boolean): void => {
        const processes = [program('a', spec)];
        witness.happen({ type: 'group-added', at: 0, group: { name: 'g', priority: 1, processes } });
        for (const one of history) {
          witness.live(witness.now + one.wait);
          if (one.what === 'strike') witness.init.strike('g:a');
          else if (one.what === 'handover') witness.handover('g:a', {});
          else witness.command(one.what, 'g:a');
          // Both models of init have come as far.
          witness.happen(...witness.init.until(witness.now));
          if (dies && one.dies) witness.die(0);
        }
        witness.live(witness.now + 2500);
      };
      live(steady, false);
      live(mortal, true);
      assert.deepEqual(told(mortal), told(steady));
    }),
    fuzz(2000),
  );
});
