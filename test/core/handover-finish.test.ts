import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProcessSpec } from '../../src/core/program.ts';
import { code, History, program } from '../support/history.ts';

const told: Partial<ProcessSpec> = { hasReadiness: true, minReady: 0, drainTimeout: 10 };

/** Generation 2 of `a` runs and generation 1 drains. */
function draining(keys: Partial<ProcessSpec> = {}): History {
  const history = new History(program('a', { ...told, ...keys }));
  history.running('a');
  history.handover('a');
  history.next('a').spawned().ready();
  history.pass(0);
  return history;
}

describe('drain_policy=ask', () => {
  test('keeps who has used its time up until somebody says finish', () => {
    const history = draining({ drainPolicy: 'ask' });
    history.pass(3600);
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM']);
    assert.equal(history.detail('overdue'), 'kept after 10 s, until it is finished');
    const ticket = history.finish('a');
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM', 'tree SIGKILL']);
    assert.deepEqual(history.answers.get(ticket), { ok: true });
    history.generation('a', 1).end(code(0));
    assert.deepEqual(history.released(), [1]);
    assert.equal(history.state('a'), 'RUNNING');
  });

  test('finish is for all that drain, and refused where nothing does', () => {
    const history = draining({ quietTimeout: 60 });
    history.handover('a');
    history.next('a').spawned().ready();
    history.pass(0);
    history.finish('a');
    assert.deepEqual([history.signalsTo(1), history.signalsTo(2)], [['main SIGTERM'], ['main SIGTERM']]);
    history.finish('a');
    history.generation('a', 1).end(code(0));
    history.generation('a', 2).end(code(0));
    const ticket = history.finish('a');
    assert.deepEqual(history.answers.get(ticket), { ok: false, fault: 'NOT_RUNNING' });
    assert.deepEqual(history.answers.get(history.finish('b')), { ok: false, fault: 'BAD_NAME' });
  });
});

describe('signals of its own for a drain', () => {
  test('quiet_signal begins the quiet step, without SIGCONT; drain_signal takes the place of the stop signal', () => {
    const history = draining({ quietSignal: 20, quietTimeout: 5, drainSignal: 3 });
    assert.deepEqual(history.signalsTo(1), ['main SIGTSTP']);
    assert.ok(history.effects.some((effect) => effect.type === 'signal' && effect.signal === 20 && !effect.cont));
    assert.deepEqual(history.quieted(), [1]);
    history.pass(5);
    assert.deepEqual(history.signalsTo(1), ['main SIGTSTP', 'main SIGQUIT']);
    history.generation('a', 1).exit(code(0));
    assert.deepEqual(history.signalsTo(1), ['main SIGTSTP', 'main SIGQUIT', 'roots SIGQUIT']);
  });

  test('a stop of the process is a stop', () => {
    const history = draining({ quietTimeout: 5, drainSignal: 3 });
    history.stop('a');
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM']);
  });

  test('without a quiet step there is no quiet signal', () => {
    assert.deepEqual(draining({ quietSignal: 20 }).signalsTo(1), ['main SIGTERM']);
  });
});
