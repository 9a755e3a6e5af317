import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { caughtSignals, commandLine, descendants, type ProcNode } from '../../src/os/proc.ts';
import { childrenTold, scanChildren } from '../../src/os/proc-children.ts';
import { parseStat, readStat } from '../../src/os/proc-stat.ts';

/** Starts a shell script that says something when it is ready and then waits for its standard input to end; all of it is gone with the test. */
async function script(context: TestContext, text: string): Promise<{ child: ChildProcess; pid: number; said: string }> {
  const child = spawn('sh', ['-c', text], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  context.after(async () => {
    child.stdin.end();
    await ended;
  });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  assert.ok(child.pid !== undefined);
  return { child, pid: child.pid, said: said.toString().trim() };
}

/** Waits for what nobody announces; the test's own limit ends it. */
async function until(context: TestContext, holds: () => boolean): Promise<void> {
  while (!holds()) {
    context.signal.throwIfAborted();
    await setImmediate();
  }
}

function nodesBelow(pid: number): ProcNode[] {
  const tree = descendants(pid);
  return tree === null ? [] : flat(tree);
}

function flat(node: ProcNode): ProcNode[] {
  return [node, ...node.children.flatMap(flat)];
}

test('a name with parentheses and blanks does not shift the fields', () => {
  const stat = parseStat('42 (a) b (c)) S 7 8 9 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 123456 1000 10');
  assert.deepEqual(stat, {
    pid: 42,
    comm: 'a) b (c)',
    state: 'S',
    ppid: 7,
    pgrp: 8,
    session: 9,
    threads: 3,
    starttime: 123456,
    startstack: 0,
  });
  assert.equal(parseStat(''), null);
});

test('this process is read as it is', () => {
  const stat = readStat(process.pid);
  assert.equal(stat?.pid, process.pid);
  assert.equal(stat?.ppid, process.ppid);
  assert.match(commandLine(process.pid) ?? '', /proc\.test\.ts/);
});

test('the tree of a process has all its descendants, with their ages and command lines', {
  timeout: 60_000,
}, async (context) => {
  const { pid } = await script(context, 'exec 3<&0; sh -c "cat <&3 & echo ready; wait" & wait');
  // The shell's child is a shell before it is `cat`.
  await until(context, () => nodesBelow(pid)[2]?.command === 'cat');
  const nodes = nodesBelow(pid);
  const [shell, inner, cat, ...more] = nodes;
  assert.deepEqual(more, []);
  assert.equal(shell?.pid, pid);
  assert.equal(inner?.ppid, pid);
  assert.deepEqual({ command: cat?.command, ppid: cat?.ppid }, { command: 'cat', ppid: inner?.pid });
  for (const { age } of nodes) assert.ok(age >= 0 && age < 300, `${age} s`);
});

test('a defunct process is in the tree, by its name', { timeout: 60_000 }, async (context) => {
  // The shell becomes `cat`, which waits for no child.
  const { pid, said } = await script(context, 'sleep 60 & echo $!; exec cat');
  await until(context, () => commandLine(pid) === 'cat' && commandLine(Number(said)) === 'sleep 60');
  process.kill(Number(said), 'SIGKILL');
  await until(context, () => descendants(pid)?.children[0]?.state === 'Z');
  const [defunct] = descendants(pid)?.children ?? [];
  assert.deepEqual({ ppid: defunct?.ppid, command: defunct?.command }, { ppid: pid, command: '[sleep]' });
});

test('children told by the kernel are those found by looking at everybody', async (context) => {
  const { pid } = await script(context, 'exec 3<&0; cat <&3 & cat <&3 & echo ready; wait');
  const scanned = scanChildren()(pid).toSorted((a, b) => a - b);
  assert.equal(scanned.length, 2);
  const told = childrenTold(pid);
  if (told === null) context.skip('this kernel does not tell');
  else
    assert.deepEqual(
      told.toSorted((a, b) => a - b),
      scanned,
    );
});

test('signals are told apart: caught, ignored, blocked, none of it', async (context) => {
  const { pid } = await script(context, 'trap : HUP; trap "" USR1; echo ready; read -r x');
  const state = caughtSignals(pid);
  assert.ok(state !== null);
  assert.ok(state.caught.has(1) && !state.ignored.has(1));
  assert.ok(state.ignored.has(10) && !state.caught.has(10));
  assert.ok(!state.caught.has(12) && !state.ignored.has(12) && !state.blocked.has(12));
});

test('a process that is gone is null everywhere', async () => {
  const child = spawn('true', { stdio: 'ignore' });
  await once(child, 'exit');
  const pid = child.pid ?? 0;
  assert.deepEqual(
    [readStat(pid), commandLine(pid), descendants(pid), caughtSignals(pid), childrenTold(pid)],
    [null, null, null, null, null],
  );
});
