import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { begun, told } from '../support/begun-handover.ts';
import { code, failed, History, killedBy, program } from '../support/history.ts';

describe('the current generation dies meanwhile', () => {
  for (const autorestart of [true, false, 'unexpected'] as const) {
    test(`and the next one becomes current as soon as it has proved itself; no third is spawned (autorestart=${autorestart})`, () => {
      const { history, ticket } = begun({ autorestart });
      history.end('a', code(1));
      assert.deepEqual(history.entered(), ['EXITED', 'STARTING']);
      assert.deepEqual(history.released(), [1]);
      history.pass(20);
      assert.deepEqual(history.spawns(), []);
      history.next('a').ready();
      history.pass(2);
      assert.deepEqual(history.answers.get(ticket), { ok: true });
      assert.deepEqual(history.promoted(), ['#0 to #2']);
      assert.deepEqual(history.entered(), ['EXITED', 'STARTING', 'RUNNING']);
      assert.equal(history.published().at(-1)?.pid, 1002);
      assert.deepEqual(history.signals(), []);
      assert.deepEqual(history.process('a').draining, []);
    });
  }

  test('and so does the next one: autorestart has its turn, with the former spec', () => {
    const { history, ticket } = begun({ autorestart: true });
    history.end('a', code(1));
    assert.deepEqual(history.log(), [
      'warn exited: a (exit status 1; not expected)',
      "info 'a' is gone (exit status 1), its next generation is waited for",
    ]);
    history.take();
    history.next('a').end(code(2));
    assert.deepEqual(history.answers.get(ticket), failed('readying', 'exit status 2 before it was ready'));
    assert.deepEqual(history.spawns(), ['g:a #3']);
    assert.equal(history.state('a'), 'STARTING');
    history.running('a');
  });

  test('and so does the next one: without autorestart it is EXITED, and its exit is reported once', () => {
    const { history } = begun({ autorestart: false });
    history.end('a', code(1));
    history.take();
    history.next('a').end(code(2));
    assert.equal(history.state('a'), 'EXITED');
    assert.deepEqual(history.spawns(), []);
    assert.doesNotMatch(history.log().join('\n'), /exited: a/);
    assert.equal(history.process('a').spawnError, 'readying: exit status 2 before it was ready');
  });

  test('with remains: they are told nothing before the commit, then they drain', () => {
    const { history } = begun({ autorestart: true });
    history.exit('a', code(1));
    assert.deepEqual(history.entered(), ['EXITED', 'STARTING']);
    history.next('a').ready();
    history.pass(1.999);
    assert.deepEqual(history.signals(), []);
    history.pass(0.001);
    assert.deepEqual(history.promoted(), ['#1 to #2']);
    assert.deepEqual(history.signalsTo(1), ['roots SIGTERM']);
    assert.equal(history.process('a').remains, false);
    history.generation('a', 1).empty();
    assert.deepEqual(history.released(), [1]);
  });

  test('with remains that go by themselves', () => {
    const { history } = begun();
    history.exit('a', code(1));
    history.empty('a');
    assert.deepEqual(history.released(), [1]);
    history.next('a').ready();
    history.pass(2);
    assert.deepEqual(history.promoted(), ['#0 to #2']);
  });

  test('with remains, and the next one comes to nothing: they are cleared for the successor, or left', () => {
    const restarted = begun({ autorestart: true }).history;
    restarted.exit('a', code(1));
    restarted.next('a').end(code(2));
    assert.equal(restarted.process('a').phase, 'exited-clearing');
    assert.deepEqual(restarted.signals(), ['roots SIGTERM']);
    restarted.empty('a');
    assert.deepEqual(restarted.spawns(), ['g:a #3']);
    const left = begun({ autorestart: false }).history;
    left.exit('a', code(1));
    left.next('a').end(code(2));
    assert.equal(left.process('a').phase, 'exited-remains');
    assert.deepEqual(left.signals(), []);
  });

  test('before startsecs: it is waited for, or that was a failed start', () => {
    const history = new History(program('a', { ...told, startsecs: 10 }));
    history.spawned('a');
    history.handover('a');
    history.next('a').spawned();
    history.end('a', code(0));
    assert.deepEqual(history.entered(), ['STARTING'], 'nothing has changed');
    history.next('a').end(code(0));
    assert.deepEqual(history.entered(), ['STARTING', 'BACKOFF']);
    assert.equal(history.process('a').failures, 1);
    history.pass(1);
    assert.deepEqual(history.spawns(), ['g:a #1', 'g:a #2', 'g:a #3']);
  });

  test('before startsecs, with remains', () => {
    const history = new History(program('a', { ...told, startsecs: 10, startretries: 0 }));
    history.spawned('a');
    history.handover('a');
    history.next('a').spawned();
    history.exit('a', code(0));
    assert.equal(history.process('a').phase, 'awaiting-remains');
    history.next('a').end(code(0));
    assert.equal(history.process('a').phase, 'fatal-remains');
  });

  test('while the next one is being removed: the successor comes when that is gone', () => {
    const { history } = begun({ autorestart: true });
    history.abort('a');
    history.end('a', code(1));
    assert.deepEqual(history.spawns(), []);
    history.next('a').end(killedBy(15));
    assert.deepEqual(history.spawns(), ['g:a #3']);
  });

  test('a start meanwhile is refused, for it is STARTING', () => {
    const { history } = begun();
    history.end('a', code(1));
    assert.deepEqual(history.answers.get(history.start('a')), { ok: false, fault: 'ALREADY_STARTED' });
  });
});

describe('another handover before the commit', () => {
  test('the latest wins: the running one is undone, then the latest spec is tried', () => {
    const { history, ticket } = begun();
    const second = history.handover('a', { startsecs: 5 });
    assert.deepEqual(history.signalsTo(2), ['main SIGTERM']);
    const third = history.handover('a', { startsecs: 6 });
    assert.deepEqual(history.answers.get(second), failed('preflight', 'superseded'));
    assert.deepEqual(history.spawns(), []);
    history.next('a').end(killedBy(15));
    assert.deepEqual(history.answers.get(ticket), failed('readying', 'superseded'));
    assert.deepEqual(history.spawns(), ['g:a #3']);
    history.next('a').spawned().ready();
    history.pass(2);
    assert.deepEqual(history.answers.get(third), { ok: true });
    assert.equal(history.process('a').spec.startsecs, 6);
    assert.deepEqual(history.promoted(), ['#1 to #3']);
  });

  test('is tried even when the current one has died meanwhile', () => {
    const { history } = begun({ autorestart: true });
    const second = history.handover('a');
    history.end('a', code(1));
    history.next('a').end(killedBy(15));
    assert.deepEqual(history.spawns(), ['g:a #3']);
    history.next('a').spawned().ready();
    history.pass(2);
    assert.deepEqual(history.answers.get(second), { ok: true });
    assert.equal(history.state('a'), 'RUNNING');
  });
});

describe('an abort', () => {
  test('up to the commit undoes the handover; it is answered when nothing is left of it', () => {
    const { history, ticket } = begun();
    history.next('a').ready();
    history.pass(1.999);
    const abort = history.abort('a');
    const again = history.abort('a');
    assert.deepEqual(history.signalsTo(2), ['main SIGTERM']);
    assert.equal(history.answers.get(abort), undefined);
    history.next('a').end(killedBy(15));
    assert.deepEqual(history.answers.get(ticket), failed('settling', 'aborted'));
    assert.deepEqual(history.answers.get(abort), { ok: true });
    assert.deepEqual(history.answers.get(again), { ok: true });
    assert.deepEqual(history.signalsTo(1), []);
    assert.equal(history.process('a').generation, 1);
  });

  test('takes the queued handover with it', () => {
    const { history, ticket } = begun();
    const second = history.handover('a');
    history.abort('a');
    assert.deepEqual(history.answers.get(second), failed('preflight', 'aborted'));
    history.next('a').end(killedBy(15));
    assert.deepEqual(history.answers.get(ticket), failed('readying', 'superseded'));
    assert.deepEqual(history.spawns(), []);
  });

  test('while it is being spawned, whatever becomes of the spawn', () => {
    const history = new History(program('a', told));
    history.running('a');
    history.handover('a');
    const abort = history.abort('a');
    history.next('a').spawnFailed('no');
    assert.deepEqual(history.answers.get(abort), { ok: true });
    assert.equal(history.process('a').next, null);
  });
});
