import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProcessSpec } from '../../src/core/program.ts';
import { code, failed, History, program } from '../support/history.ts';

/** A queue worker: its drain waits for the task it has in hand, its stop does not. */
const worker: Partial<ProcessSpec> = {
  stopwaitsecs: 10,
  quietSignal: 28,
  quietTimeout: 0.2,
  drainTimeout: 3600,
  drainPolicy: 'keep',
  maxDraining: 8,
  hasReadiness: true,
  minReady: 1,
};

/** `a` runs as generation 1, and generation 2 is on its way with a handover. */
function begun(keys: Partial<ProcessSpec> = {}): { history: History; ticket: number } {
  const history = new History(program('a', { ...worker, ...keys }));
  history.running('a');
  history.take();
  const ticket = history.handover('a');
  history.next('a').spawned();
  return { history, ticket };
}

describe('a next worker that is not wanted any more and may have a task in hand', () => {
  test('two quick handovers: it finishes a task of 12 s, and the latest does not wait for that', () => {
    const { history, ticket } = begun();
    history.next('a').ready();
    history.handover('a');
    assert.deepEqual(history.answers.get(ticket), failed('settling', 'superseded'));
    assert.deepEqual(history.spawns(), ['g:a #2', 'g:a #3']);
    assert.deepEqual(history.quieted(), [2]);
    history.next('a').spawned().ready();
    history.pass(12);
    assert.deepEqual(history.promoted(), ['#1 to #3']);
    assert.deepEqual(history.signalsTo(2), ['main SIGWINCH', 'main SIGTERM']);
    history.generation('a', 2).end(code(0));
    assert.deepEqual(history.released(), [2]);
    assert.deepEqual(history.steps().slice(0, 4), ['#2 spawned', '#2 ready', '#2 failed', '#2 quiet']);
  });

  test('an abort is answered when it drains; the current one has heard of nothing', () => {
    const { history, ticket } = begun();
    history.next('a').ready();
    const abort = history.abort('a');
    assert.deepEqual(history.answers.get(ticket), failed('settling', 'aborted'));
    assert.deepEqual(history.answers.get(abort), { ok: true });
    assert.equal(history.process('a').next, null);
    assert.deepEqual(history.signalsTo(1), []);
    history.pass(3600.2);
    assert.deepEqual(
      history.process('a').draining.map(({ generation, phase }) => [generation, phase]),
      [[2, 'overdue']],
    );
  });

  test('before it is ready it is one that drains only where nobody would say that it is', () => {
    const heard = begun().history;
    heard.abort('a');
    assert.equal(heard.process('a').next?.phase, 'undoing');
    const unheard = begun({ hasReadiness: false, assumedAfter: 30 }).history;
    unheard.abort('a');
    assert.equal(unheard.process('a').next, null);
    assert.equal(unheard.process('a').draining[0]?.phase, 'quieting');
  });

  test('a deadline that it had as a next one does not end its drain', () => {
    const { history } = begun({ quietTimeout: 0, drainPolicy: 'kill' });
    const { epoch } = history.process('a').next ?? { epoch: 0 };
    history.next('a').ready();
    history.abort('a');
    for (const stale of [epoch, epoch + 1]) {
      history.happen({ type: 'deadline', at: history.now, process: 'g:a', generation: 2, epoch: stale });
    }
    assert.deepEqual(history.signalsTo(2), ['main SIGTERM']);
  });

  test('of more than max_draining the oldest goes', () => {
    const { history } = begun({ maxDraining: 1 });
    history.next('a').ready();
    history.handover('a');
    history.next('a').spawned().ready();
    history.handover('a');
    assert.deepEqual(history.signalsTo(2), ['main SIGWINCH', 'tree SIGKILL']);
    assert.deepEqual(history.signalsTo(3), ['main SIGWINCH']);
  });

  test('a commit where nobody was current any more keeps the bound of the new spec, too', () => {
    const { history } = begun({ maxDraining: 2 });
    history.end('a', code(1));
    for (const keys of [{}, { maxDraining: 1 }]) {
      history.next('a').ready();
      history.handover('a', keys);
      history.next('a').spawned();
    }
    assert.deepEqual(history.signalsTo(2), ['main SIGWINCH']);
    history.next('a').ready();
    history.pass(1);
    assert.equal(history.process('a').generation, 4);
    assert.equal(history.signalsTo(2).at(-1), 'tree SIGKILL');
    assert.ok(!history.signalsTo(3).includes('tree SIGKILL'));
  });

  test('where a drain has no more time than a stop, it is removed as ever, before the latest is tried', () => {
    const { history } = begun({ quietTimeout: 0, drainTimeout: 10, drainPolicy: 'kill' });
    history.next('a').ready();
    history.handover('a');
    assert.equal(history.process('a').next?.phase, 'undoing');
    assert.deepEqual(history.spawns(), ['g:a #2']);
  });

  test('with a longer time to drain the policy is no matter', () => {
    const { history } = begun({ drainTimeout: 60, drainPolicy: 'kill' });
    history.next('a').ready();
    history.abort('a');
    assert.equal(history.process('a').draining[0]?.phase, 'quieting');
  });

  test('the current one dies meanwhile: autorestart has its turn at once', () => {
    const { history } = begun({ autorestart: true });
    history.end('a', code(1));
    history.next('a').ready();
    history.abort('a');
    assert.deepEqual(history.spawns(), ['g:a #2', 'g:a #3']);
    assert.equal(history.process('a').draining[0]?.generation, 2);
  });

  for (const what of ['stop', 'shutdown'] as const) {
    test(`a ${what} gives it stopwaitsecs`, () => {
      const { history } = begun();
      history.next('a').ready();
      if (what === 'stop') history.stop('a');
      else history.shutdown();
      assert.deepEqual(history.signalsTo(2), ['main SIGTERM']);
      history.pass(10);
      assert.deepEqual(history.signalsTo(2), ['main SIGTERM', 'tree SIGKILL']);
    });
  }
});

describe('one that replaces and may have a task in hand', () => {
  /** Generation 1 has made room, generation 2 is ready and not wanted any more. */
  function undone(): History {
    const { history } = (() => {
      const made = new History(program('a', { ...worker, handover: 'replace', drainSignal: 2 }));
      made.running('a');
      made.handover('a');
      made.end('a', code(0));
      made.next('a').spawned().ready();
      made.take();
      made.handover('a');
      return { history: made };
    })();
    return history;
  }

  test('is waited for, since there are never two', () => {
    const history = undone();
    history.pass(3599);
    assert.deepEqual(history.signalsTo(2), ['main SIGINT']);
    assert.deepEqual(history.spawns(), []);
    history.generation('a', 2).end(code(0));
    assert.deepEqual(history.spawns(), ['g:a #3']);
  });

  test('has no longer than its drain', () => {
    const history = undone();
    history.pass(3600);
    assert.deepEqual(history.signalsTo(2), ['main SIGINT', 'tree SIGKILL']);
  });

  for (const left of [false, true]) {
    test(`a stop gives it stopwaitsecs and tells it nothing twice (${left ? 'what it left' : 'its main process'})`, () => {
      const history = undone();
      history.pass(5);
      if (left) history.generation('a', 2).exit(code(0));
      const signals = history.signalsTo(2);
      history.stop('a');
      history.pass(6);
      history.stop('a');
      history.pass(3.999);
      assert.deepEqual(history.signalsTo(2), signals);
      history.pass(0.001);
      assert.deepEqual(history.signalsTo(2), [...signals, 'tree SIGKILL']);
    });
  }

  test('one that might overlap, but beside nobody, is gone before its successor, too', () => {
    const history = new History(program('a', { ...worker, handover: 'replace' }));
    history.running('a');
    history.handover('a');
    history.end('a', code(0));
    history.next('a').spawned();
    // Undone, and followed by one that might overlap; its successor must not.
    history.handover('a', { handover: 'overlap' });
    history.generation('a', 2).end(code(0));
    history.next('a').spawned().ready();
    history.take();
    history.handover('a', { handover: 'replace' });
    assert.deepEqual(history.spawns(), []);
    history.pass(100);
    assert.deepEqual(history.signalsTo(3), ['main SIGTERM']);
    history.generation('a', 3).end(code(0));
    assert.deepEqual(history.spawns(), ['g:a #4']);
  });
});
