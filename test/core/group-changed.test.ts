import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProcessSpec } from '../../src/core/program.ts';
import { code, failed, History, killedBy, program } from '../support/history.ts';

const told: Partial<ProcessSpec> = { hasReadiness: true, readyTimeout: 30, minReady: 2 };
const a = program('a', told);
const b = program('b', told);

/** `a` and `b` run as generations 1 and 2. */
function running(): History {
  const history = new History(a, b);
  history.running('a');
  history.running('b');
  history.take();
  return history;
}

describe('a group that is configured otherwise', () => {
  test('starts what is new, and touches nobody else', () => {
    const history = running();
    history.change([a, b, program('c'), program('d', { autostart: false })]);
    assert.deepEqual(history.spawns(), ['g:c #3']);
    assert.deepEqual(history.signals(), []);
    assert.equal(history.state('d'), 'STOPPED');
    assert.deepEqual(history.world.groups.get('g')?.members, ['g:a', 'g:b', 'g:c', 'g:d']);
  });

  test('stops what is gone, which is a member until nothing of it is left', () => {
    const history = running();
    history.change([a]);
    assert.deepEqual(history.signalsTo(2), ['main SIGTERM']);
    assert.deepEqual(history.world.groups.get('g')?.members, ['g:a', 'g:b']);
    history.exit('b', code(0));
    assert.ok(history.has('b'));
    const refused = history.start('b');
    assert.deepEqual(history.answers.get(refused), { ok: false, fault: 'BAD_NAME' });
    const handover = history.handover('b');
    assert.deepEqual(history.answers.get(handover), { ok: false, fault: 'BAD_NAME' });
    history.empty('b');
    assert.ok(!history.has('b'));
    assert.deepEqual(history.removed(), ['g:b']);
    assert.deepEqual(history.world.groups.get('g')?.members, ['g:a']);
    assert.equal(history.state('a'), 'RUNNING');
  });

  test('is told when what is gone has left', () => {
    const history = running();
    history.change([a]);
    const ticket = history.stop('b');
    history.end('b', code(0));
    assert.deepEqual(history.answers.get(ticket), { ok: true });
    assert.ok(!history.has('b'));
  });

  test('loses what is down at once', () => {
    const history = new History(program('a', { autostart: false }), program('b'));
    history.spawnFailed('b', 'why');
    history.change([]);
    assert.deepEqual(history.removed(), ['g:a', 'g:b']);
    assert.deepEqual([...history.deadlines], []);
  });

  test('that gets back what is still being stopped starts it again when nothing is left', () => {
    const history = running();
    history.change([a]);
    history.change([a, { ...b, exitcodes: [7] }], ['b']);
    history.end('b', code(0));
    assert.deepEqual(history.removed(), []);
    assert.deepEqual(history.spawns(), ['g:b #3']);
    assert.deepEqual(history.process('b').spec.exitcodes, [7]);
  });

  test('that gets back what is still being stopped, unchanged and without autostart, leaves it down', () => {
    const history = new History(program('a', { autostart: false }));
    history.start('a');
    history.running('a');
    history.change([]);
    history.change([program('a', { autostart: false })]);
    history.end('a', code(0));
    assert.equal(history.state('a'), 'STOPPED');
    assert.deepEqual(history.removed(), []);
  });

  test('is not changed when nobody knows it, nor during a shutdown', () => {
    const history = running();
    history.happen({ type: 'group-changed', at: 0, group: { name: 'h', priority: 1, processes: [] }, renewed: [] });
    history.shutdown();
    history.change([]);
    assert.deepEqual(
      history.log().filter((line) => line.includes('not changed')),
      ["warn group 'h' is not there: not changed", "warn group 'g' is being stopped: not changed"],
    );
  });
});

describe('a change that needs no new process', () => {
  test('is there at once, for the next generation of a handover as well, and nobody is told', () => {
    const history = running();
    const ticket = history.handover('a');
    const next = history.next('a').spawned();
    history.take();
    history.change([{ ...a, autorestart: false, stopwaitsecs: 33 }, b]);
    assert.deepEqual(history.effects, []);
    assert.equal(history.process('a').spec.stopwaitsecs, 33);
    next.ready();
    history.pass(2);
    assert.deepEqual(history.answers.get(ticket), { ok: true });
    assert.equal(history.process('a').spec.stopwaitsecs, 33);
    history.end('b', code(0));
    assert.equal(history.state('b'), 'EXITED');
  });

  test('reaches a handover that waits for its turn', () => {
    const history = running();
    history.handover('a', { startsecs: 5 });
    history.next('a').spawned();
    history.handover('a', { startsecs: 6 });
    history.change([{ ...a, startsecs: 9 }, b]);
    const { next, queued, spec } = history.process('a');
    assert.equal(spec.startsecs, 9);
    assert.equal(queued?.spec.startsecs, 9);
    assert.equal(next?.spec.startsecs, 5, 'what is being undone ends by the terms it began with');
  });

  test('of autostart starts what has never run, and nothing that was stopped', () => {
    const history = new History(program('a', { autostart: false }), program('b', { autostart: false }));
    history.start('b');
    history.running('b');
    history.stop('b');
    history.end('b', code(0));
    history.take();
    history.change([program('a'), program('b')]);
    assert.deepEqual(history.spawns(), ['g:a #2']);
  });
});

describe('a change that only a new generation can have', () => {
  const changed = { ...a, exitcodes: [7] };

  test('leaves what runs alone: it is for a handover to make', () => {
    const history = running();
    history.change([changed, b], ['a']);
    assert.deepEqual(history.effects, []);
    assert.deepEqual(history.process('a').spec.exitcodes, [0]);
  });

  test('is there at once while it is stopped, and does not start it', () => {
    const history = running();
    history.stop('a');
    history.end('a', code(0));
    history.take();
    history.change([changed, b], ['a']);
    assert.deepEqual(history.spawns(), []);
    assert.deepEqual(history.process('a').spec.exitcodes, [7]);
  });

  test('is there when it has stopped, if it is being stopped', () => {
    const history = running();
    history.stop('a');
    history.change([changed, b], ['a']);
    assert.deepEqual(history.process('a').spec.exitcodes, [0]);
    history.end('a', code(0));
    assert.deepEqual(history.process('a').spec.exitcodes, [7]);
    assert.equal(history.state('a'), 'STOPPED');
  });

  test('has what waits to be tried again tried with it at once', () => {
    const history = new History(a);
    history.spawnFailed('a', 'no such file');
    history.take();
    history.change([changed], ['a']);
    assert.deepEqual(history.spawns(), ['g:a #2']);
    assert.deepEqual(history.process('a').spec.exitcodes, [7]);
    assert.equal(history.process('a').failures, 0);
  });

  test('has what has given up tried with it', () => {
    const history = new History(program('a', { startretries: 0 }));
    history.spawnFailed('a', 'no such file');
    assert.equal(history.state('a'), 'FATAL');
    history.change([{ ...changed, startretries: 0 }], ['a']);
    assert.equal(history.spawns().length, 2);
    history.running('a');
    assert.deepEqual(history.process('a').spec.exitcodes, [7]);
  });

  test('of what has given up and has no autostart is there at once, and starts nothing', () => {
    const history = new History(program('a', { startretries: 0, autostart: false }));
    history.start('a');
    history.spawnFailed('a', 'no such file');
    history.take();
    history.change([program('a', { autostart: false, exitcodes: [7] })], ['a']);
    assert.deepEqual(history.spawns(), []);
    assert.deepEqual(history.process('a').spec.exitcodes, [7]);
  });

  test('comes while it is being spawned: what is spawned is stopped, and it starts anew', () => {
    const history = new History(a);
    history.change([changed], ['a']);
    history.spawned('a');
    assert.deepEqual(history.signals(), ['main SIGTERM']);
    history.end('a', killedBy(15));
    assert.deepEqual(history.spawns(), ['g:a #1', 'g:a #2']);
    assert.deepEqual(history.process('a').spec.exitcodes, [7]);
  });

  test('finds remains: its successor is started with it when they are cleared', () => {
    const history = running();
    history.exit('a', code(0));
    assert.equal(history.state('a'), 'EXITED');
    history.take();
    history.change([changed, b], ['a']);
    assert.deepEqual(history.signals(), ['roots SIGTERM']);
    history.empty('a');
    assert.deepEqual(history.spawns(), ['g:a #3']);
    assert.deepEqual(history.process('a').spec.exitcodes, [7]);
  });

  test('comes again during its handover: the latest is tried, and the former spec stays when it fails', () => {
    const history = running();
    const first = history.handover('a', { exitcodes: [7] });
    history.next('a').spawned();
    history.change([{ ...a, exitcodes: [8] }, b], ['a']);
    const second = history.handover('a', { exitcodes: [8] });
    history.next('a').end(code(0));
    assert.deepEqual(history.answers.get(first), failed('readying', 'superseded'));
    history.next('a').spawned().end(code(1));
    assert.deepEqual(history.answers.get(second), failed('readying', 'exit status 1 before it was ready'));
    assert.deepEqual(history.process('a').spec.exitcodes, [0]);
    assert.deepEqual(history.signalsTo(1), []);
  });

  test('finds its process taken out of the configuration during the handover: all of it goes', () => {
    const history = running();
    const ticket = history.handover('a', { exitcodes: [7] });
    history.next('a').spawned();
    history.change([b]);
    assert.deepEqual(history.signalsTo(1), ['main SIGTERM']);
    assert.deepEqual(history.signalsTo(3), ['main SIGTERM']);
    history.next('a').end(code(0));
    assert.deepEqual(history.answers.get(ticket), failed('readying', 'stopped'));
    assert.ok(history.has('a'));
    history.end('a', code(0));
    assert.deepEqual(history.removed(), ['g:a']);
  });

  test('comes while the next generation is awaited: it is for a handover to make', () => {
    const history = running();
    history.handover('a');
    history.next('a').spawned();
    history.end('a', code(1));
    history.change([changed, b], ['a']);
    assert.equal(history.process('a').pending, null);
    history.next('a').ready();
    history.pass(2);
    assert.equal(history.state('a'), 'RUNNING');
  });
});

describe('a restart with another spec', () => {
  test('stops, waits until nothing is left, and starts with it', () => {
    const history = running();
    const ticket = history.restart('a', { exitcodes: [7] });
    assert.deepEqual(history.process('a').spec.exitcodes, [0]);
    history.end('a', code(0));
    history.running('a');
    assert.deepEqual(history.answers.get(ticket), { ok: true });
    assert.deepEqual(history.process('a').spec.exitcodes, [7]);
  });

  test('starts what is down', () => {
    const history = new History(program('a', { autostart: false }));
    const ticket = history.restart('a', { exitcodes: [7] });
    history.running('a');
    assert.deepEqual(history.answers.get(ticket), { ok: true });
    assert.deepEqual(history.process('a').spec.exitcodes, [7]);
  });

  test('is refused for what nobody knows, and during a shutdown', () => {
    const history = running();
    const spec = program('z');
    history.happen({ type: 'restart', at: 0, process: 'g:z', spec, ticket: 901 });
    assert.deepEqual(history.answers.get(901), { ok: false, fault: 'BAD_NAME' });
    history.shutdown();
    assert.deepEqual(history.answers.get(history.restart('a')), { ok: false, fault: 'SHUTDOWN_STATE' });
  });
});
