import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProcessSpec } from '../../src/core/program.ts';
import { code, History, program } from '../support/history.ts';

const SIGINT = 2;
const SIGQUIT = 3;

/** A stop is quick, hard and for the whole group; a drain is none of that. */
const manner: Partial<ProcessSpec> = {
  stopsignal: SIGQUIT,
  stopasgroup: true,
  stopwaitsecs: 10,
  drainSignal: SIGINT,
  drainAsGroup: false,
  drainTimeout: 3600,
  hasReadiness: true,
  minReady: 0,
};

function running(keys: Partial<ProcessSpec> = {}): History {
  const history = new History(program('a', { ...manner, ...keys }));
  history.running('a');
  history.take();
  return history;
}

/** Generation 2 runs and generation 1 drains. */
function draining(keys: Partial<ProcessSpec> = {}): History {
  const history = running(keys);
  history.handover('a');
  history.next('a').spawned().ready();
  history.pass(0);
  return history;
}

describe('the manner of a drain', () => {
  test('has its own signal, for the main process and then for the roots of what that left', () => {
    const history = draining();
    assert.deepEqual(history.signalsTo(1), ['main SIGINT']);
    assert.equal(history.detail('draining'), 'SIGINT to its main process');
    history.generation('a', 1).exit(code(0));
    assert.deepEqual(history.signalsTo(1), ['main SIGINT', 'roots SIGINT']);
  });

  test('may be for the whole group', () => {
    assert.deepEqual(draining({ drainAsGroup: true }).signalsTo(1), ['group SIGINT']);
  });

  test('is not that of a stop: who is quiet when the process is stopped gets the stop signal', () => {
    const history = draining({ quietTimeout: 60 });
    history.stop('a');
    assert.deepEqual(history.signalsTo(1), ['group SIGQUIT']);
    history.pass(10);
    assert.deepEqual(history.signalsTo(1), ['group SIGQUIT', 'tree SIGKILL']);
  });

  test('is also that of making room: a singleton that works is not cut after stopwaitsecs', () => {
    const history = running({ handover: 'replace' });
    history.handover('a');
    assert.deepEqual(history.signals(), ['main SIGINT']);
    history.pass(3599);
    assert.deepEqual(history.signals(), ['main SIGINT']);
    history.exit('a', code(0));
    assert.deepEqual(history.signals(), ['main SIGINT', 'roots SIGINT']);
    history.pass(1);
    assert.deepEqual(history.signals(), ['main SIGINT', 'roots SIGINT', 'tree SIGKILL']);
  });

  for (const what of ['stop', 'shutdown'] as const) {
    test(`a ${what} while it makes room is not kept waiting, and signals nobody twice`, () => {
      const history = running({ handover: 'replace' });
      history.handover('a');
      history.pass(5);
      if (what === 'stop') history.stop('a');
      else history.shutdown();
      history.pass(9.999);
      assert.deepEqual(history.signals(), ['main SIGINT']);
      history.pass(0.001);
      assert.deepEqual(history.signals(), ['main SIGINT', 'tree SIGKILL']);
    });
  }

  test('a second stop gives nobody more time', () => {
    const history = running();
    history.stop('a');
    history.pass(6);
    history.stop('a');
    history.pass(4);
    assert.deepEqual(history.signals(), ['group SIGQUIT', 'tree SIGKILL']);
    history.stop('a');
    history.pass(9.999);
    assert.equal(history.signals().length, 2);
  });
});

describe('readiness that need not be said', () => {
  const silent: Partial<ProcessSpec> = { hasReadiness: false, assumedAfter: 30, minReady: 1 };

  test('is assumed after its time', () => {
    const history = running(silent);
    history.handover('a');
    history.next('a').spawned();
    history.pass(29.999);
    assert.deepEqual(history.steps(), ['#2 spawned']);
    history.pass(0.001);
    assert.equal(history.detail('ready'), 'assumed after 30 s');
  });

  test('counts as soon as it is said', () => {
    const history = running(silent);
    history.handover('a');
    history.next('a').spawned().ready('it takes work');
    assert.equal(history.detail('ready'), 'it takes work');
    history.pass(1);
    assert.deepEqual(history.promoted(), ['#1 to #2']);
  });
});
