import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { code, History, killedBy, program } from '../support/history.ts';

const ok = { ok: true };
const fault = (name: string): object => ({ ok: false, fault: name });

describe('a process that starts', () => {
  test('is STARTING until it has been up for startsecs, then RUNNING', () => {
    const history = new History(program('a', { startsecs: 2 }));
    assert.deepEqual(history.spawns(), ['g:a #1']);
    assert.equal(history.state('a'), 'STARTING');
    history.now = 50;
    const pid = history.spawned('a');
    history.pass(1.999);
    assert.equal(history.state('a'), 'STARTING');
    history.pass(0.001);
    assert.equal(history.state('a'), 'RUNNING');
    assert.equal(history.process('a').startedAt, 50);
    assert.equal(history.process('a').pid, pid);
    assert.deepEqual(history.log(), [
      `info spawned: 'a' with pid ${pid}`,
      'info success: a entered RUNNING state, process has stayed up for > than 2 seconds (startsecs)',
    ]);
    assert.deepEqual(
      history.published().map(({ from, to, tries, pid: main }) => [from, to, tries, main]),
      [
        ['STOPPED', 'STARTING', 0, 0],
        ['STARTING', 'RUNNING', 0, pid],
      ],
    );
  });

  test('is RUNNING as soon as it is spawned with startsecs=0, and no exit is too quick then', () => {
    const history = new History(program('a', { startsecs: 0, autorestart: false }));
    history.spawned('a');
    assert.equal(history.state('a'), 'RUNNING');
    assert.equal(history.published().at(-1)?.pid, history.process('a').pid);
    assert.equal(history.deadlines.size, 0);
    history.end('a', code(3));
    assert.equal(history.state('a'), 'EXITED');
  });

  test('is not started without autostart', () => {
    const history = new History(program('a', { autostart: false }));
    assert.equal(history.state('a'), 'STOPPED');
    assert.deepEqual(history.effects, []);
  });

  test('members start in the order in which they are configured', () => {
    const history = new History(program('late', { priority: 2 }), program('early', { priority: 1 }));
    assert.deepEqual(history.spawns(), ['g:late #1', 'g:early #2']);
  });
});

describe('an exit before startsecs', () => {
  test('is a failed start even with code 0, and is tried again after 1, 2, 3 s until FATAL', () => {
    const history = new History(program('a'));
    for (const gap of [1, 2, 3]) {
      history.spawned('a');
      history.pass(0.5);
      history.take();
      history.end('a', code(0));
      assert.equal(history.state('a'), 'BACKOFF');
      assert.equal(history.process('a').spawnError, 'Exited too quickly (process log may have details)');
      assert.deepEqual(history.log(), ['warn exited: a (exit status 0; not expected)']);
      assert.deepEqual(
        history.published().map(({ tries }) => tries),
        [gap],
      );
      history.pass(gap - 0.001);
      assert.deepEqual(history.spawns(), []);
      history.pass(0.001);
      assert.equal(history.spawns().length, 1);
    }
    history.spawned('a');
    history.take();
    history.end('a', killedBy(11, true));
    assert.deepEqual(history.entered(), ['BACKOFF', 'FATAL']);
    assert.deepEqual(history.log(), [
      'warn exited: a (terminated by SIGSEGV (core dumped); not expected)',
      'info gave up: a entered FATAL state, too many start retries too quickly',
    ]);
    assert.equal(history.deadlines.size, 0);
    assert.equal(history.process('a').failures, 0);
  });

  test('startretries=0 gives up after one attempt', () => {
    const history = new History(program('a', { startretries: 0 }));
    history.spawnFailed('a', "can't find command 'nope'");
    assert.equal(history.state('a'), 'FATAL');
    assert.equal(history.process('a').spawnError, "can't find command 'nope'");
  });

  test('exactly startsecs is long enough, though the deadline was not heard yet', () => {
    const history = new History(program('a', { autorestart: false }));
    history.spawned('a');
    history.now = 1000;
    history.end('a', code(0));
    assert.deepEqual(history.entered(), ['STARTING', 'RUNNING', 'EXITED']);
  });

  test('is judged by its time, though the deadline was heard first', () => {
    const history = new History(program('a'));
    history.running('a');
    history.now = 900;
    history.end('a', code(0));
    assert.equal(history.state('a'), 'BACKOFF');
    const withRemains = new History(program('a', { startretries: 0 }));
    withRemains.running('a');
    withRemains.now = 900;
    withRemains.exit('a', code(0));
    assert.equal(withRemains.process('a').phase, 'fatal-remains');
  });

  test('one success forgets the failures', () => {
    const history = new History(program('a', { startretries: 1 }));
    history.spawned('a');
    history.end('a', code(1));
    history.pass(1);
    history.running('a');
    assert.equal(history.process('a').failures, 0);
    history.end('a', code(1));
    history.spawned('a');
    history.end('a', code(1));
    assert.equal(history.state('a'), 'BACKOFF');
  });
});

describe('autorestart', () => {
  const cases = [
    {
      autorestart: true,
      exitcodes: [0],
      status: code(0),
      restarts: true,
      line: 'info exited: a (exit status 0; expected)',
    },
    {
      autorestart: true,
      exitcodes: [0],
      status: killedBy(9),
      restarts: true,
      line: 'warn exited: a (terminated by SIGKILL; not expected)',
    },
    {
      autorestart: false,
      exitcodes: [0],
      status: code(1),
      restarts: false,
      line: 'warn exited: a (exit status 1; not expected)',
    },
    {
      autorestart: 'unexpected',
      exitcodes: [0],
      status: code(0),
      restarts: false,
      line: 'info exited: a (exit status 0; expected)',
    },
    {
      autorestart: 'unexpected',
      exitcodes: [0, 2],
      status: code(2),
      restarts: false,
      line: 'info exited: a (exit status 2; expected)',
    },
    {
      autorestart: 'unexpected',
      exitcodes: [2],
      status: code(0),
      restarts: true,
      line: 'warn exited: a (exit status 0; not expected)',
    },
    {
      autorestart: 'unexpected',
      exitcodes: [15],
      status: killedBy(15),
      restarts: true,
      line: 'warn exited: a (terminated by SIGTERM; not expected)',
    },
  ] as const;
  for (const { autorestart, exitcodes, status, restarts, line } of cases) {
    test(`${autorestart} with exitcodes ${exitcodes.join()}: ${line}, ${restarts ? 'at once a successor' : 'stays EXITED'}`, () => {
      const history = new History(program('a', { autorestart, exitcodes }));
      const pid = history.running('a');
      history.take();
      history.end('a', status);
      assert.deepEqual(history.log(), [line]);
      assert.deepEqual(history.entered(), restarts ? ['EXITED', 'STARTING'] : ['EXITED']);
      const [exit] = history.published();
      assert.equal(exit?.pid, pid);
      assert.equal(exit?.expected, line.startsWith('info'));
      assert.deepEqual(
        history.take().map(({ type }) => type),
        ['release', 'publish', 'log', ...(restarts ? ['publish', 'spawn'] : [])],
      );
    });
  }

  test('an unexpected exit says so where one asks why it is not up', () => {
    const history = new History(program('a', { autorestart: false }), program('b', { autorestart: false }));
    history.running('a');
    history.running('b');
    history.end('a', code(3));
    history.end('b', killedBy(9));
    assert.equal(history.process('a').spawnError, 'Bad exit code 3');
    assert.equal(history.process('b').spawnError, 'Bad exit code -1');
    assert.deepEqual(history.process('b').exitStatus, killedBy(9));
  });

  test('crash loops are not counted once the process was RUNNING', () => {
    const history = new History(program('a', { startretries: 0 }));
    for (let time = 0; time < 5; time += 1) {
      history.running('a');
      history.end('a', code(1));
    }
    assert.equal(history.state('a'), 'STARTING');
  });
});

describe('the start command', () => {
  test('is answered when the process is RUNNING', () => {
    const history = new History(program('a', { autostart: false }));
    const ticket = history.start('a');
    history.spawned('a');
    assert.equal(history.answers.get(ticket), undefined);
    history.pass(1);
    assert.deepEqual(history.answers.get(ticket), ok);
  });

  test('SPAWN_ERROR when the spawn fails, and the spawn is tried again nevertheless', () => {
    const history = new History(program('a', { autostart: false }));
    const ticket = history.start('a');
    history.spawnFailed('a', "couldn't chdir to /srv: ENOENT");
    assert.deepEqual(history.answers.get(ticket), fault('SPAWN_ERROR'));
    assert.equal(history.state('a'), 'BACKOFF');
    assert.equal(history.process('a').spawnError, "couldn't chdir to /srv: ENOENT");
    assert.deepEqual(history.released(), []);
    history.pass(1);
    assert.equal(history.spawns().length, 2);
    assert.equal(history.process('a').spawnError, '');
  });

  test('an attempt that fails has its time; one with a child has ended, too', () => {
    const history = new History(program('a', { autostart: false }));
    history.pass(5);
    history.start('a');
    history.spawnFailed('a', "can't find command 'a'");
    assert.deepEqual([history.process('a').startedAt, history.process('a').stoppedAt], [5000, null]);
    history.pass(2);
    history.spawnFailed('a', "couldn't chdir to /srv: ENOENT", true);
    assert.deepEqual([history.process('a').startedAt, history.process('a').stoppedAt], [6000, 7000]);
  });

  test('the status of a start that failed is forgotten with the stop that follows', () => {
    const history = new History(program('a'));
    history.spawned('a');
    history.end('a', code(3));
    history.stop('a');
    assert.deepEqual([history.state('a'), history.process('a').exitStatus], ['STOPPED', null]);
  });

  test('SPAWN_ERROR when it exited too quickly, too', () => {
    const history = new History(program('a', { autostart: false }));
    const ticket = history.start('a');
    history.spawned('a');
    history.end('a', code(1));
    assert.deepEqual(history.answers.get(ticket), fault('SPAWN_ERROR'));
  });

  test('ALREADY_STARTED while STARTING, RUNNING and in BACKOFF', () => {
    const history = new History(program('a'));
    assert.deepEqual(history.answers.get(history.start('a')), fault('ALREADY_STARTED'));
    history.spawned('a');
    assert.deepEqual(history.answers.get(history.start('a')), fault('ALREADY_STARTED'));
    history.end('a', code(1));
    assert.deepEqual(history.answers.get(history.start('a')), fault('ALREADY_STARTED'));
    history.pass(1);
    history.running('a');
    assert.deepEqual(history.answers.get(history.start('a')), fault('ALREADY_STARTED'));
  });

  test('BAD_NAME for a process that is not there', () => {
    const history = new History(program('a'));
    assert.deepEqual(history.answers.get(history.start('b')), fault('BAD_NAME'));
    assert.deepEqual(history.answers.get(history.stop('b')), fault('BAD_NAME'));
    history.take();
    history.happen({ type: 'start', at: 0, process: 'g:b' }, { type: 'start', at: 0, process: 'g:a' });
    assert.deepEqual(history.take(), []);
  });

  test('starts again what is EXITED or FATAL', () => {
    const history = new History(program('a', { autorestart: false }), program('b', { startretries: 0 }));
    history.running('a');
    history.end('a', code(0));
    history.spawnFailed('b', 'why');
    for (const name of ['a', 'b']) {
      const ticket = history.start(name);
      assert.equal(history.process(name).exitStatus, null);
      history.running(name);
      assert.deepEqual(history.answers.get(ticket), ok);
    }
  });

  test('during STOPPING waits for the stop to complete, and starts then', () => {
    const history = new History(program('a'));
    history.running('a');
    const stop = history.stop('a');
    const start = history.start('a');
    history.take();
    history.end('a', killedBy(15));
    assert.deepEqual(history.answers.get(stop), ok);
    assert.deepEqual(history.entered(), ['STOPPED', 'STARTING']);
    history.running('a');
    assert.deepEqual(history.answers.get(start), ok);
  });

  test('overtaken by a stop: ABNORMAL_TERMINATION, and nothing is started', () => {
    const history = new History(program('a'));
    history.running('a');
    history.stop('a');
    const start = history.start('a');
    const stop = history.stop('a');
    assert.deepEqual(history.answers.get(start), fault('ABNORMAL_TERMINATION'));
    history.take();
    history.end('a', killedBy(15));
    assert.deepEqual(history.answers.get(stop), ok);
    assert.deepEqual(history.spawns(), []);
    assert.equal(history.state('a'), 'STOPPED');
  });
});
