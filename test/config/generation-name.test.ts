import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProcessConfig } from '../../src/config/config.ts';
import { dumpConfig } from '../../src/config/dump.ts';
import { forGeneration } from '../../src/config/generation-name.ts';
import { asWritten } from '../../src/config/marks.ts';
import { good, onlyProcess, refused } from './memory-host.ts';

const text = `[program:a]
command=celery -A app worker -n w%(generation)s@%%h --log "%(ENV_NODE)s"
environment=NODE=w%(generation)s
directory=/srv/%(generation)s
stdout_logfile=/tmp/a-%(generation)s.log
stderr_logfile=/tmp/%(generation)s/a.err
`;

test('%(generation)s is expanded at each spawn, in what is given to a generation and nowhere else', () => {
  const process: ProcessConfig = onlyProcess(good(text));
  const third = forGeneration(process, { generation: 3, slot: 1 });
  assert.equal(third.command, 'celery -A app worker -n w3@%h --log "w3"');
  assert.deepEqual(third.environment, { NODE: 'w3' });
  assert.equal(third.directory, '/srv/3');
  assert.deepEqual(third.stdout.target, { kind: 'file', path: '/tmp/a-3.log' });
  assert.deepEqual(third.stderr.target, { kind: 'file', path: '/tmp/3/a.err' });
  assert.equal(asWritten(process.command), 'celery -A app worker -n w%(generation)s@%h --log "w%(generation)s"');
});

test('two readings of one file are the same, and a dump shows the name', () => {
  assert.deepEqual(onlyProcess(good(text)), onlyProcess(good(text)));
  const dump = JSON.stringify(dumpConfig(good(text)));
  assert.match(dump, /a-%\(generation\)s\.log/);
  assert.match(dump, /"NODE":"w%\(generation\)s"/);
  assert.doesNotMatch(dump, /\uFDD0/);
});

test('a process that names no generation is spawned with the very value that was read', () => {
  const process = onlyProcess(good('[program:a]\ncommand=/bin/cat %%(generation)s\n'));
  assert.equal(forGeneration(process, { generation: 3, slot: 1 }), process);
  assert.equal(process.command, '/bin/cat %(generation)s');
});

test('%(generation_slot)s stands in ports as well, and is shown as it was written', () => {
  const keys =
    'environment=PORT="80%(generation_slot)s0"\nready=http://127.0.0.1:80%(generation_slot)s0/up?g=%(generation)s\n';
  const process = onlyProcess(good(`[program:a]\ncommand=serve -p 80%(generation_slot)s0\n${keys}`));
  const third = forGeneration(process, { generation: 3, slot: 1 });
  assert.equal(third.command, 'serve -p 8010');
  assert.deepEqual(third.environment, { PORT: '8010' });
  assert.deepEqual(third.ready, {
    kind: 'probe',
    text: 'http://127.0.0.1:8010/up?g=3',
    endpoint: {
      kind: 'http',
      secure: false,
      host: '127.0.0.1',
      port: 8010,
      path: '/up?g=3',
      authority: '127.0.0.1:8010',
    },
  });
  assert.equal(asWritten(process.command), 'serve -p 80%(generation_slot)s0');
  const tenth = forGeneration(
    onlyProcess(good('[program:a]\ncommand=x\nready=tcp://localhost:4321%(generation_slot)s\n')),
    {
      generation: 30,
      slot: 10,
    },
  );
  assert.ok(tenth.ready.kind === 'probe' && tenth.ready.text === 'tcp://localhost:432110', 'it cannot be asked');
  assert.match(
    refused('[program:a]\ncommand=x\nready=tcp://localhost:6553%(generation_slot)s\n').message,
    /a port is a number from 1 to 65535/,
  );
});

test('a literal %(generation)s of other keys is a name nobody knows, and it is not offered', () => {
  const { message, at } = refused('[program:a]\ncommand=/bin/cat\nuser=%(generation)s\n');
  assert.match(message, /contains names \('generation'\) which cannot be expanded/);
  assert.match(String(at), /:4$/);
  const other = refused('[program:a]\ncommand=/bin/cat %(generations)s\n');
  assert.match(other.message, /Available names: ENV_HOME|Available names:/);
  assert.doesNotMatch(other.message.replace("'generations'", '').replace('%(generations)s', ''), /generation/);
});

test('the name of a process cannot depend on its generation, not even through its environment', () => {
  const name = 'process_name=x%(ENV_NODE)s\nenvironment=NODE=w%(generation)s\n';
  const { message, at } = refused(`[program:a]\ncommand=/bin/cat\n${name}`);
  assert.match(message, /a process has one name for all its generations/);
  assert.match(String(at), /:4$/);
});

test('%(generation)s in stale_files is the number of any generation, for none of them lives then', () => {
  const { staleFiles } = onlyProcess(good('[program:a]\ncommand=/bin/cat\nstale_files=/run/a-%(generation)s.pid\n'));
  assert.deepEqual(staleFiles, ['/run/a-[0-9]+.pid']);
});

for (const [ready, own] of [
  ['notify', 'notify'],
  ['log:/up %(generation)s/', 'up 3'],
  ['unix:/run/a-%(generation)s.sock', '/run/a-3.sock'],
  ['tcp://a%(generation)s.test:80', 'a3.test'],
  ['http://127.0.0.1:81/of/%(generation)s', '/of/3'],
  ['command:up %(generation)s', 'up 3'],
  ['file:/run/a.%(generation)s', '/run/a.3'],
] as const) {
  test(`%(generation)s in ready=${ready}`, () => {
    const process = onlyProcess(
      good(
        `[program:a]\ncommand=/bin/cat\nready=${ready}\nquiet_command=quiet %(generation)s\ncheck_command=check %(generation)s\n`,
      ),
    );
    const third = forGeneration(process, { generation: 3, slot: 1 });
    assert.equal(third.quietCommand, 'quiet 3');
    assert.equal(third.checkCommand, 'check 3');
    assert.ok(JSON.stringify(third.ready).includes(`"${own}"`), JSON.stringify(third.ready));
    assert.doesNotMatch(JSON.stringify(third), /\uFDD0/);
  });
}
