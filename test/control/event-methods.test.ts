import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call } from '../../src/control/methods.ts';
import type { Value } from '../../src/control/value.ts';
import { FakeSupervisor } from './fake-supervisor.ts';

const daemon = (): FakeSupervisor =>
  new FakeSupervisor().add('g:up', 'RUNNING').add('g:down', 'STOPPED').add('g:going', 'STOPPING', { pid: 7 });

const stdin = (supervisor: FakeSupervisor, ...args: Value[]): Promise<Value> =>
  call(supervisor, 'supervisor.sendProcessStdin', args);

test('sendProcessStdin writes to the stdin of a process', async () => {
  const supervisor = daemon();
  assert.equal(await stdin(supervisor, 'g:up', 'hällo\n'), true);
  assert.deepEqual(supervisor.asked, ['stdin g:up hällo\n']);
});

const faults: readonly (readonly [readonly Value[], string])[] = [
  [['g:up', 420], 'INCORRECT_PARAMETERS: 420'],
  [['g:up'], 'INCORRECT_PARAMETERS'],
  [['g:nobody', 'x'], 'BAD_NAME: g:nobody'],
  [['g:*', 'x'], 'BAD_NAME: g:*'],
  [['g:down', 'x'], 'NOT_RUNNING: g:down'],
  [['g:going', 'x'], 'NOT_RUNNING: g:going'],
];

for (const [args, message] of faults) {
  test(`sendProcessStdin of ${JSON.stringify(args)} faults ${message}`, async () => {
    await assert.rejects(stdin(daemon(), ...args), { message });
  });
}

test('sendProcessStdin to a stdin that takes nothing faults NO_FILE', async () => {
  const supervisor = daemon();
  supervisor.stdinIsOpen = false;
  await assert.rejects(stdin(supervisor, 'g:up', 'x'), { message: 'NO_FILE: g:up' });
});

test('sendRemoteCommEvent tells listeners', async () => {
  const supervisor = daemon();
  assert.equal(await call(supervisor, 'supervisor.sendRemoteCommEvent', ['type', 'data']), true);
  assert.deepEqual(supervisor.asked, ['remote type data']);
});

test('on the way out events are sent, and nothing is written', async () => {
  const supervisor = daemon();
  supervisor.shutdown();
  await assert.rejects(stdin(supervisor, 'g:up', 'x'), { message: 'SHUTDOWN_STATE' });
  assert.equal(await call(supervisor, 'supervisor.sendRemoteCommEvent', ['a', 'b']), true);
});
