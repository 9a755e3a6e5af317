import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { holdsSocket, isListening, type ListeningEvidence } from '../../src/os/evidence.ts';
import { readStat } from '../../src/os/proc-stat.ts';

const python = '/usr/bin/python3';
const launcher = join(import.meta.dirname, 'fixtures', 'with-socket.py');

/** A real server that was given a held socket as descriptor 3. */
type Served = { readonly pid: number; readonly inode: number; readonly line: () => Promise<string> };

async function serve(context: TestContext, command: readonly string[]): Promise<Served> {
  const child: ChildProcess = spawn(python, ['-SE', launcher, ...command], { stdio: ['pipe', 'pipe', 'inherit'] });
  const { pid, stdout } = child;
  assert.ok(pid !== undefined && stdout !== null);
  context.after(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const { value, done } = await lines.next();
    assert.ok(done !== true, 'the server says something');
    return value;
  };
  return { pid, inode: Number(await line()), line };
}

/** Nobody reports that a process waits: looked at until it does. */
async function evidence(pids: readonly number[], inode: number, wanted: ListeningEvidence): Promise<void> {
  const end = performance.now() + 60_000;
  let found = isListening(pids, inode);
  while (found !== wanted && performance.now() < end) {
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    await turn();
    found = isListening(pids, inode);
  }
  assert.equal(found, wanted);
}

/** Until it waits for something in the kernel. */
async function untilAsleep(pid: number): Promise<void> {
  const end = performance.now() + 60_000;
  while (readStat(pid)?.state !== 'S' && performance.now() < end) await turn();
  assert.equal(readStat(pid)?.state, 'S');
}

const servers: readonly { name: string; command: readonly string[]; wanted: ListeningEvidence }[] = [
  {
    name: 'Node',
    command: [process.execPath, '-e', "require('net').createServer().listen({ fd: 3 })"],
    wanted: 'epoll',
  },
  {
    name: 'asyncio',
    command: [
      python,
      '-c',
      `import asyncio, socket
async def main():
    server = await asyncio.start_server(lambda r, w: None, sock=socket.socket(fileno=3))
    await server.serve_forever()
asyncio.run(main())`,
    ],
    wanted: 'epoll',
  },
  {
    name: 'an epoll set that has the socket under another number',
    command: [
      python,
      '-c',
      `import os, select
os.dup2(3, 9)
set = select.epoll()
set.register(9, select.EPOLLIN)
os.close(9)
set.poll()`,
    ],
    wanted: 'epoll',
  },
  {
    name: 'a thread in accept',
    command: [
      python,
      '-c',
      `import socket, threading, time
listener = socket.socket(fileno=3)
threading.Thread(target=listener.accept).start()
time.sleep(1000)`,
    ],
    wanted: 'accept',
  },
  {
    name: 'http.server',
    command: [
      python,
      '-c',
      `import http.server, socket
server = http.server.HTTPServer(('127.0.0.1', 0), http.server.BaseHTTPRequestHandler, bind_and_activate=False)
server.socket = socket.socket(fileno=3)
server.serve_forever()`,
    ],
    wanted: 'poll',
  },
  { name: 'select', command: [python, '-c', 'import select; select.select([3], [], [])'], wanted: 'poll' },
  {
    name: 'poll, with others before it',
    command: [
      python,
      '-c',
      `import os, select
set = select.poll()
for fd in [*os.pipe(), *os.pipe(), 3]: set.register(fd, select.POLLIN if fd == 3 else 0)
set.poll()`,
    ],
    wanted: 'poll',
  },
];

for (const { name, command, wanted } of servers) {
  test(`${name} gives the evidence ${wanted}`, async (context) => {
    const { pid, inode } = await serve(context, command);
    await evidence([pid], inode, wanted);
    assert.deepEqual(holdsSocket([pid], inode), [pid]);
    assert.equal(isListening([pid], 0), null, 'a socket that nobody has');
    assert.equal(isListening([process.pid], inode), null, 'another process');
  });
}

/** How the master of a pre-forking server sleeps. */
const waitsForSomethingElse = {
  select: 'select.select([pipe], [], [])',
  poll: 'set = select.poll(); set.register(pipe, select.POLLIN); set.poll()',
  'poll for another event': 'set = select.poll(); set.register(3, 0); set.poll()',
};
for (const [name, wait] of Object.entries(waitsForSomethingElse)) {
  test(`a process that has the socket and waits for something else gives none: ${name}`, async (context) => {
    const script = `import os, select
pipe, other = os.pipe()
print('up', flush=True)
${wait}`;
    const { pid, inode, line } = await serve(context, [python, '-c', script]);
    assert.equal(await line(), 'up');
    await untilAsleep(pid);
    assert.deepEqual(holdsSocket([pid], inode), [pid]);
    assert.equal(isListening([pid], inode), null);
  });
}

test('a process that has the socket and does not wait on it gives none', async (context) => {
  const script = `import select, socket
other = socket.create_server(('127.0.0.1', 0))
set = select.epoll()
set.register(other, select.EPOLLIN)
set.register(3, 0)
print('up', flush=True)
set.poll()`;
  const { pid, inode, line } = await serve(context, [python, '-c', script]);
  assert.equal(await line(), 'up');
  assert.equal(isListening([pid], inode), null);
  assert.deepEqual(holdsSocket([pid], inode), [pid]);
});

for (const [name, call] of [
  ['select', 'select.select([other], [], [])'],
  ['select without a set to read from', 'select.select([], [other], [other])'],
  ['poll', 'poll = select.poll(); poll.register(other, select.POLLIN); poll.register(3, select.POLLPRI); poll.poll()'],
]) {
  test(`a process that has the socket and waits for something else in ${name} gives none`, async (context) => {
    const script = `import select, socket
other = socket.create_server(('127.0.0.1', 0))
${name?.includes('without') === true ? 'import os; a, other = os.pipe(); os.set_blocking(other, False); os.write(other, bytes(65536))' : ''}
${call}`;
    const { pid, inode } = await serve(context, [python, '-c', script]);
    const end = performance.now() + 60_000;
    // poll, select, pselect6, ppoll of x86-64 and arm64.
    const blocked = (): boolean => /^(7|23|270|271|72|73) /.test(readFileSync(`/proc/${pid}/syscall`, 'utf8'));
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    while (!blocked() && performance.now() < end) await turn();
    assert.ok(blocked());
    assert.equal(isListening([pid], inode), null);
  });
}

test('the strongest evidence of several processes counts', async (context) => {
  const script = `import os, select, socket
worker = os.fork()
if worker == 0:
    socket.socket(fileno=3).accept()
print(worker, flush=True)
select.select([3], [], [])`;
  const { pid, inode, line } = await serve(context, [python, '-c', script]);
  const worker = Number(await line());
  context.after(() => process.kill(worker, 'SIGKILL'));
  await evidence([worker], inode, 'accept');
  await evidence([pid], inode, 'poll');
  assert.equal(isListening([pid, worker], inode), 'accept');
  assert.equal(isListening([worker, pid], inode), 'accept');
  assert.deepEqual(holdsSocket([pid, process.pid, worker], inode), [pid, worker]);
});

test('a socket that was closed is neither held nor served', async (context) => {
  const script = 'import os, select; os.close(3); print("up", flush=True); select.select([0], [], [])';
  const { pid, inode, line } = await serve(context, [python, '-c', script]);
  assert.equal(await line(), 'up');
  assert.deepEqual(holdsSocket([pid], inode), []);
  assert.equal(isListening([pid], inode), null);
});

test('processes that are gone give none', () => {
  const beyondPidMax = 2 ** 22 + 1;
  assert.deepEqual(holdsSocket([beyondPidMax], 1), []);
  assert.equal(isListening([beyondPidMax], 1), null);
});
