import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call } from '../../src/control/methods.ts';
import { FakeSupervisor } from './fake-supervisor.ts';

test('an upgrade tells from where to where, and which brain makes room', async () => {
  const supervisor = new FakeSupervisor();
  const asked = await call(supervisor, 'legato.upgrade', ['/opt/other']);
  const [from, to] = ['/opt/legato', '/opt/other'].map((path) => ({ version: '1.0.0', path }));
  assert.deepEqual(asked, { from, to, brain: 4711, notes: [] });
  assert.deepEqual(await call(supervisor, 'legato.about', []), {
    version: '1.0.0',
    path: '/opt/legato',
    link: 6,
    brain: 4712,
    init: 4711,
    initPath: '/opt/legato/bin/legato-init',
    upgrade: { state: 'done', reason: '' },
  });
});

test('what is wrong with a path is a fault with the last lines of what was tried', async () => {
  const supervisor = new FakeSupervisor();
  await assert.rejects(call(supervisor, 'legato.upgrade', ['/none']), {
    code: 30,
    message: 'FAILED: no legato is installed at /none\na line',
  });
  await assert.rejects(call(supervisor, 'legato.upgrade', ['/shared']), { code: 3 });
  await assert.rejects(call(supervisor, 'legato.upgrade', ['', 'half']), { code: 3, message: /half/ });
  supervisor.shutdown();
  await assert.rejects(call(supervisor, 'legato.upgrade', []), { code: 6 });
});
