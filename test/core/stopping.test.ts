import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { code, History, killedBy, program } from '../support/history.ts';

const ok = { ok: true };
const fault = (name: string): object => ({ ok: false, fault: name });

describe('the stop command', () => {
  test('signals the main process, continues it, and is answered when nothing is left', () => {
    const history = new History(program('a', { stopsignal: 3 }));
    const pid = history.running('a');
    history.take();
    const ticket = history.stop('a');
    assert.equal(history.state('a'), 'STOPPING');
    assert.deepEqual(history.signals(), ['main SIGQUIT']);
    assert.equal(
      history.effects.some((effect) => effect.type === 'signal' && effect.cont),
      true,
    );
    assert.equal(
      history.effects.some(
        (effect) => effect.type === 'log' && effect.text === `killing a (pid ${pid}) with signal SIGQUIT`,
      ),
      true,
    );
    history.exit('a', killedBy(3));
    assert.equal(history.state('a'), 'STOPPING');
    assert.equal(history.answers.get(ticket), undefined);
    history.empty('a');
    assert.equal(history.state('a'), 'STOPPED');
    assert.deepEqual(history.answers.get(ticket), ok);
    assert.deepEqual(history.released(), [1]);
    assert.deepEqual(
      history.published().map(({ to, pid: main }) => [to, main]),
      [
        ['STOPPING', pid],
        ['STOPPED', pid],
      ],
    );
    assert.equal(history.deadlines.size, 0);
  });

  test('stopasgroup: the process group of the main process gets the signal', () => {
    const history = new History(program('a', { stopasgroup: true }));
    const pid = history.running('a');
    history.take();
    history.stop('a');
    assert.deepEqual(history.signals(), ['group SIGTERM']);
    assert.equal(
      history.effects.some(
        (effect) => effect.type === 'log' && effect.text === `killing a (pid ${pid}) process group with signal SIGTERM`,
      ),
      true,
    );
  });

  test('after stopwaitsecs the whole tree gets SIGKILL, and again until it is empty', () => {
    const history = new History(program('a', { stopwaitsecs: 5 }));
    const pid = history.running('a');
    history.stop('a');
    history.pass(4.999);
    assert.deepEqual(history.signals(), ['main SIGTERM']);
    history.take();
    history.pass(0.001);
    assert.deepEqual(history.signals(), ['tree SIGKILL']);
    assert.deepEqual(history.log(), [`warn killing 'a' (${pid}) with SIGKILL`]);
    assert.equal(
      history.effects.some((effect) => effect.type === 'signal' && effect.cont),
      false,
    );
    history.pass(5);
    assert.equal(history.signals().length, 2);
    history.exit('a', killedBy(9));
    assert.equal(history.state('a'), 'STOPPING');
    assert.equal(history.signals().length, 2, 'the tree has its SIGKILL already');
    history.take();
    history.pass(5);
    assert.deepEqual(history.signals(), ['tree SIGKILL']);
    assert.deepEqual(history.log(), ["warn killing what is left of 'a' with SIGKILL"]);
    history.take();
    history.empty('a');
    assert.equal(history.state('a'), 'STOPPED');
    assert.deepEqual(history.log(), ['warn stopped: a (terminated by SIGKILL)']);
    history.pass(60);
    assert.deepEqual(history.signals(), []);
  });

  test('a stop and a start while it is killed wait for the end', () => {
    const history = new History(program('a', { stopwaitsecs: 1 }));
    history.running('a');
    history.stop('a');
    history.pass(1);
    history.take();
    const stop = history.stop('a');
    const start = history.start('a');
    assert.deepEqual(history.take(), []);
    history.end('a', killedBy(9));
    assert.deepEqual(history.answers.get(stop), ok);
    history.running('a');
    assert.deepEqual(history.answers.get(start), ok);
  });

  test('stopwaitsecs=0 kills at once, but repeats it only every second', () => {
    const history = new History(program('a', { stopwaitsecs: 0 }));
    history.running('a');
    history.take();
    history.stop('a');
    history.pass(2.5);
    assert.deepEqual(history.signals(), ['main SIGTERM', 'tree SIGKILL', 'tree SIGKILL', 'tree SIGKILL']);
  });

  test('an expected code is information, another end a warning', () => {
    const history = new History(program('a'), program('b'));
    for (const name of ['a', 'b']) {
      history.running(name);
      history.stop(name);
    }
    history.take();
    history.end('a', code(0));
    history.end('b', code(1));
    assert.deepEqual(history.log(), ['info stopped: a (exit status 0)', 'warn stopped: b (exit status 1)']);
  });

  test('while STARTING stops it as well, and the start is answered ABNORMAL_TERMINATION', () => {
    const history = new History(program('a', { autostart: false }));
    const start = history.start('a');
    history.spawned('a');
    const stop = history.stop('a');
    assert.deepEqual(history.answers.get(start), fault('ABNORMAL_TERMINATION'));
    history.end('a', killedBy(15));
    assert.deepEqual(history.answers.get(stop), ok);
    history.pass(60);
    assert.equal(history.state('a'), 'STOPPED');
  });

  test('before the spawn is answered: what is spawned is stopped as soon as it is there', () => {
    const history = new History(program('a'));
    const ticket = history.stop('a');
    assert.equal(history.state('a'), 'STOPPING');
    assert.deepEqual(history.signals(), []);
    history.spawned('a');
    assert.deepEqual(history.signals(), ['main SIGTERM']);
    assert.equal(history.state('a'), 'STOPPING');
    history.end('a', killedBy(15));
    assert.deepEqual(history.answers.get(ticket), ok);
    assert.deepEqual(history.entered(), ['STARTING', 'STOPPING', 'STOPPED']);
  });

  test('before the spawn fails: it is STOPPED then', () => {
    const history = new History(program('a'));
    const stop = history.stop('a');
    history.take();
    history.spawnFailed('a', 'why');
    assert.equal(history.state('a'), 'STOPPED');
    assert.deepEqual(history.answers.get(stop), ok);
    assert.deepEqual(history.log(), []);
    assert.deepEqual(history.released(), []);
  });

  test('before the spawn fails, and started again: it is spawned again', () => {
    const history = new History(program('a'));
    history.stop('a');
    const start = history.start('a');
    history.spawnFailed('a', 'why');
    assert.deepEqual(history.entered(), ['STARTING', 'STOPPING', 'STOPPED', 'STARTING']);
    history.running('a');
    assert.deepEqual(history.answers.get(start), ok);
  });

  test('during BACKOFF ends it at once, and forgets the failures', () => {
    const history = new History(program('a', { startretries: 1 }));
    history.spawned('a');
    history.end('a', code(1));
    history.take();
    assert.deepEqual(history.answers.get(history.stop('a')), ok);
    assert.deepEqual(
      history.published().map(({ from, to, pid }) => [from, to, pid]),
      [['BACKOFF', 'STOPPED', 0]],
    );
    assert.deepEqual(history.log(), []);
    assert.equal(history.deadlines.size, 0);
    history.pass(60);
    assert.deepEqual(history.spawns(), []);
    history.start('a');
    history.spawned('a');
    history.end('a', code(1));
    assert.equal(history.state('a'), 'BACKOFF');
  });

  test('NOT_RUNNING when it is STOPPED, EXITED or FATAL and nothing is left of it', () => {
    const history = new History(
      program('stopped', { autostart: false }),
      program('exited', { autorestart: false }),
      program('fatal', { startretries: 0 }),
    );
    history.running('exited');
    history.end('exited', code(0));
    history.spawnFailed('fatal', 'why');
    for (const name of ['stopped', 'exited', 'fatal']) {
      assert.deepEqual(history.answers.get(history.stop(name)), fault('NOT_RUNNING'));
    }
    history.take();
    history.happen({ type: 'stop', at: history.now, process: 'g:stopped' });
    assert.deepEqual(history.take(), []);
  });

  test('given twice: both are answered when it is done, one signal is sent', () => {
    const history = new History(program('a'));
    history.running('a');
    const first = history.stop('a');
    const second = history.stop('a');
    assert.deepEqual(history.signals(), ['main SIGTERM']);
    history.end('a', killedBy(15));
    assert.deepEqual(history.answers.get(first), ok);
    assert.deepEqual(history.answers.get(second), ok);
  });

  test('an exit in the same moment as the stop is the end of the stop', () => {
    const history = new History(program('a', { autorestart: true }));
    history.running('a');
    history.take();
    const at = history.now;
    history.happen(
      { type: 'stop', at, process: 'g:a', ticket: 9 },
      { type: 'exited', at, process: 'g:a', generation: 1, status: code(0) },
      { type: 'empty', at, process: 'g:a', generation: 1 },
    );
    assert.deepEqual(history.entered(), ['STOPPING', 'STOPPED']);
    assert.deepEqual(history.signals(), [], 'nobody is there to be signalled');
    assert.deepEqual(history.answers.get(9), ok);
  });

  test('the deadline of a former stop does not shorten a later one', () => {
    const history = new History(program('a'));
    history.running('a');
    history.stop('a');
    const stale = history.deadlines.get('g:a');
    assert.ok(stale);
    history.end('a', killedBy(15));
    history.start('a');
    history.running('a');
    history.stop('a');
    history.take();
    history.happen({ type: 'deadline', at: history.now, process: 'g:a', epoch: stale.epoch });
    history.happen({ type: 'deadline', at: history.now, process: 'g:nobody', epoch: 1 });
    assert.deepEqual(history.take(), []);
  });
});

describe('what a stopped main process leaves behind', () => {
  test('its roots get the stop signal once; the grace is counted from the stop command', () => {
    const history = new History(program('a'));
    history.running('a');
    history.stop('a');
    history.pass(6);
    history.take();
    history.exit('a', code(0));
    assert.equal(history.state('a'), 'STOPPING');
    assert.equal(history.process('a').remains, true);
    assert.equal(history.process('a').pid, 0);
    assert.deepEqual(history.signals(), ['roots SIGTERM']);
    assert.deepEqual(history.log(), [
      "info main process of 'a' is gone (exit status 0), stopping what is left of it with SIGTERM",
    ]);
    history.pass(3.999);
    assert.deepEqual(history.signals(), ['roots SIGTERM']);
    history.take();
    history.pass(0.001);
    assert.deepEqual(history.signals(), ['tree SIGKILL']);
    assert.deepEqual(history.log(), ["warn killing what is left of 'a' with SIGKILL"]);
    history.take();
    history.empty('a');
    assert.deepEqual(history.log(), ['info stopped: a (exit status 0)']);
    assert.equal(history.process('a').remains, false);
    assert.equal(history.process('a').generation, 0);
  });

  test('nobody is looked for when the exit and the end are known at once', () => {
    const history = new History(program('a'));
    history.running('a');
    history.stop('a');
    history.take();
    history.end('a', killedBy(15));
    assert.deepEqual(history.signals(), []);
    assert.deepEqual(history.log(), ['warn stopped: a (terminated by SIGTERM)']);
    assert.deepEqual(history.released(), [1]);
  });
});
