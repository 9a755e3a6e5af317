import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { canRemove } from '../../src/core/world.ts';
import { begun, told } from '../support/begun-handover.ts';
import { code, failed, History, killedBy, program } from '../support/history.ts';

describe('in the middle of a handover', () => {
  test('a stop removes the next generation and stops the current one; STOPPED is said when both are gone', () => {
    const { history, ticket } = begun();
    const stop = history.stop('a');
    assert.deepEqual(history.signals(), ['main SIGTERM', 'main SIGTERM']);
    assert.equal(history.state('a'), 'STOPPING');
    const next = history.next('a');
    history.end('a', code(0));
    assert.equal(history.state('a'), 'STOPPING');
    assert.equal(history.answers.get(stop), undefined);
    assert.equal(canRemove(history.world, 'g'), false);
    next.end(killedBy(15));
    assert.deepEqual(history.answers.get(ticket), failed('readying', 'stopped'));
    assert.deepEqual(history.answers.get(stop), { ok: true });
    assert.deepEqual(history.entered(), ['STOPPING', 'STOPPED']);
    assert.equal(canRemove(history.world, 'g'), true);
    assert.equal(history.deadlines.size, 0);
  });

  test('a stop after the commit has the draining ones end within stopwaitsecs', () => {
    const { history } = begun({ drainTimeout: 3600, drainPolicy: 'keep' });
    history.next('a').ready();
    history.pass(2);
    history.take();
    const stop = history.stop('a');
    assert.deepEqual(history.signalsTo(1), [], 'it was told already');
    history.end('a', code(0));
    history.pass(9.999);
    assert.deepEqual(history.signalsTo(1), []);
    assert.equal(history.answers.get(stop), undefined);
    history.pass(0.001);
    assert.deepEqual(history.signalsTo(1), ['tree SIGKILL']);
    history.generation('a', 1).end(killedBy(9));
    assert.deepEqual(history.answers.get(stop), { ok: true });
    assert.equal(history.state('a'), 'STOPPED');
  });

  test('a stop while the next one is being spawned: what is spawned is stopped at once', () => {
    const history = new History(program('a', told));
    history.running('a');
    const ticket = history.handover('a');
    const next = history.next('a');
    history.stop('a');
    history.end('a', code(0));
    assert.deepEqual(history.signalsTo(2), []);
    next.spawned();
    assert.deepEqual(history.signalsTo(2), ['main SIGTERM']);
    next.end(code(0));
    assert.deepEqual(history.answers.get(ticket), failed('spawning', 'stopped'));
    assert.equal(history.state('a'), 'STOPPED');
  });

  test('a stop while the next one is waited for', () => {
    const { history } = begun();
    history.exit('a', code(1));
    history.empty('a');
    const stop = history.stop('a');
    assert.equal(history.state('a'), 'STOPPING');
    history.next('a').end(killedBy(15));
    assert.equal(history.state('a'), 'STOPPED');
    assert.deepEqual(history.answers.get(stop), { ok: true });
  });

  test('a restart starts the former spec when both are gone', () => {
    const { history } = begun({ startsecs: 1 });
    history.stop('a');
    const start = history.start('a');
    history.end('a', code(0));
    assert.deepEqual(history.spawns(), []);
    history.next('a').end(killedBy(15));
    assert.deepEqual(history.spawns(), ['g:a #3']);
    assert.deepEqual(history.entered(), ['STOPPING', 'STOPPED', 'STARTING']);
    history.running('a');
    assert.deepEqual(history.answers.get(start), { ok: true });
  });

  test('while it is being stopped or restarted, another handover is refused', () => {
    const { history } = begun();
    history.stop('a');
    assert.deepEqual(history.answers.get(history.handover('a')), { ok: false, fault: 'NOT_RUNNING' });
    history.start('a');
    assert.deepEqual(history.answers.get(history.handover('a')), { ok: false, fault: 'NOT_RUNNING' });
    history.end('a', code(0));
    history.next('a').end(killedBy(15));
    assert.deepEqual(history.spawns(), ['g:a #3']);
  });

  test('a stop fails the handover that is queued', () => {
    const { history, ticket } = begun();
    const second = history.handover('a');
    history.stop('a');
    assert.deepEqual(history.answers.get(second), failed('preflight', 'stopped'));
    history.next('a').end(killedBy(15));
    assert.deepEqual(history.answers.get(ticket), failed('readying', 'superseded'));
  });

  test('a group cannot be removed', () => {
    const { history } = begun({ autorestart: false });
    history.remove('g');
    assert.equal(history.world.groups.has('g'), true);
  });

  test('a shutdown removes the next generation at once, and stops the current one in its turn', () => {
    const history = new History(program('a', { ...told, priority: 1 }), program('b', { priority: 2 }));
    history.running('a');
    history.running('b');
    const ticket = history.handover('a');
    const next = history.next('a').spawned();
    history.take();
    history.shutdown();
    assert.deepEqual(history.signalsTo(next.number), ['main SIGTERM']);
    assert.equal(history.state('a'), 'RUNNING');
    next.end(killedBy(15));
    assert.deepEqual(history.answers.get(ticket), failed('readying', 'shutdown'));
    history.end('b', code(0));
    assert.equal(history.state('a'), 'STOPPING');
    assert.equal(history.ended(), false);
    history.end('a', code(0));
    assert.equal(history.ended(), true);
  });

  test('a shutdown counts draining generations, also of what has EXITED', () => {
    const { history } = begun({ autorestart: false });
    history.next('a').ready();
    history.pass(2);
    history.end('a', code(0));
    assert.equal(history.state('a'), 'EXITED');
    history.shutdown();
    assert.equal(history.ended(), false);
    history.generation('a', 1).end(code(0));
    assert.equal(history.ended(), true);
    assert.equal(history.state('a'), 'EXITED');
  });

  test('a shutdown that stops at once what was being cleared ends its draining ones as well', () => {
    const { history } = begun({ autorestart: true, drainPolicy: 'keep', drainTimeout: 0 });
    history.next('a').ready();
    history.pass(2);
    assert.equal(history.process('a').draining[0]?.phase, 'overdue');
    history.exit('a', code(1));
    assert.equal(history.process('a').phase, 'exited-clearing');
    history.shutdown();
    history.pass(10);
    assert.deepEqual(history.signalsTo(1).at(-1), 'tree SIGKILL');
    history.generation('a', 1).end(killedBy(9));
    history.empty('a');
    assert.equal(history.ended(), true);
  });

  test('a shutdown while the next one is waited for', () => {
    const { history } = begun({ autorestart: true });
    history.end('a', code(1));
    history.shutdown();
    assert.equal(history.state('a'), 'STOPPING');
    history.next('a').end(killedBy(15));
    assert.equal(history.ended(), true);
    assert.equal(history.state('a'), 'STOPPED');
  });
});

describe('a stop of what is EXITED with draining generations', () => {
  function exitedWhileDraining(): History {
    const { history } = begun({ autorestart: false, quietTimeout: 5 });
    history.next('a').ready();
    history.pass(2);
    history.end('a', code(0));
    history.take();
    return history;
  }

  test('ends them; the state stays and who asked is answered when they are gone', () => {
    const history = exitedWhileDraining();
    const stop = history.stop('a');
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM']);
    assert.equal(history.answers.get(stop), undefined);
    const again = history.stop('a');
    history.generation('a', 1).end(code(0));
    assert.deepEqual(history.answers.get(stop), { ok: true });
    assert.deepEqual(history.answers.get(again), { ok: true });
    assert.equal(history.state('a'), 'EXITED');
    assert.deepEqual(history.process('a').waiters, []);
  });

  test('is nobody’s ticket in a shutdown, and refused when nothing is left', () => {
    const history = exitedWhileDraining();
    history.happen({ type: 'stop', at: history.now, process: 'g:a' });
    history.generation('a', 1).end(code(0));
    assert.deepEqual(history.answers.get(history.stop('a')), { ok: false, fault: 'NOT_RUNNING' });
  });

  test('does not hinder a start', () => {
    const history = exitedWhileDraining();
    const start = history.start('a');
    history.running('a');
    assert.deepEqual(history.answers.get(start), { ok: true });
    assert.equal(history.process('a').draining.length, 1);
  });
});
