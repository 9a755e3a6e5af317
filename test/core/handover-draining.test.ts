import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProcessSpec } from '../../src/core/program.ts';
import { code, History, killedBy, program } from '../support/history.ts';

const told: Partial<ProcessSpec> = { hasReadiness: true, minReady: 0, drainTimeout: 60, stopwaitsecs: 10 };

/** Hands `a` over once more. */
function handOver(history: History): void {
  history.handover('a');
  history.next('a').spawned().ready();
  history.pass(0);
}

/** Generation 2 of `a` runs and generation 1 drains. */
function draining(keys: Partial<ProcessSpec> = {}): History {
  const history = new History(program('a', { ...told, ...keys }));
  history.running('a');
  history.take();
  handOver(history);
  return history;
}

describe('a draining generation', () => {
  test('is asked to be quiet first, and told to stop when it is', () => {
    const history = draining({ quietTimeout: 5 });
    assert.deepEqual(history.quieted(), [1]);
    history.pass(4.999);
    assert.deepEqual(history.signals(), []);
    history.generation('a', 1).quieted();
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM']);
    history.generation('a', 1).quieted();
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM'], 'once');
    history.generation('a', 1).end(code(0));
    assert.deepEqual(history.steps().slice(-5), ['#2 committed', '#1 quiet', '#1 draining', '#1 drained', '#1 gone']);
  });

  test('is told to stop at quietTimeout', () => {
    const history = draining({ quietTimeout: 5 });
    history.pass(5);
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM']);
    history.pass(59.999);
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM']);
    history.pass(0.001);
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM', 'tree SIGKILL']);
  });

  test('may go while it is quiet, with or without remains', () => {
    const plain = draining({ quietTimeout: 5 });
    plain.generation('a', 1).end(code(0));
    assert.deepEqual(plain.released(), [1]);
    assert.equal(plain.deadlines.size, 0);
    const remains = draining({ quietTimeout: 5 });
    remains.generation('a', 1).exit(code(0));
    assert.deepEqual(remains.signalsTo(1), ['roots SIGTERM']);
    remains.pass(60);
    assert.deepEqual(remains.signalsTo(1), ['roots SIGTERM', 'tree SIGKILL']);
    remains.generation('a', 1).quieted();
    remains.generation('a', 1).empty();
    assert.deepEqual(remains.released(), [1]);
  });

  test('has its roots told when the main process is gone, within the same drainTimeout', () => {
    const history = draining();
    history.pass(50);
    history.generation('a', 1).exit(code(0));
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM', 'roots SIGTERM']);
    history.generation('a', 1).quieted();
    history.pass(9.999);
    assert.equal(history.signalsTo(1).length, 2);
    history.pass(0.001);
    assert.deepEqual(history.signalsTo(1).at(-1), 'tree SIGKILL');
    assert.match(history.log().at(-1) ?? '', /killing draining generation 1 of 'a' with SIGKILL/);
    history.pass(10);
    assert.equal(history.signalsTo(1).length, 4, 'again until it is empty');
    history.generation('a', 1).empty();
    assert.deepEqual(history.released(), [1]);
  });

  test('is signalled as its group where stopasgroup says so', () => {
    assert.deepEqual(draining({ stopasgroup: true }).signalsTo(1), ['group SIGTERM']);
  });

  test('is kept after drainTimeout where the policy says so, and may go when it likes', () => {
    const history = draining({ drainPolicy: 'keep' });
    history.pass(3600);
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM']);
    assert.equal(history.process('a').draining[0]?.phase, 'overdue');
    assert.equal(history.deadlines.size, 0);
    assert.equal(history.detail('overdue'), 'kept after 60 s');
    history.generation('a', 1).quieted();
    history.generation('a', 1).exit(code(0));
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM', 'roots SIGTERM']);
    history.pass(60);
    history.generation('a', 1).quieted();
    history.generation('a', 1).empty();
    assert.deepEqual(history.released(), [1]);
  });

  test('that is kept ends with its process', () => {
    for (const how of ['end', 'exit'] as const) {
      const history = draining({ drainPolicy: 'keep' });
      history.pass(60);
      history.take();
      history.stop('a');
      history.generation('a', 1).quieted();
      assert.deepEqual(history.signalsTo(1), [], 'it was told');
      history.generation('a', 1)[how](code(0));
      assert.deepEqual(history.signalsTo(1), how === 'exit' ? ['roots SIGTERM'] : []);
      history.end('a', code(0));
      history.pass(10);
      if (how === 'exit') {
        assert.deepEqual(history.signalsTo(1), ['roots SIGTERM', 'tree SIGKILL']);
        history.generation('a', 1).quieted();
        history.generation('a', 1).empty();
      }
      assert.equal(history.state('a'), 'STOPPED');
    }
  });

  test('that is kept without its main process may go, and ends with its process', () => {
    const history = draining({ drainPolicy: 'keep' });
    history.generation('a', 1).exit(code(0));
    history.pass(60);
    assert.equal(history.process('a').draining[0]?.phase, 'overdue');
    history.generation('a', 1).empty();
    assert.deepEqual(history.released(), [1]);
  });

  test('that was quiet is told to stop when its process is stopped; with less time than that it is killed in time', () => {
    const history = draining({ quietTimeout: 5 });
    history.stop('a');
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM']);
    history.end('a', code(0));
    history.pass(5);
    assert.deepEqual(
      history.signalsTo(1),
      ['main SIGTERM', 'tree SIGKILL'],
      'its quiet time was nearer than stopwaitsecs',
    );
    history.stop('a');
    history.generation('a', 1).quieted();
    history.generation('a', 1).exit(killedBy(9));
    history.generation('a', 1).empty();
    assert.equal(history.state('a'), 'STOPPED');
  });

  test('is reported in an order that cannot be: it is said and changes nothing', () => {
    const history = draining();
    history.generation('a', 1).exit(code(0));
    const { world } = history;
    history.take();
    history.generation('a', 1).exit(code(0));
    assert.deepEqual(history.log(), [
      "warn draining generation 1 of 'a' heard 'exited' while draining-remains, which is impossible: ignored",
    ]);
    assert.equal(history.world, world);
    history.generation('a', 1).spawned();
    assert.equal(history.world, world, 'a spawn that was answered long ago');
  });
});

describe('several draining generations', () => {
  test('never hold up the next handover; at maxDraining the oldest is killed, and does not count any more', () => {
    const history = draining({ maxDraining: 2, drainTimeout: 3600 });
    handOver(history);
    assert.deepEqual(
      history.process('a').draining.map(({ generation }) => generation),
      [1, 2],
    );
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM']);
    handOver(history);
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM', 'tree SIGKILL']);
    assert.deepEqual(history.signalsTo(2), ['main SIGTERM']);
    handOver(history);
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM', 'tree SIGKILL']);
    assert.deepEqual(history.signalsTo(2), ['main SIGTERM', 'tree SIGKILL']);
    assert.equal(history.process('a').generation, 5);
    for (const generation of [2, 1, 4, 3]) history.generation('a', generation).end(killedBy(9));
    assert.deepEqual(history.released(), [2, 1, 4, 3]);
    assert.deepEqual(history.process('a').draining, []);
  });

  test('a handover that fails kills nobody', () => {
    const history = draining({ maxDraining: 1, drainTimeout: 3600 });
    history.handover('a');
    history.next('a').spawned().end(code(1));
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM']);
  });

  test('one at least is allowed, so that every former one can drain', () => {
    const history = draining({ maxDraining: 0 });
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM']);
  });

  test('a bound that was lowered by the new spec is kept at once', () => {
    const history = draining({ maxDraining: 3, drainTimeout: 3600 });
    handOver(history);
    history.handover('a', { maxDraining: 1 });
    history.next('a').spawned().ready();
    history.pass(0);
    assert.deepEqual(history.signalsTo(1).at(-1), 'tree SIGKILL');
    assert.deepEqual(history.signalsTo(2).at(-1), 'tree SIGKILL');
    assert.deepEqual(history.signalsTo(3), ['main SIGTERM']);
  });
});
