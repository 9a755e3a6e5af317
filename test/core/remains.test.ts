import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { code, History, killedBy, program } from '../support/history.ts';

const ok = { ok: true };
const fault = (name: string): object => ({ ok: false, fault: name });

/** A history whose process `a` has ended by itself and left descendants, in the state asked for. */
function leaving(state: 'EXITED' | 'BACKOFF' | 'FATAL'): History {
  const history = new History(program('a', { autorestart: false, startretries: state === 'FATAL' ? 0 : 3 }));
  if (state === 'EXITED') history.running('a');
  else history.spawned('a');
  history.take();
  history.exit('a', code(0));
  assert.equal(history.state('a'), state);
  return history;
}

describe('a main process that ends by itself and leaves descendants', () => {
  for (const state of ['EXITED', 'BACKOFF', 'FATAL'] as const) {
    test(`${state}: nothing is killed for that alone`, () => {
      const history = leaving(state);
      assert.equal(history.process('a').remains, true);
      assert.equal(history.process('a').pid, 0);
      assert.deepEqual(history.signals(), []);
      assert.deepEqual(history.spawns(), []);
    });

    test(`${state}: when they end by themselves the state stays`, () => {
      const history = leaving(state);
      history.take();
      history.empty('a');
      assert.equal(history.state('a'), state);
      assert.deepEqual(history.entered(), []);
      assert.deepEqual(history.released(), [1]);
      assert.equal(history.process('a').remains, false);
    });

    test(`${state}: stop clears them, politely and then not`, () => {
      const history = leaving(state);
      history.take();
      const ticket = history.stop('a');
      assert.equal(history.state('a'), 'STOPPING');
      assert.deepEqual(history.signals(), ['roots SIGTERM']);
      assert.deepEqual(history.log(), ["info stopping what is left of 'a' with SIGTERM"]);
      history.pass(9.999);
      assert.deepEqual(history.signals(), ['roots SIGTERM']);
      history.pass(0.001);
      assert.deepEqual(history.signals(), ['roots SIGTERM', 'tree SIGKILL']);
      assert.equal(history.answers.get(ticket), undefined);
      history.take();
      history.empty('a');
      assert.deepEqual(history.entered(), ['STOPPED']);
      assert.deepEqual(history.answers.get(ticket), ok);
      assert.deepEqual(history.log(), ['info stopped: a (exit status 0)']);
    });
  }

  for (const state of ['EXITED', 'FATAL'] as const) {
    test(`${state}: start clears them first, and spawns only when they are gone`, () => {
      const history = leaving(state);
      history.take();
      const first = history.start('a');
      const second = history.start('a');
      assert.equal(history.state('a'), state);
      assert.deepEqual(history.signals(), ['roots SIGTERM']);
      assert.deepEqual(history.log(), ["info clearing what is left of 'a' before its successor starts"]);
      history.pass(10);
      assert.deepEqual(history.signals(), ['roots SIGTERM', 'tree SIGKILL']);
      history.pass(10);
      assert.deepEqual(history.signals(), ['roots SIGTERM', 'tree SIGKILL', 'tree SIGKILL']);
      assert.deepEqual(history.spawns(), []);
      history.take();
      history.empty('a');
      assert.deepEqual(
        history.effects.map(({ type }) => type),
        ['release', 'publish', 'spawn', 'disarm'],
      );
      history.running('a');
      assert.deepEqual(history.answers.get(first), ok);
      assert.deepEqual(history.answers.get(second), ok);
    });

    test(`${state}: a stop while they are cleared for a start gives no second signal`, () => {
      const history = leaving(state);
      const start = history.start('a');
      history.pass(4);
      history.take();
      const stop = history.stop('a');
      assert.equal(history.state('a'), 'STOPPING');
      assert.deepEqual(history.answers.get(start), fault('ABNORMAL_TERMINATION'));
      assert.deepEqual(history.signals(), []);
      history.pass(5.999);
      assert.deepEqual(history.signals(), []);
      history.pass(0.001);
      assert.deepEqual(history.signals(), ['tree SIGKILL']);
      history.empty('a');
      assert.deepEqual(history.answers.get(stop), ok);
      assert.deepEqual(history.spawns(), []);
    });
  }

  test('autorestart clears them at once: a crash of a wrapper never doubles its worker', () => {
    const history = new History(program('a'));
    history.running('a');
    history.take();
    history.exit('a', killedBy(1));
    assert.equal(history.state('a'), 'EXITED');
    assert.deepEqual(history.signals(), ['roots SIGTERM']);
    assert.deepEqual(history.spawns(), []);
    assert.deepEqual(history.log(), [
      'warn exited: a (terminated by SIGHUP; not expected)',
      "info clearing what is left of 'a' before its successor starts",
    ]);
    history.empty('a');
    assert.deepEqual(history.spawns(), ['g:a #2']);
    assert.equal(history.state('a'), 'STARTING');
  });

  test('an exit that was RUNNING before the deadline came is cleared likewise', () => {
    const history = new History(program('a', { autorestart: true }));
    history.spawned('a');
    history.now = 1500;
    history.exit('a', code(0));
    assert.deepEqual(history.entered(), ['STARTING', 'RUNNING', 'EXITED']);
    assert.equal(history.process('a').phase, 'exited-clearing');
  });

  test('no successor is due: that exit leaves them alone', () => {
    const history = new History(program('a', { autorestart: false }));
    history.spawned('a');
    history.now = 1500;
    history.exit('a', code(0));
    assert.equal(history.process('a').phase, 'exited-remains');
    assert.equal(history.deadlines.size, 0);
  });

  test('BACKOFF: they are cleared when the retry is due, and the retry follows them', () => {
    const history = leaving('BACKOFF');
    history.take();
    history.pass(0.999);
    assert.deepEqual(history.signals(), []);
    history.pass(0.001);
    assert.equal(history.state('a'), 'BACKOFF');
    assert.deepEqual(history.signals(), ['roots SIGTERM']);
    assert.deepEqual(history.answers.get(history.start('a')), fault('ALREADY_STARTED'));
    history.pass(10);
    assert.deepEqual(history.signals(), ['roots SIGTERM', 'tree SIGKILL']);
    history.empty('a');
    assert.deepEqual(history.spawns(), ['g:a #2']);
    assert.equal(history.process('a').failures, 1);
  });

  test('BACKOFF: when they end first the retry is made in its time', () => {
    const history = leaving('BACKOFF');
    history.take();
    history.pass(0.5);
    history.empty('a');
    history.pass(0.499);
    assert.deepEqual(history.spawns(), []);
    history.pass(0.001);
    assert.deepEqual(history.spawns(), ['g:a #2']);
  });

  test('BACKOFF: a stop while they are cleared gives no second signal', () => {
    const history = leaving('BACKOFF');
    history.pass(1);
    history.take();
    const stop = history.stop('a');
    assert.deepEqual(history.signals(), []);
    history.empty('a');
    assert.deepEqual(history.answers.get(stop), ok);
    assert.equal(history.state('a'), 'STOPPED');
  });
});
