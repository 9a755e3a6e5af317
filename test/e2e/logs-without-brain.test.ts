import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { brainOf, killBrain, untilReborn } from '../support/namespace/brain-death.ts';
import { fixtures, start } from '../support/namespace/supervisor.ts';
import { textOf } from '../support/namespace/text-of.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const skip = lacking('root', 'namespaces', 'supervisor', 'python3');

const rounds = 8;
const linesOfRound = 60_000;

/** A log and its older files, the oldest first. */
function contentOf(path: string): string[] {
  const older: string[] = [];
  for (let i = 1; existsSync(`${path}.${i}`); i++) older.unshift(readFileSync(`${path}.${i}`, 'utf8'));
  return [...older, readFileSync(path, 'utf8')];
}

/** What was written last: a log is empty after a rotation, and stays so where nothing follows. */
const newestOf = (log: string): string => textOf(log) || textOf(`${log}.1`);

/** Which of the children of init are loggers. */
function loggersOf(init: number): number[] {
  const children = textOf(`/proc/${init}/task/${init}/children`).split(' ').filter(Boolean).map(Number);
  return children.filter((pid) => textOf(`/proc/${pid}/cmdline`).startsWith('legato: logger'));
}

test('no line is lost, torn or doubled when the brain is killed again and again while a program logs at full speed', {
  skip,
}, async (t) => {
  const running = await start(t, {
    peer: 'legato',
    loglevel: 'info',
    programs: `[program:talks]
command=/usr/bin/python3 ${fixtures}/logs-numbers.py %(ENV_RUN_DIR)s ${rounds} ${linesOfRound}
stdout_logfile=%(ENV_RUN_DIR)s/talks.log
stdout_logfile_maxbytes=256KB
stdout_logfile_backups=1000
startsecs=0
`,
  });
  const log = join(running.dir, 'talks.log');
  for (let round = 0; round < rounds; round++) {
    const before = await until('a brain', () => brainOf(running) || undefined, running);
    writeFileSync(join(running.dir, `go-${round}`), '');
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 150));
    await killBrain(running);
    await until('another brain', () => ![0, before].includes(brainOf(running)), running);
    await untilReborn(running);
  }
  await until('all lines', () => newestOf(log).endsWith('done\n'), running);
  assert.equal((await running.ctl('stop', 'talks')).stdout, 'talks: stopped\n');
  // The last line stands there when the stop is answered.
  const files = contentOf(log);
  const found = files.join('').split('\n');
  const wanted = Array.from(
    { length: rounds * linesOfRound },
    (_, i) => `${i} of a line that is long enough to be torn`,
  );
  const at = wanted.findIndex((line, i) => line !== found[i]);
  assert.equal(at, -1, `line ${at} is '${found[at]}', before it '${found[at - 1]}'; ${files.length} files`);
  assert.deepEqual(found.slice(wanted.length), ['done', 'last', '']);
  for (const file of files.slice(0, -1)) assert.ok(file.endsWith('\n'), 'every file ends with a line');
  assert.ok(files.length > 10, `${files.length} files`);
});

test('a full log grows after two seconds without another file, also where the brain has renamed it and came no further', {
  skip,
}, async (t) => {
  const maxbytes = 64 * 1024;
  const lines = 1000;
  const running = await start(t, {
    peer: 'legato',
    loglevel: 'info',
    programs: `[program:talks]
command=/usr/bin/python3 ${fixtures}/logs-numbers.py %(ENV_RUN_DIR)s 3 ${lines}
stdout_logfile=%(ENV_RUN_DIR)s/talks.log
stdout_logfile_maxbytes=${maxbytes}
startsecs=0
`,
  });
  const log = join(running.dir, 'talks.log');
  writeFileSync(join(running.dir, 'go-0'), '');
  await until('the lines before', () => textOf(log).includes(`\n${lines - 1} of`), running);
  const brain = brainOf(running);
  process.kill(brain, 'SIGSTOP');
  writeFileSync(join(running.dir, 'go-1'), '');
  const longestLine = 64;
  await until('the log to be full', () => statSync(log).size > maxbytes - longestLine, running);
  // As far as the brain had come.
  renameSync(log, `${log}.1`);
  writeFileSync(log, '');
  await until('the renamed one to grow', () => textOf(`${log}.1`).includes(`\n${2 * lines - 1} of`), running);
  process.kill(brain, 'SIGKILL');
  await until('another brain', () => ![0, brain].includes(brainOf(running)), running);
  await untilReborn(running);
  assert.equal(textOf(log), '');
  writeFileSync(join(running.dir, 'go-2'), '');
  await until('all lines', () => newestOf(log).endsWith('done\n'), running);
  const found = contentOf(log).join('').trim().split('\n').slice(0, -1);
  assert.deepEqual(
    found.map((line) => Number.parseInt(line, 10)),
    Array.from({ length: 3 * lines }, (_, i) => i),
  );
});

test('a killed logger has a successor, and what comes then is in the log', { skip }, async (t) => {
  const running = await start(t, {
    peer: 'legato',
    loglevel: 'info',
    programs: `[program:talks]
command=/usr/bin/python3 ${fixtures}/logs-numbers.py %(ENV_RUN_DIR)s 2 1000
stdout_logfile=%(ENV_RUN_DIR)s/talks.log
startsecs=0
`,
  });
  const log = join(running.dir, 'talks.log');
  writeFileSync(join(running.dir, 'go-0'), '');
  await until('the lines before', () => textOf(log).includes('\n999 of'), running);
  const [logger = 0] = await until(
    'a logger',
    () => (loggersOf(running.pid).length > 0 ? loggersOf(running.pid) : undefined),
    running,
  );
  process.kill(logger, 'SIGKILL');
  await until('the news of it', () => /logger 0 has ended/.test(running.log()), running);
  writeFileSync(join(running.dir, 'go-1'), '');
  await until('the lines after', () => readFileSync(log, 'utf8').endsWith('done\n'), running);
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  assert.deepEqual(
    lines.slice(0, -1).map((line) => Number.parseInt(line, 10)),
    Array.from({ length: 2000 }, (_, i) => i),
  );
  assert.equal((await running.ctl('stop', 'talks')).stdout, 'talks: stopped\n');
  assert.ok(readFileSync(log, 'utf8').endsWith('done\nlast\n'));
});
