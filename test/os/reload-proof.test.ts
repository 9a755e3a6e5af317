import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Fingerprint, fingerprint, newlyDefunct, reloadProof } from '../../src/os/reload-proof.ts';

/** Runs a Python program that obeys lines of its standard input, and says `done` after each. */
async function program(t: TestContext, obey: string): Promise<{ pid: number; tell: (line: string) => Promise<void> }> {
  const script = `import os, sys
children = []
def child():
    pid = os.fork()
    if pid == 0:
        os.close(0)
        import signal
        signal.pause()
    children.append(pid)
def stop(pid, wait=True):
    os.kill(pid, 9)
    wait and os.waitpid(pid, 0)
print('done', flush=True)
for line in iter(sys.stdin.readline, ''):
${obey.replaceAll(/^/gm, '    ')}
    print('done', flush=True)
for pid in children:
    try: os.kill(pid, 9)
    except OSError: pass
`;
  const run = spawn('/usr/bin/python3', ['-SEc', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(run, 'exit');
  t.after(async () => {
    run.stdin.end();
    await ended;
  });
  await once(run.stdout, 'data');
  return {
    pid: run.pid ?? 0,
    tell: async (line) => {
      run.stdin.write(`${line}\n`);
      await once(run.stdout, 'data');
    },
  };
}

function taken(pid: number): Fingerprint {
  const found = fingerprint(pid);
  assert.ok(found);
  return found;
}

test('one that execs itself has a new image, and the same pid and time of birth', async (t) => {
  const { pid, tell } = await program(t, "os.execv('/usr/bin/python3', ['/usr/bin/python3'] + sys.orig_argv[1:])");
  const before = taken(pid);
  assert.equal(reloadProof(before, taken(pid)), null);
  await tell('exec');
  assert.equal(reloadProof(before, taken(pid)), `pid ${pid} has exec'ed itself`);
});

test('one that execs itself and has the children that it had, no more and no fewer, has shown nothing', async (t) => {
  const { pid, tell } = await program(
    t,
    "os.execv('/usr/bin/python3', ['/usr/bin/python3'] + sys.orig_argv[1:]) if line == 'exec\\n' else child()",
  );
  await tell('child');
  const before = taken(pid);
  t.after(() => {
    for (const { pid: child } of before.children.values()) process.kill(child, 'SIGKILL');
  });
  await tell('exec');
  assert.equal(before.children.size, 1);
  assert.equal(reloadProof(before, taken(pid)), null);
  await tell('child');
  assert.equal(reloadProof(before, taken(pid)), `pid ${pid} has exec'ed itself`, 'with a new one beside it');
});

test('one that keeps its image gets as many new children; a defunct one shows', async (t) => {
  const obey =
    "child() if line == 'child\\n' else stop(children.pop(0)) if line == 'stop\\n' else stop(children.pop(0), False)";
  const { pid, tell } = await program(t, obey);
  await tell('child');
  await tell('child');
  const before = taken(pid);
  await tell('child');
  assert.equal(reloadProof(before, taken(pid)), null, 'one of two');
  await tell('child');
  assert.equal(reloadProof(before, taken(pid)), `2 new children of pid ${pid} in the place of 2`);
  await tell('stop');
  assert.deepEqual(newlyDefunct(before, taken(pid)), []);
  await tell('defunct');
  while (newlyDefunct(before, taken(pid)).length === 0) {
    t.signal.throwIfAborted();
    await pause(1);
  }
  assert.equal(newlyDefunct(taken(pid), taken(pid)).length, 0, 'one that was there before is not new');
});

test('another process in its place; a new master below it; one that is gone', async (t) => {
  const { pid, tell } = await program(
    t,
    'if os.fork() == 0:\n    child()\n    import time\n    time.sleep(1000)\nelse:\n    pass',
  );
  const before = taken(pid);
  assert.equal(reloadProof({ ...before, pid: 1 }, before), `pid ${pid} stands in the place of pid 1`);
  await tell('master');
  let proof = reloadProof(before, taken(pid));
  while (!/is a new main process below/.test(proof ?? '')) {
    t.signal.throwIfAborted();
    await pause(1);
    proof = reloadProof(before, taken(pid));
  }
  for (const { pid: master } of taken(pid).children.values()) {
    for (const { pid: worker } of taken(master).children.values()) process.kill(worker, 'SIGKILL');
    process.kill(master, 'SIGKILL');
  }
  assert.equal(fingerprint(2 ** 22 + 1), null);
});
