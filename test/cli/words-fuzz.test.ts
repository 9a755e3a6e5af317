import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { legatoctl } from '../../src/cli/legatoctl.ts';
import { verbs } from '../../src/cli/verbs.ts';
import { loadConfig } from '../../src/config/load.ts';
import { parseDaemonOptions } from '../../src/config/options.ts';
import { serve } from '../../src/control/http-server.ts';
import { nodeConfigHost } from '../../src/os/config-host.ts';
import { FakeSupervisor } from '../control/fake-supervisor.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { repository } from '../support/namespace/supervisor.ts';

/* Nobody's words end a program of ours with a stack trace. Seeded and bounded. */

const seed = 20_261_125;

/** What JavaScript would say of an error that nobody expected. */
const trace = /^\s+at .*[:(]\d+|Error: .*is not a function|TypeError|undefined \(reading/m;

const odd = fc.oneof(
  fc.constantFrom(
    '',
    '-',
    '--',
    '--json',
    '-f',
    '-0',
    '-999999999999999999999',
    '%s',
    '%(here)s',
    '\0',
    '\n',
    '@',
    '*',
    '?',
    ':',
  ),
  fc.constantFrom(
    'all',
    'a',
    'g:1',
    'g:*',
    '*:1',
    'g*@stopped',
    '@fatal',
    '@',
    '[a-',
    'a:b:c',
    '../..',
    'ä\u0301',
    '\ud800',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ maxLength: 40 }),
);

const follows = new Set(['-f']);

test('whatever is said to legatoctl is answered', { timeout: 600_000 }, async (t) => {
  const dir = scratch(t);
  const file = join(dir, 's.sock');
  writeFileSync(join(dir, 'c.conf'), `[supervisorctl]\nserverurl=unix://${file}\n`);
  const supervisor = new FakeSupervisor().add('a:a', 'RUNNING').add('g:1', 'STOPPED').add('g:2', 'FATAL');
  const address = { section: 's', family: 'unix', file, chmod: 0o700, chown: null } as const;
  const serving = await serve(supervisor, { ...address, username: null, password: null }, assert.fail);
  t.after(() => serving.close());
  const verb = fc.oneof(fc.constantFrom(...Object.keys(verbs)), odd);
  await fc.assert(
    fc.asyncProperty(verb, fc.array(odd, { maxLength: 4 }), async (first, rest) => {
      // What follows a log, or stays in the foreground, has no end.
      const words = [first, ...rest].filter((word) => !follows.has(word));
      if (words.length === 0 || words[0] === 'fg' || words[0]?.startsWith('-') === true) return;
      let said = '';
      const take = (text: string): void => void (said += text);
      const code = await legatoctl(['-c', join(dir, 'c.conf'), ...words], {
        program: 'legatoctl',
        out: take,
        err: take,
      });
      assert.ok(Number.isInteger(code) && code >= 0 && code <= 7, `${JSON.stringify(words)} ended with ${code}`);
      assert.doesNotMatch(said, trace, JSON.stringify(words));
    }),
    { seed, numRuns: 1500, interruptAfterTimeLimit: 60_000 },
  );
});

const option = fc.oneof(
  fc.constantFrom(
    '-n',
    '-s',
    '-k',
    '-t',
    '-v',
    '-?',
    '-h',
    '--nodaemon',
    '--no',
    '--min',
    '--minfds',
    '--strip',
    '--dump-config',
  ),
  fc.constantFrom(
    '-c',
    '-u',
    '-m',
    '-d',
    '-l',
    '-y',
    '-z',
    '-e',
    '-j',
    '-i',
    '-q',
    '-a',
    '--minprocs',
    '--loglevel=',
    '--check',
  ),
  fc.constantFrom(
    'debug',
    '0',
    '-1',
    '1e9',
    '022',
    '1GB',
    'root',
    'nobody',
    '/nowhere',
    '--umask=9',
    '--loglevel=x',
    '--sample-config',
  ),
  odd,
);

test('whatever options legatod is given, it takes them or says what is wrong', { timeout: 600_000 }, (t) => {
  const file = join(scratch(t), 'c.conf');
  writeFileSync(file, '[supervisord]\n[program:a]\ncommand=/bin/true\n');
  const host = nodeConfigHost('/usr/bin/legatod');
  fc.assert(
    fc.property(fc.array(option, { maxLength: 6 }), (words) => {
      const parsed = parseDaemonOptions(['-c', file, ...words], host);
      if (!parsed.ok) return assert.doesNotMatch(parsed.message, trace);
      const loaded = loadConfig(parsed.options, host);
      if (!loaded.ok) assert.doesNotMatch(loaded.message, trace);
    }),
    { seed, numRuns: 4000, interruptAfterTimeLimit: 60_000 },
  );
});

test('the programs themselves end with a code of theirs', { timeout: 600_000 }, (t) => {
  const dir = scratch(t);
  const none = join(dir, 'none.conf');
  const text = fc.string({ unit: 'binary', maxLength: 10 }).filter((word) => !word.includes('\0'));
  const word = fc.oneof(fc.constantFrom('-n', '-s', '-i', '-x', '--', '--json', 'status', '-u', '--no'), text);
  fc.assert(
    fc.property(fc.constantFrom('legatod', 'legatoctl'), fc.array(word, { maxLength: 5 }), (program, words) => {
      const file = join(repository, 'bin', program);
      const ran = spawnSync(file, ['-c', none, ...words], { cwd: dir, input: '', encoding: 'utf8', timeout: 120_000 });
      assert.ok(
        ran.status === 2 || ran.status === 0,
        `${program} ${JSON.stringify(words)}: ${ran.status} ${ran.signal}`,
      );
      assert.doesNotMatch(ran.stdout + ran.stderr, trace);
    }),
    { seed, numRuns: 24, interruptAfterTimeLimit: 60_000 },
  );
});
