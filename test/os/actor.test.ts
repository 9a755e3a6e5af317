import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Actor, findActor } from '../../src/os/actor.ts';
import { onlyWaitsFor } from '../../src/os/launcher.ts';
import { childrenTold, isChildless } from '../../src/os/proc-children.ts';
import { readStat } from '../../src/os/proc-stat.ts';
import { signalUse } from '../../src/os/signal-use.ts';
import { programOf } from '../../src/os/wrappers.ts';
import { scratchDirectory } from './scratch.ts';

const [HUP, INT, TERM] = [1, 2, 15];

/** Says a word and its pid when it has settled its signals. */
const say = 'import os,signal\nprint(os.getpid(), flush=True)\n';
const pauses = 'signal.pause()';
const python = (script: string): string => `/usr/bin/python3 -SEc "${script.replaceAll('\n', ';').replace(/;$/, '')}"`;
const catches = python(`import signal;signal.signal(15, lambda *_: exit(0));${say}${pauses}`);
const dies = python(`${say}${pauses}`);

type Started = { readonly pid: number; readonly said: readonly number[] };

/** Starts a command and waits until so many processes of it have said a word; all of its session is gone with the test. */
async function started(
  t: TestContext,
  argv: readonly string[],
  words: number,
  stdin: 'ignore' | 'pipe' = 'ignore',
): Promise<Started> {
  const child: ChildProcess = spawn(argv[0] ?? '', argv.slice(1), {
    detached: true,
    stdio: [stdin, 'pipe', 'inherit'],
  });
  const { pid = 0, stdout } = child;
  t.after(async () => {
    const gone = once(child, 'exit');
    process.kill(-pid, 'SIGKILL');
    await gone;
  });
  assert.ok(stdout);
  let text = '';
  for await (const chunk of stdout.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    if (text.split('\n').length > words) break;
  }
  return { pid, said: [...text.matchAll(/\d+/g)].map(([number]) => Number(number)) };
}

function found(actor: Actor | null): Actor {
  assert.ok(actor);
  return actor;
}

test('a program that catches the signal is its own actor, whatever it has below', async (t) => {
  const fork = python(`import os,signal;signal.signal(15, lambda *_: exit(0));os.fork();${say}${pauses}`);
  const { pid, said } = await started(t, ['sh', '-c', `exec ${fork}`], 2);
  assert.equal(said.length, 2);
  const actor = found(findActor(pid, TERM, null));
  assert.deepEqual(actor, { pid, born: readStat(pid)?.starttime, above: [], doubt: '' });
});

for (const [name, argv] of Object.entries({
  'sh -c': ['/bin/sh', '-c', `${catches}; exit 0`],
  'a shell in a shell': ['/bin/bash', '-c', `/bin/sh -c '${catches}; exit 0'; exit 0`],
  'timeout, which catches it as well': ['/usr/bin/timeout', '1000', '/bin/sh', '-c', `exec ${catches}`],
  'a program nobody has heard of, with one child': [
    '/usr/bin/perl',
    '-e',
    'system("/bin/sh", "-c", $ARGV[0])',
    `${catches}; true`,
  ],
})) {
  test(`behind ${name} it is the one that catches the signal`, async (t) => {
    const { pid, said } = await started(t, argv, 1);
    const actor = found(findActor(pid, TERM, null));
    assert.deepEqual([actor.pid], said);
    assert.equal(actor.above[0], pid);
    assert.equal(actor.doubt, '');
  });
}

test('a process without children is known as such, and has nobody but itself for an actor', async (t) => {
  for (const command of [dies, catches]) {
    const { pid } = await started(t, ['/bin/sh', '-c', `exec ${command}`], 1);
    assert.equal(isChildless(pid), true);
    assert.deepEqual(findActor(pid, TERM, null), { pid, born: readStat(pid)?.starttime, above: [], doubt: '' });
  }
});

test('a shell that waits for its child has one, and so may have a process of several threads', async (t) => {
  const { pid: shell } = await started(t, ['/bin/sh', '-c', `${dies}; exit 0`], 1);
  assert.equal(isChildless(shell), false);
  assert.ok(readdirSync('/proc/self/task').length > 1, 'Node has several threads');
  assert.equal(isChildless(process.pid), false);
});

test('one that is gone has no children that anybody knows of', () => {
  assert.equal(isChildless(2 ** 22 + 1), false);
});

test('where nobody catches it, it is the main process', async (t) => {
  const { pid } = await started(t, ['/bin/sh', '-c', `${dies}; exit 0`], 1);
  assert.equal(found(findActor(pid, TERM, null)).pid, pid);
});

for (const [name, before, input] of [
  ['feeds it by a pipe', '', 'subprocess.PIPE'],
  ['feeds it by a socket', 'import socket\na,b=socket.socketpair()\n', 'b'],
  ['listens itself', "import socket\ns=socket.create_server(('127.0.0.1',0))\n", 'None'],
  ['listens itself on a unix socket', "import socket\ns=socket.socket(1)\ns.bind('')\ns.listen()\n", 'None'],
] as const) {
  test(`a program nobody has heard of is no wrapper if it ${name}`, async (t) => {
    const parent = `import subprocess,sys\n${before}subprocess.Popen(['/bin/sh','-c','exec '+sys.argv[1]],stdin=${input}).wait()`;
    const { pid } = await started(t, ['/usr/bin/python3', '-SEc', parent, catches], 1);
    assert.equal(found(findActor(pid, TERM, null)).pid, pid);
  });
}

for (const [name, before, options] of [
  ['closes its input', '', 'stdin=subprocess.DEVNULL'],
  ['reads its output', '', 'stdout=subprocess.PIPE'],
  ['passes its socket on', "import socket\ns=socket.create_server(('127.0.0.1',0))\n", 'pass_fds=[s.fileno()]'],
] as const) {
  test(`a program nobody has heard of is a wrapper though it ${name}`, async (t) => {
    const parent = `import subprocess,sys\n${before}p=subprocess.Popen(['/bin/sh','-c','exec '+sys.argv[1]],${options})\nif p.stdout:print(p.stdout.readline(),flush=True)\np.wait()`;
    const { pid, said } = await started(t, ['/usr/bin/python3', '-SEc', parent, catches], 1);
    assert.deepEqual([found(findActor(pid, TERM, null)).pid], said);
  });
}

test('INT means nothing to a Python program that only waits for what it has exec’ed', async (t) => {
  const interrupted = python(`import signal;signal.signal(2, print);${say}${pauses}`);
  const runs = `import subprocess,sys\nsubprocess.run(['/bin/sh','-c','exec '+sys.argv[1]])`;
  const { pid, said } = await started(t, ['/usr/bin/python3', '-SEc', runs, interrupted], 1);
  while (!onlyWaitsFor(said[0] ?? 0, pid)) {
    t.signal.throwIfAborted();
    await pause(1);
  }
  assert.deepEqual([found(findActor(pid, INT, null)).pid], said);
});

for (const [name, script] of [
  ['waits for what it has forked', `import os\nif os.fork(): os.wait()\n${say}${pauses}`],
  [
    'has something else to do',
    `import subprocess,sys,signal\nsubprocess.Popen(['/bin/sh','-c','exec '+sys.argv[1]])\nsignal.pause()`,
  ],
] as const) {
  test(`a Python program that ${name} gets its INT itself`, async (t) => {
    const { pid, said } = await started(t, ['/usr/bin/python3', '-SEc', script, dies], 1);
    assert.notEqual(said[0], pid);
    assert.equal(found(findActor(pid, INT, null)).pid, pid);
  });
}

for (const shell of ['bash', 'dash']) {
  const trapped = (script: string): readonly string[] => [`/bin/${shell}`, '-c', `trap 'exit 3' TERM; ${script}`];

  test(`the trap of ${shell} comes too late for what it runs in the foreground`, async (t) => {
    const { pid, said } = await started(t, trapped(`${catches}; exit 0`), 1, 'pipe');
    assert.deepEqual([found(findActor(pid, TERM, null)).pid], said);
    const helpless = await started(t, trapped(`${dies}; exit 0`), 1, 'pipe');
    assert.equal(found(findActor(helpless.pid, TERM, null)).pid, helpless.pid, 'its child cannot act');
  });

  for (const [name, script] of Object.entries({
    'in the background': `${catches} & wait`,
    'in the background, with its own stdin': `${catches} <&0 & wait`,
  })) {
    test(`the trap of ${shell} says what becomes of what it runs ${name}`, async (t) => {
      const { pid } = await started(t, trapped(script), 1, 'pipe');
      assert.equal(found(findActor(pid, TERM, null)).pid, pid);
    });
  }
}

test('a trap says what becomes of a job of its shell', async (t) => {
  const script = `set -m; trap 'exit 3' TERM; ${catches} <&0 & wait`;
  const { pid, said } = await started(t, ['/bin/bash', '-c', script], 1, 'pipe');
  for (const job of said) t.after(() => process.kill(job, 'SIGKILL'));
  assert.equal(found(findActor(pid, TERM, null)).pid, pid);
});

test('a shell with a trap acts itself; every shell catches INT, which means nothing', async (t) => {
  const { pid } = await started(t, ['/bin/bash', '-c', `trap 'exit 3' TERM; ${catches}; exit 0`], 1);
  assert.equal(found(findActor(pid, TERM, null)).pid, pid);
  const plain = await started(
    t,
    ['/bin/sh', '-c', `${python(`import signal;signal.signal(2, print);${say}${pauses}`)}; exit 0`],
    1,
  );
  assert.deepEqual([found(findActor(plain.pid, INT, null)).pid], plain.said);
});

/** Called `celery`, and it has a worker's arguments. */
function celery(t: TestContext, body: string): string {
  const path = join(scratchDirectory(t), 'celery');
  writeFileSync(path, `#!/usr/bin/python3 -SE\nimport signal\nsignal.signal(15, lambda *_: exit(0))\n${say}${body}`, {
    mode: 0o755,
  });
  return `${path} -A jobs worker`;
}

test('of a known queue it is the worker, past a shell with a trap and a launcher that catches everything', async (t) => {
  const worker = celery(t, pauses);
  const relays = `const { stdout } = require('child_process').spawn('/bin/sh', ['-c', process.argv[1]]); stdout.pipe(process.stdout)`;
  for (const argv of [
    ['/bin/bash', '-c', `trap 'exit 3' TERM; ${worker}; exit 0`],
    [process.execPath, '-e', `process.on('SIGTERM', () => {}); ${relays}`, `exec ${worker}`],
  ]) {
    const { pid, said } = await started(t, argv, 1);
    const actor = found(findActor(pid, TERM, null, 'celery'));
    assert.deepEqual([actor.pid, actor.above], [said[0], [pid]]);
    assert.equal(found(findActor(pid, TERM, null, 'rq')).pid, pid, 'that is no worker of RQ');
  }
});

test('of a worker that forks it is the topmost; of two of them, who would be it without a queue', async (t) => {
  const worker = celery(t, `import os\nif os.fork() == 0: ${say.split('\n')[1] ?? ''}\n${pauses}`);
  const forks = await started(t, ['/bin/bash', '-c', `trap 'exit 3' TERM; ${worker}; exit 0`], 2);
  assert.deepEqual(found(findActor(forks.pid, TERM, null, 'celery')).above, [forks.pid]);
  const two = await started(t, ['/bin/bash', '-c', `trap 'exit 3' TERM; ${worker} & ${worker} & wait`], 4);
  assert.equal(found(findActor(two.pid, TERM, null, 'celery')).pid, two.pid);
});

test('of a pipe the one that catches it; of two that do, the wrapper, with the names of both', async (t) => {
  const pipe = await started(t, ['/bin/sh', '-c', `${catches} | cat`], 1);
  assert.deepEqual([found(findActor(pipe.pid, TERM, null)).pid], pipe.said);
  const both = await started(t, ['/bin/sh', '-c', `${catches} & ${catches} & wait`], 2);
  const actor = found(findActor(both.pid, TERM, null));
  assert.equal(actor.pid, both.pid);
  assert.match(actor.doubt, /^2 processes could be meant: pid \d+ \(\/usr\/bin\/python3.*\), pid \d+/);
});

test('of a pipe in which both catch it the one that writes: the other one ends when it has', async (t) => {
  const onTerm = 'import os,signal\nsignal.signal(15, lambda *_: exit(0))\n';
  const writes = python(`${onTerm}os.write(3, b'%d\\n' % os.getpid())\n${pauses}`);
  const reads = python(`${onTerm}print(0, flush=True)\n${pauses}`);
  const { pid, said } = await started(t, ['/bin/sh', '-c', `exec 3>&1; ${writes} | ${reads}`], 2);
  const actor = found(findActor(pid, TERM, null));
  assert.deepEqual([actor.doubt, said.includes(actor.pid)], ['', true]);
});

test('main= names it, wrappers only where nobody else can be meant', async (t) => {
  const { pid, said } = await started(t, ['/bin/sh', '-c', `${catches}; exit 0`], 1);
  assert.deepEqual([found(findActor(pid, HUP, /signal/)).pid], said, 'the shell’s command line matches as well');
  assert.equal(found(findActor(pid, TERM, /^\/bin\/sh/)).pid, pid);
  const none = found(findActor(pid, TERM, /no such word/));
  assert.equal(none.pid, pid);
  assert.equal(none.doubt, 'no command line below matches main=no such word');
});

test('one that is gone has no actor', () => {
  assert.equal(findActor(2 ** 22 + 1, TERM, null), null);
});

test('what a signal does to a process', async (t) => {
  const script = `import signal,threading
signal.signal(1, signal.SIG_IGN)
signal.signal(15, print)
signal.pthread_sigmask(signal.SIG_BLOCK, [10,12])
${say}${pauses}`;
  const { pid } = await started(t, ['/bin/sh', '-c', `exec ${python(script)}`], 1);
  assert.deepEqual(
    [HUP, TERM, 10, 12, 3].map((signal) => signalUse(pid, signal)),
    ['ignores', 'catches', 'blocks', 'blocks', 'default'],
  );
  const waits = await started(
    t,
    [
      '/bin/sh',
      '-c',
      `exec ${python(`import signal;signal.pthread_sigmask(signal.SIG_BLOCK, [10]);${say}signal.sigwait([10])`)}`,
    ],
    1,
  );
  while (signalUse(waits.pid, 10) !== 'awaits') {
    t.signal.throwIfAborted();
    await pause(1);
  }
  assert.equal(signalUse(2 ** 22 + 1, TERM), null);
  assert.deepEqual(childrenTold(waits.pid), []);
});

test('a program is what its script is called', () => {
  const names = (...lines: string[]): string[] => lines.map((line) => programOf(line.split(' ')));
  assert.deepEqual(
    names(
      '/usr/bin/python3 -u /usr/bin/inv worker',
      'python3 -m invoke worker',
      'node /usr/lib/npm-cli.js start',
      '-bash',
      'python3',
      'php8.2 /srv/artisan queue:work',
    ),
    ['inv', 'invoke', 'npm-cli', 'bash', 'python3', 'artisan'],
  );
  assert.equal(programOf(['npm start']), 'npm');
  assert.equal(programOf(['']), '');
});
