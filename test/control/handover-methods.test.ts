import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HandoverReport } from '../../src/control/contract.ts';
import { groupUpdate, handoverPlan, handoverReport } from '../../src/control/handover-reply.ts';
import { call } from '../../src/control/methods.ts';
import { listOf } from '../../src/control/replies.ts';
import { decodeResponse } from '../../src/control/xml-rpc-decode.ts';
import { encodeResponse } from '../../src/control/xml-rpc-encode.ts';
import { FakeSupervisor } from './fake-supervisor.ts';

function twoProcesses(): FakeSupervisor {
  const supervisor = new FakeSupervisor();
  supervisor.add('app:one', 'RUNNING');
  supervisor.add('app:two', 'RUNNING');
  return supervisor;
}

const failure: HandoverReport = {
  name: 'app:one',
  ok: false,
  strategy: 'overlap',
  stage: 'readying',
  reason: 'exit status 3',
  from: 1,
  to: 0,
  steps: [],
  pause: 0,
  output: ['cannot import the application'],
  serves: 1,
  configuration: 'former',
  remains: ['7 Z [tracker]'],
  says: [{ generation: 2, status: 'loading' }],
  warnings: ['a doubt'],
};

test('a report survives the wire', async () => {
  const supervisor = twoProcesses();
  supervisor.reports.set('app:one', failure);
  const answer = decodeResponse(encodeResponse(await call(supervisor, 'legato.handover', ['app:one', 5])).join(''));
  assert.deepEqual(listOf(answer, handoverReport), [failure]);
  assert.deepEqual(supervisor.asked, ['handover app:one 5']);
});

test('a plan touches nothing', async () => {
  const supervisor = twoProcesses();
  const [plan] = listOf(await call(supervisor, 'legato.planHandover', ['app:two']), handoverPlan);
  assert.equal(plan?.strategy, 'overlap');
  assert.deepEqual(plan?.sockets, ['tcp://127.0.0.1:80 (fds)']);
  assert.deepEqual(supervisor.asked, []);
});

test('several names are one handover, with the strategy and the timeout that were asked for', async () => {
  const supervisor = twoProcesses();
  supervisor.add('web:web', 'RUNNING');
  await call(supervisor, 'legato.handover', ['web app:* app:one', 0, 'replace']);
  assert.deepEqual(supervisor.asked, [
    'handover web:web null replace',
    'handover app:one null replace',
    'handover app:two null replace',
  ]);
});

test('what became of a changed group survives the wire', async () => {
  const supervisor = twoProcesses();
  supervisor.reports.set('app:one', failure);
  const answer = decodeResponse(encodeResponse(await call(supervisor, 'legato.updateGroup', ['app'])).join(''));
  assert.deepEqual(groupUpdate(answer), { processes: [{ name: 'app', change: 'handed over' }], handovers: [failure] });
  await assert.rejects(async () => call(supervisor, 'legato.updateGroup', ['nobody']), { message: 'BAD_NAME: nobody' });
});

test('a reload with a configuration that is wrong says what is wrong', async () => {
  const supervisor = twoProcesses();
  supervisor.reading = { ok: false, error: 'no command (web.conf:3)' };
  await assert.rejects(async () => call(supervisor, 'supervisor.restart', []), {
    message: 'CANT_REREAD: no command (web.conf:3)',
  });
});

test('an unknown name and a negative timeout are faults', async () => {
  const supervisor = twoProcesses();
  await assert.rejects(async () => call(supervisor, 'legato.handover', ['nobody', 0]), { message: 'BAD_NAME: nobody' });
  await assert.rejects(async () => call(supervisor, 'legato.handover', ['app:one', -1]), { message: /^BAD_ARGUMENTS/ });
  assert.deepEqual(supervisor.asked, []);
});
