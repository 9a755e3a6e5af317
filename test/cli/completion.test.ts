import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { candidates } from '../../src/cli/completion.ts';
import { Session } from '../../src/cli/session.ts';
import { serve } from '../../src/control/http-server.ts';
import { FakeSupervisor } from '../control/fake-supervisor.ts';
import { scratch } from '../support/namespace/scratch.ts';

test('words are completed by what may stand there', async (t) => {
  const file = join(scratch(t), 's.sock');
  const supervisor = new FakeSupervisor().add('a:a', 'RUNNING').add('app:one', 'STOPPED').add('app:two', 'STOPPED');
  const address = { section: 's', family: 'unix', file, chmod: 0o700, chown: null } as const;
  const serving = await serve(supervisor, { ...address, username: null, password: null }, assert.fail);
  t.after(() => serving.close());
  const session = new Session(
    { serverurl: `unix://${file}`, username: null, password: null, prompt: 'p', historyFile: null, pidfile: null },
    { out: assert.fail, err: assert.fail },
    null,
    'a test',
  );
  const offered = async (line: string): Promise<readonly string[]> => (await candidates(session, line))[0];
  assert.deepEqual(await offered('sta'), ['start ', 'status ']);
  assert.deepEqual(await offered('help re'), ['reload ', 'remove ', 'reread ', 'restart ']);
  assert.deepEqual(await offered('start '), ['a ', 'app:one ', 'app:* ', 'app:two ']);
  assert.deepEqual(await offered('stop a app:t'), ['app:two ']);
  assert.deepEqual(await offered('tail a:'), ['a:a ', 'a:* ']);
  assert.deepEqual(await offered('update a'), ['a ', 'app ']);
  assert.deepEqual(await offered('version a'), []);
  assert.deepEqual(await offered('nonsense a'), []);
});
