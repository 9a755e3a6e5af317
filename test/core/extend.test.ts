import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProcessSpec } from '../../src/core/program.ts';
import { code, failed, History, program } from '../support/history.ts';

const told: Partial<ProcessSpec> = { hasReadiness: true, readyTimeout: 5, minReady: 0, drainTimeout: 10 };

/** Generation 1 of `a` is RUNNING, and a next one is becoming ready. */
function becoming(keys: Partial<ProcessSpec> = {}): { history: History; ticket: number } {
  const history = new History(program('a', { ...told, ...keys }));
  history.running('a');
  const ticket = history.handover('a');
  history.next('a').spawned();
  history.take();
  return { history, ticket };
}

/** Generation 2 of `a` is RUNNING, and generation 1 drains. */
function draining(keys: Partial<ProcessSpec> = {}): History {
  const { history } = becoming(keys);
  history.next('a').ready();
  history.pass(0);
  history.take();
  return history;
}

describe('a generation that asks for time', () => {
  test('while it becomes ready has so long from then on, and comes to nothing after that', () => {
    const { history, ticket } = becoming();
    history.pass(4);
    history.next('a').extend(60);
    history.pass(59.999);
    assert.equal(history.process('a').next?.phase, 'readying');
    history.pass(0.001);
    history.next('a').end(code(0));
    assert.deepEqual(history.answers.get(ticket), failed('readying', 'not ready within the time it asked for'));
  });

  test('for less than it has loses nothing', () => {
    const { history } = becoming();
    history.next('a').extend(1);
    history.pass(4.999);
    assert.equal(history.process('a').next?.phase, 'readying');
    history.pass(0.001);
    assert.equal(history.process('a').next?.phase, 'undoing');
  });

  test('gets none where being alive is the readiness, nor while it settles', () => {
    const { history } = becoming({ hasReadiness: false, startsecs: 1, minReady: 3 });
    history.next('a').extend(60);
    history.pass(1);
    assert.equal(history.process('a').next?.phase, 'settling');
    history.next('a').extend(60);
    history.pass(3);
    assert.equal(history.process('a').next, null);
  });

  test('while it drains is not killed before', () => {
    const history = draining();
    history.generation('a', 1).extend(30);
    history.pass(29.999);
    assert.deepEqual(history.signalsTo(1), []);
    history.pass(0.001);
    assert.deepEqual(history.signalsTo(1), ['tree SIGKILL']);
    history.generation('a', 1).extend(30);
    history.pass(10);
    assert.equal(history.signalsTo(1).length, 2, 'who is being killed has no say');
  });

  test('while it drains and another does has it alone', () => {
    const history = draining();
    history.handover('a');
    history.next('a').spawned().ready();
    history.pass(0);
    history.take();
    history.generation('a', 1).extend(30);
    history.pass(10);
    assert.deepEqual([history.signalsTo(1), history.signalsTo(2)], [[], ['tree SIGKILL']]);
  });

  test('while it is stopped is not killed before', () => {
    const history = new History(program('a', { stopwaitsecs: 10 }));
    history.running('a');
    history.generation('a', 1).extend(60);
    history.stop('a');
    history.generation('a', 1).extend(60);
    history.pass(59.999);
    assert.deepEqual(history.signals(), ['main SIGTERM'], 'a word of before the stop is not kept for it');
    history.pass(0.001);
    assert.deepEqual(history.signals(), ['main SIGTERM', 'tree SIGKILL']);
  });

  test('and is not there is not heard', () => {
    const history = draining();
    const before = history.world;
    history.generation('a', 9).extend(60);
    history.generation('b', 1).extend(60);
    assert.equal(history.world, before);
  });
});

describe('what is wanting for a generation to be ready', () => {
  test('is the reason when its time is over', () => {
    const { history, ticket } = becoming();
    history.next('a').lacking('nobody took tcp://127.0.0.1:80');
    history.pass(5);
    history.next('a').end(code(0));
    const reason = 'not ready within 5 s: nobody took tcp://127.0.0.1:80';
    assert.deepEqual(history.answers.get(ticket), failed('readying', reason));
  });

  test('of another one is not heard', () => {
    const { history } = becoming();
    const before = history.world;
    history.generation('a', 1).lacking('x');
    assert.equal(history.world, before);
  });
});
