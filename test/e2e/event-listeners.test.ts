import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { renewBrain } from '../support/namespace/brain-death.ts';
import { call } from '../support/namespace/calls.ts';
import { type NotedEvent, notedEvents, notingListener, untilNoted } from '../support/namespace/event-notes.ts';
import { untilRunning } from '../support/namespace/handover.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures, type Peer, type Running, repository, start } from '../support/namespace/supervisor.ts';
import { textOf } from '../support/namespace/text-of.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';

const missing = lacking('root', 'namespaces', 'supervisor', 'python3');
const peers: readonly Peer[] = ['supervisor', 'legato'];

const told = (name: string, keys = ''): string => `[program:${name}]
command=/bin/sh ${fixtures}/lives-as-told.sh ${name}
startsecs=0
autostart=false
${keys}
`;

/** What must be the same below both: the events in order, without pids, serials and times. */
function comparable(events: readonly NotedEvent[], about: RegExp): string[] {
  return events
    .map(({ headers, payload }) => `${headers['eventname']} ${headers['len']} ${payload}`)
    .filter((line) => about.test(line))
    .map((line) => line.replace(/pid:[1-9]\d*/, 'pid:N').replace(/^(PROCESS_\w+) \d+ /, '$1 '));
}

/** The life that both lead: every kind of state event, output, what is said, a remote event, groups that come and go. */
async function scriptedLife(running: Running): Promise<void> {
  const { dir } = running;
  const hear = (pattern: RegExp): Promise<NotedEvent> => untilNoted(running, 'all', pattern);
  await hear(/^PROCESS_STATE_RUNNING processname:all /);
  await call(running, ['startProcess', 'worker']);
  await hear(/^PROCESS_LOG_STDERR processname:worker .*\nerr of worker\n/);
  await hear(/^PROCESS_LOG_STDOUT processname:worker .*\nout of worker\n/);
  await call(running, ['sendProcessStdin', 'worker', 'say hello\n']);
  await hear(/^PROCESS_LOG_STDOUT .*\nhello\n/);
  await call(running, ['sendProcessStdin', 'worker', 'say plain ä €\n']);
  await hear(/^PROCESS_LOG_STDOUT .*\nplain ä €\n/);
  await call(running, ['sendRemoteCommEvent', 'kind', 'some data']);
  await hear(/^REMOTE_COMMUNICATION type:kind\nsome data/);
  await call(running, ['sendProcessStdin', 'worker', 'exit 0\n']);
  await hear(/^PROCESS_STATE_EXITED processname:worker .* expected:1/);
  await call(running, ['startProcess', 'worker'], ['sendProcessStdin', 'worker', 'exit 4\n']);
  await hear(/^PROCESS_STATE_EXITED processname:worker .* expected:0/);
  await call(
    running,
    ['startProcess', 'talker'],
    ['sendProcessStdin', 'talker', 'tell something said between the tags\n'],
  );
  await hear(/^PROCESS_COMMUNICATION_STDOUT processname:talker .*\nsomething said/);
  await call(running, ['stopProcess', 'talker']);
  await hear(/^PROCESS_STATE_STOPPED processname:talker /);
  await call(running, ['startProcess', 'brief']);
  await hear(/^PROCESS_STATE_FATAL processname:brief /);
  await call(running, ['startProcess', 'absent', false]);
  writeFileSync(join(dir, 'c.conf'), `${readFileSync(join(dir, 'c.conf'), 'utf8')}${told('late')}`);
  await call(running, ['reloadConfig'], ['addProcessGroup', 'late']);
  await hear(/^PROCESS_GROUP_ADDED groupname:late/);
  await call(running, ['removeProcessGroup', 'late']);
  await hear(/^PROCESS_GROUP_REMOVED groupname:late/);
  await hear(/^TICK_5 when:\d+[05]$/);
}

test('a listener written with childutils hears the same below Supervisor and legato', {
  skip: missing,
  timeout: 600_000,
}, async (t) => {
  const heard = new Map<Peer, NotedEvent[]>();
  for (const peer of peers) {
    const dir = scratch(t);
    const programs =
      notingListener(dir, 'all', 'EVENT', '', 'buffer_size=100\nevent_length=characters') +
      told('worker', 'stdout_events_enabled=true\nstderr_events_enabled=true\nautorestart=false') +
      told('talker', 'stdout_capture_maxbytes=1MB') +
      '[program:brief]\ncommand=/bin/false\nautostart=false\nstartretries=1\nstartsecs=10\n' +
      '[program:absent]\ncommand=/nonexistent/program\nautostart=false\n';
    const running = await start(t, { peer, dir, programs });
    await scriptedLife(running);
    await running.ctl('shutdown');
    await running.ended;
    const events = notedEvents(dir, 'all');
    heard.set(peer, events);
    const serials = events.map(({ headers }) => Number(headers['serial']));
    assert.deepEqual(
      serials,
      serials.map((_, index) => index),
      `the serials of ${peer}`,
    );
    assert.deepEqual(
      events.map(({ headers }) => headers['poolserial']),
      serials.map(String),
    );
    assert.ok(
      events.every(
        ({ headers }) => headers['ver'] === '3.0' && headers['server'] === 'supervisor' && headers['pool'] === 'all',
      ),
    );
  }
  const theirs = heard.get('supervisor') ?? [];
  const ours = heard.get('legato') ?? [];
  for (const about of [
    /processname:worker/,
    /processname:talker/,
    /processname:brief/,
    // Of its own end it hears below legato alone.
    /STATE_(?!STOPPING).* processname:all/,
    /^PROCESS_GROUP/,
    /^SUPERVISOR/,
    /^REMOTE/,
  ]) {
    const expected = comparable(theirs, about);
    // The streams of one process are two pipes: which is read first is chance.
    const [one, other] = about.source.includes('worker')
      ? [expected.sort(), comparable(ours, about).sort()]
      : [expected, comparable(ours, about)];
    assert.ok(one.length > 0, `nothing about ${about}`);
    assert.deepEqual(other, one, `what is heard of ${about}`);
  }
});

test('a listener hears how the last process stopped before it is told to end itself', { skip: missing }, async (t) => {
  const dir = scratch(t);
  const programs = `${notingListener(dir, 'all', 'EVENT', '', 'buffer_size=100')}[program:last]\ncommand=/bin/sleep 1000\nstartsecs=0\n`;
  const running = await start(t, { peer: 'legato', dir, programs });
  await untilNoted(running, 'all', /^PROCESS_STATE_RUNNING processname:last/);
  await running.ctl('shutdown');
  await running.ended;
  // A tick may fall into it.
  const names = notedEvents(dir, 'all')
    .map(({ headers, payload }) => `${headers['eventname']} ${payload.split(' ')[0]}`)
    .filter((name) => !name.startsWith('TICK_'));
  assert.deepEqual(names.slice(-4), [
    'SUPERVISOR_STATE_CHANGE_STOPPING ',
    'PROCESS_STATE_STOPPING processname:last',
    'PROCESS_STATE_STOPPED processname:last',
    'PROCESS_STATE_STOPPING processname:all',
  ]);
});

test('a length in bytes, and a listener that counts them', { skip: missing }, async (t) => {
  const dir = scratch(t);
  const notes = join(dir, 'notes');
  const programs = `[eventlistener:bytes]
command=/usr/bin/python3 ${fixtures}/reads-bytes.py ${notes}
events=REMOTE_COMMUNICATION
startsecs=0
`;
  const running = await start(t, { peer: 'legato', dir, programs });
  await call(running, ['sendRemoteCommEvent', 'x', 'zwölf €'], ['sendRemoteCommEvent', 'x', 'last']);
  await until('both events', () => textOf(notes) === 'type:x\nzwölf €|type:x\nlast|', { evidence: running.evidence });
});

test('a rejected event comes again, to its own pool alone; one that is subscribed to twice comes once', {
  skip: missing,
}, async (t) => {
  const dir = scratch(t);
  const programs =
    notingListener(dir, 'moody', 'REMOTE_COMMUNICATION,EVENT', 'fail-first') +
    notingListener(dir, 'other', 'REMOTE_COMMUNICATION');
  const running = await start(t, { peer: 'legato', dir, programs });
  await call(running, ['sendRemoteCommEvent', 'a', '1'], ['sendRemoteCommEvent', 'a', '2']);
  await untilNoted(running, 'moody', /type:a\n2/);
  await untilNoted(running, 'other', /type:a\n2/);
  const serials = notedEvents(dir, 'moody').map(({ headers }) => Number(headers['serial']));
  assert.equal(serials[0], serials[1], 'the first one, which was rejected');
  assert.equal(new Set(serials).size, serials.length - 1, 'and no other comes twice');
  assert.deepEqual(
    notedEvents(dir, 'other').map(({ payload }) => payload),
    ['type:a\n1', 'type:a\n2'],
  );
  await until('the line in the log', () => /WARN moody: event was rejected/.test(running.log()), running);
});

for (const [habit, line] of [
  ['die-first', /exited: moody \(exit status 3; not expected\)/],
  ['answers-garbage', /WARN moody: bad result line: 'no result at all'/],
] as const) {
  test(`a listener that ${habit} has not taken its event: it comes again`, { skip: missing }, async (t) => {
    const dir = scratch(t);
    const programs = notingListener(dir, 'moody', 'REMOTE_COMMUNICATION', habit);
    const running = await start(t, { peer: 'legato', dir, programs });
    await call(running, ['sendRemoteCommEvent', 'a', '1']);
    await until('the log to say what happened', () => line.test(running.log()), running);
    if (habit === 'answers-garbage') {
      await until('UNKNOWN', () => /moody: has entered the UNKNOWN state/.test(running.log()), running);
      await running.ctl('restart', 'moody');
    }
    await until('the event to come again', () => notedEvents(dir, 'moody').length >= 2, running);
    const events = notedEvents(dir, 'moody');
    assert.deepEqual(
      events.map(({ payload }) => payload),
      ['type:a\n1', 'type:a\n1'],
    );
    assert.notEqual(events[0]?.pid, events[1]?.pid);
  });
}

test('a listener that says something else first is UNKNOWN, and told nothing until it is started anew', {
  skip: missing,
}, async (t) => {
  const dir = scratch(t);
  const running = await start(t, {
    peer: 'legato',
    dir,
    programs: notingListener(dir, 'moody', 'REMOTE_COMMUNICATION', 'garbage-first'),
  });
  await until('UNKNOWN', () => /WARN moody: has entered the UNKNOWN state/.test(running.log()), running);
  await call(running, ['sendRemoteCommEvent', 'a', '1']);
  await running.ctl('restart', 'moody');
  await untilNoted(running, 'moody', /type:a\n1/);
});

const stdoutPool = (command: string): string => `[eventlistener:stdout]
command=${command}
buffer_size=100
events=PROCESS_LOG
result_handler=supervisor_stdout:event_handler
startsecs=0
[program:talk]
command=/bin/sh -c "echo one; echo two; echo three >&2; sleep 1000"
stdout_events_enabled=true
stderr_events_enabled=true
startsecs=0
`;

for (const [what, command] of [
  ['the listener of the plugin', `/usr/bin/python3 ${fixtures}/echoes-events.py`],
  ['no listener installed', 'supervisor_stdout'],
] as const) {
  test(`output of programs on the daemon's stdout, with ${what}`, { skip: missing }, async (t) => {
    const running = await start(t, { peer: 'legato', programs: stdoutPool(command) });
    const wanted = [/^talk stdout \| one$[^]*^talk stdout \| two$/m, /^talk stderr \| three$/m];
    await until('the lines', () => wanted.every((line) => line.test(running.console())), running);
    assert.match((await running.ctl('status', 'stdout')).stdout, /^stdout +RUNNING /);
    assert.doesNotMatch(running.log(), /UNKNOWN/);
  });
}

test('sendProcessStdin and sendRemoteCommEvent answer below both alike', { skip: missing }, async (t) => {
  const answers: unknown[][] = [];
  for (const peer of peers) {
    const dir = scratch(t);
    const programs = `${told('worker').replace('autostart=false', '')}${told('idle')}[program:deaf]
command=/bin/sh -c "exec <&-; echo closed; sleep 1000"
startsecs=0
[program:slow]
command=/bin/sleep 1000
startsecs=0
`;
    const running = await start(t, { peer, dir, programs });
    await until('all of them', async () => (await running.status()).match(/ RUNNING /g)?.length === 3, running);
    await until('a closed stdin', async () => /closed/.test((await running.ctl('tail', 'deaf')).stdout), running);
    answers.push(
      await call(
        running,
        ['sendProcessStdin', 'worker', 'say ä\n'],
        ['sendProcessStdin', 'worker:worker', ''],
        ['sendProcessStdin', 'worker:*', 'x'],
        ['sendProcessStdin', 'nobody', 'x'],
        ['sendProcessStdin', 'worker', 4],
        ['sendProcessStdin', 'worker'],
        ['sendProcessStdin', 'idle', 'x'],
        ['sendProcessStdin', 'deaf', 'x'],
        ['sendProcessStdin', 'slow', 'x'.repeat(200_000)],
        ['sendRemoteCommEvent', 'type', 'data'],
        ['sendRemoteCommEvent', 'type'],
      ),
    );
  }
  assert.deepEqual(answers[1], answers[0]);
});

test('fg writes to the stdin of a process', { skip: missing }, async (t) => {
  const dir = scratch(t);
  const running = await start(t, {
    peer: 'legato',
    dir,
    programs: told('worker', 'autorestart=false').replace('autostart=false', ''),
  });
  const fg = spawn(join(repository, 'bin/legatoctl'), ['-c', join(dir, 'c.conf'), 'fg', 'worker'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: 300_000,
  });
  let shown = '';
  fg.stdout.on('data', (bytes: Buffer) => {
    shown += bytes.toString();
  });
  fg.stdin.write('say hello from outside\n');
  await until('its answer', () => shown.includes('\nhello from outside\n'), running);
  fg.stdin.write('exit 0\n');
  await until('the process to end', () => /exited: worker \(exit status 0/.test(running.log()), running);
  fg.stdin.end('one more\n');
  await until('the end of fg', () => fg.exitCode === 0, running);
  assert.match(shown, /Process got killed\n/);
});

test('whatever listeners babble, the daemon goes on and the others hear', { skip: missing }, async (t) => {
  const dir = scratch(t);
  const programs = `${notingListener(dir, 'sane', 'REMOTE_COMMUNICATION')}[eventlistener:babble]
command=/usr/bin/python3 ${fixtures}/babbles.py %(process_num)d
process_name=%(process_num)d
numprocs=12
events=EVENT
startsecs=0
stderr_logfile=${dir}/babble-%(process_num)d.err
`;
  const running = await start(t, { peer: 'legato', dir, programs });
  const silent = (index: number): boolean => textOf(join(dir, `babble-${index}.err`)).includes('that was all');
  await until('all to be silent', () => Array.from({ length: 12 }, (_, index) => silent(index)).every(Boolean), {
    limit: 60_000,
    evidence: running.evidence,
  });
  await call(running, ['sendRemoteCommEvent', 'still', 'here']);
  await untilNoted(running, 'sane', /type:still\nhere/);
  assert.doesNotMatch(running.log(), /the brain cannot go on/);
  assert.match((await running.ctl('status')).stdout, /^babble:11 +RUNNING/m);
});

test('a listener that never answers holds up nobody: the buffer is bounded, the loss is logged', {
  skip: missing,
}, async (t) => {
  const dir = scratch(t);
  const programs =
    notingListener(dir, 'deaf', 'EVENT', 'never-answers', 'buffer_size=5') +
    `[program:chatty]
command=/bin/sh -c "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done"
stdout_events_enabled=true
stdout_logfile=${dir}/chatty.log
startsecs=0
autostart=false
autorestart=false
`;
  const running = await start(t, { peer: 'legato', dir, programs });
  await until('the listener to be busy', () => notedEvents(dir, 'deaf').length === 1, running);
  await call(running, ['startProcess', 'chatty']);
  await until('all lines in the log', () => textOf(`${dir}/chatty.log`).endsWith('line 19999\n'), {
    limit: 60_000,
    evidence: () => '',
  });
  await until(
    'the line in the log',
    () => /ERRO pool deaf event buffer overflowed, discarding event \d+/.test(running.log()),
    running,
  );
  assert.equal(notedEvents(dir, 'deaf').length, 1);
});

test('a listener that is being started anew when the next brain dies as well is started in the end', {
  skip: missing,
}, async (t) => {
  const programs = `[eventlistener:deaf]
command=/usr/bin/python3 ${fixtures}/ignores-term.py
events=TICK_3600
stopwaitsecs=5
environment=READY="%(ENV_RUN_DIR)s/deaf"
`;
  const running = await start(t, { peer: 'legato', pid1: false, programs });
  await untilRunning(running, 'deaf');
  const { stdout: first } = await running.ctl('pid', 'deaf');
  await until('it to be deaf', () => existsSync(join(running.dir, 'deaf')), running);
  assert.match(await renewBrain(running), /deaf +STOPPING/);
  await renewBrain(running);
  await until(
    'its successor',
    async () => !['0\n', first].includes((await running.ctl('pid', 'deaf')).stdout),
    running,
  );
  await untilRunning(running, 'deaf');
});
