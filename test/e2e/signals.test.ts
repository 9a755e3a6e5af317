import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commands } from '../support/namespace/process-table.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, start } from '../support/namespace/supervisor.ts';
import { textOf } from '../support/namespace/text-of.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'supervisor', 'python3');

test('a wrapper that starts its program again and again is told when the program has gone: the stop ends, and nothing is killed', {
  skip: missing,
}, async (t) => {
  const dir = scratch(t);
  const heard = join(dir, 'heard');
  const script = join(dir, 'program.py');
  writeFileSync(
    script,
    `import signal\ndef end(*_):\n print('got TERM', file=open('${heard}', 'a'))\n raise SystemExit\nsignal.signal(15, end)\nprint('up', file=open('${heard}', 'a'))\nwhile True: signal.pause()\n`,
  );
  const running = await start(t, {
    peer: 'legato',
    dir,
    programs: `[program:loop]\ncommand=${fixtures}/wraps.sh /usr/bin/python3 ${script}\nstopwaitsecs=60\n`,
  });
  await until('the program to be up', () => textOf(heard).includes('up'), { evidence: running.evidence });
  const stopped = await running.ctl('stop', 'loop');
  assert.equal(stopped.stdout, 'loop: stopped\n');
  assert.match(textOf(heard), /^up\ngot TERM\n/, 'the program was told first');
  await until(
    'the line in the log',
    () => /the main process of 'loop' outlives what it wraps/.test(running.log()),
    running,
  );
  assert.doesNotMatch(running.log(), /SIGKILL/);
  assert.deepEqual(commands(running.processes(), 'program.py'), []);
});

test('signal reaches the main process, signal --main the one below it, and the main log says what it did', {
  skip: missing,
}, async (t) => {
  const dir = scratch(t);
  const heard = join(dir, 'heard');
  const script = join(dir, 'program.py');
  writeFileSync(
    script,
    `import signal\nfor s in (1, 15): signal.signal(s, lambda n, _: (print('got', n, file=open('${heard}', 'a'), flush=True), n == 15 and exit()))\nsignal.pthread_sigmask(signal.SIG_BLOCK, [10])\nprint('up', file=open('${heard}', 'a'))\nwhile True: signal.pause()\n`,
  );
  const running = await start(t, {
    peer: 'legato',
    dir,
    programs: `[program:wrapped]\ncommand=/bin/sh -c "/usr/bin/python3 ${script}; exit 0"\nautorestart=false\nmain=program\\.py\n[program:two]\ncommand=/bin/sh -c "/usr/bin/python3 ${script} & /usr/bin/python3 ${script} & wait"\n`,
  });
  await until('three programs to be up', () => textOf(heard).split('up').length === 4, { evidence: running.evidence });
  const before = (await running.ctl('pid', 'wrapped')).stdout;
  assert.equal((await running.legatoctl('signal', '--main', 'HUP', 'wrapped')).stdout, 'wrapped: signalled\n');
  await until('it to hear HUP', () => textOf(heard).includes('got 1'), { evidence: running.evidence });
  assert.equal((await running.ctl('pid', 'wrapped')).stdout, before);
  assert.match(
    running.log(),
    /SIGHUP for 'wrapped:wrapped' goes to pid \d+ \(\/usr\/bin\/python3 .*\), below pid \d+ \(\/bin\/sh/,
  );

  await running.legatoctl('signal', '--main', 'USR1', 'wrapped');
  await until(
    'the line in the log',
    () => /pid \d+ \(.*program\.py.*\) of 'wrapped' blocks SIGUSR1: it has no effect/.test(running.log()),
    running,
  );
  await running.legatoctl('signal', '--main', 'HUP', 'two');
  await until(
    'the line in the log',
    () =>
      /SIGHUP for 'two:two' goes to pid \d+ \(\/bin\/sh.*2 processes could be meant: pid .*program\.py.*main=REGEX/.test(
        running.log(),
      ),
    running,
  );
  assert.equal((await running.legatoctl('signal', '--main', 'HUP', 'nobody')).code, 1);

  await running.ctl('signal', 'HUP', 'wrapped');
  await until(
    'the line in the log',
    () => /pid \d+ \(\/bin\/sh .*\) of 'wrapped' does not catch SIGHUP: it was terminated by it/.test(running.log()),
    running,
  );
});
