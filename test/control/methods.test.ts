import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type FaultName, faultCode } from '../../src/control/contract.ts';
import { call, methods } from '../../src/control/methods.ts';
import { textOf } from '../../src/control/replies.ts';
import { Fault, type Value } from '../../src/control/value.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { FakeSupervisor } from './fake-supervisor.ts';

const two = (): FakeSupervisor => new FakeSupervisor().add('a:a', 'RUNNING').add('b:b', 'STOPPED');

async function faults(calling: Promise<Value>, name: FaultName, extra?: string): Promise<void> {
  await assert.rejects(calling, (error) => {
    assert.ok(error instanceof Fault, String(error));
    assert.equal(error.message, extra === undefined ? name : `${name}: ${extra}`);
    assert.equal(error.code, faultCode[name]);
    return true;
  });
}

const ok = (group: string, name: string): Value => ({ name, group, status: 80, description: 'OK' });

test('the table has every method of Supervisor that the port can serve, and legato has its own', async () => {
  const listed = await call(two(), 'system.listMethods', []);
  assert.deepEqual(listed, [
    ...'abortHandover about finishHandover handover planHandover signalMain signalMainAll signalMainGroup tree updateGroup upgrade'
      .split(' ')
      .map((name) => `legato.${name}`),
    ...[
      'addProcessGroup clearAllProcessLogs clearLog clearProcessLog clearProcessLogs getAPIVersion getAllConfigInfo',
      'getAllProcessInfo getIdentification getPID getProcessInfo getState getSupervisorVersion getVersion readLog',
      'readMainLog readProcessLog readProcessStderrLog readProcessStdoutLog reloadConfig removeProcessGroup restart sendProcessStdin sendRemoteCommEvent',
      'shutdown signalAllProcesses signalProcess signalProcessGroup startAllProcesses startProcess startProcessGroup',
      'stopAllProcesses stopProcess stopProcessGroup tailProcessLog tailProcessStderrLog tailProcessStdoutLog',
    ]
      .join(' ')
      .split(' ')
      .map((name) => `supervisor.${name}`),
    ...['listMethods', 'methodHelp', 'methodSignature', 'multicall'].map((name) => `system.${name}`),
  ]);
});

test('every method tells its help and its signature', async () => {
  for (const { name, parameters, returns } of methods) {
    const help = await call(two(), 'system.methodHelp', [name]);
    assert.match(textOf(help), new RegExp(`@return ${returns} result \\S`));
    const types = await call(two(), 'system.methodSignature', [name]);
    assert.deepEqual(types, [returns, ...parameters.map(({ type }) => type)]);
  }
  await faults(call(two(), 'system.methodHelp', ['no.such']), 'SIGNATURE_UNSUPPORTED');
  await faults(call(two(), 'system.methodSignature', ['no.such']), 'SIGNATURE_UNSUPPORTED');
});

test('a name is a row of the table and nothing else (CVE-2017-11610)', async () => {
  for (const name of [
    'supervisor.supervisord.options.warnings.linecache.os.system',
    'supervisor._getGroupAndProcess',
    'supervisor.__init__',
    'supervisor.constructor',
    'constructor',
    '__proto__',
    'supervisor',
    'supervisor.getState.call',
    '',
  ]) {
    await faults(call(two(), name, ['id']), 'UNKNOWN_METHOD');
  }
});

test('arguments that do not fit are INCORRECT_PARAMETERS', async () => {
  await faults(call(two(), 'supervisor.getState', [1]), 'INCORRECT_PARAMETERS');
  await faults(call(two(), 'supervisor.startProcess', []), 'INCORRECT_PARAMETERS');
  await faults(call(two(), 'supervisor.startProcess', [[]]), 'INCORRECT_PARAMETERS');
  await faults(call(two(), 'supervisor.startProcess', ['a', true, 1]), 'INCORRECT_PARAMETERS');
  await faults(call(two(), 'supervisor.readLog', ['x', 0]), 'INCORRECT_PARAMETERS');
});

test('the daemon tells about itself', async () => {
  const values = await Promise.all(
    ['getAPIVersion', 'getVersion', 'getSupervisorVersion', 'getIdentification', 'getState', 'getPID'].map((name) =>
      call(two(), `supervisor.${name}`, []),
    ),
  );
  assert.deepEqual(values, ['3.0', '3.0', '4.2.5', 'fake', { statecode: 1, statename: 'RUNNING' }, 4711]);
});

test('on its way out the daemon answers nothing but SHUTDOWN_STATE, and legato has its own', async () => {
  for (const way of ['shutdown', 'restart']) {
    const supervisor = two();
    assert.equal(await call(supervisor, `supervisor.${way}`, []), true);
    for (const { name, parameters } of methods) {
      if (!name.startsWith('supervisor.') || name === 'supervisor.sendRemoteCommEvent') continue;
      const args = parameters.map(({ type }): Value => (type === 'int' ? 0 : 'a'));
      await faults(call(supervisor, name, args), 'SHUTDOWN_STATE');
    }
    assert.deepEqual(await call(supervisor, 'legato.tree', []), []);
  }
});

test('getProcessInfo has the fields of Supervisor', async () => {
  const supervisor = new FakeSupervisor().add('g:x', 'FATAL', {
    description: 'no luck',
    spawnerr: 'no luck',
    start: 5.9,
    stop: 2 ** 33,
    exitstatus: -1,
    stdoutLogfile: '/o',
    stderrLogfile: '/e',
  });
  assert.deepEqual(await call(supervisor, 'supervisor.getProcessInfo', ['g:x']), {
    name: 'x',
    group: 'g',
    start: 5,
    stop: 2 ** 31 - 1,
    now: 1_800_000_000,
    state: 200,
    statename: 'FATAL',
    spawnerr: 'no luck',
    exitstatus: -1,
    logfile: '/o',
    stdout_logfile: '/o',
    stderr_logfile: '/e',
    pid: 0,
    description: 'no luck',
  });
  for (const name of ['x', 'g:*', 'g:', 'g', 'g:x:y']) {
    await faults(call(supervisor, 'supervisor.getProcessInfo', [name]), 'BAD_NAME', name);
  }
});

test('getAllProcessInfo is in lexical order, commands go by priority', async () => {
  const supervisor = new FakeSupervisor()
    .add('b:2', 'STOPPED', {}, 1)
    .add('b:1', 'STOPPED', {}, 1)
    .add('a:a', 'STOPPED', {}, 2);
  const infos = await call(supervisor, 'supervisor.getAllProcessInfo', []);
  assert.deepEqual(
    (infos as { name: string }[]).map(({ name }) => name),
    ['a', '1', '2'],
  );
  const started = await call(supervisor, 'supervisor.startAllProcesses', []);
  assert.deepEqual(started, [ok('b', '2'), ok('b', '1'), ok('a', 'a')]);
});

test('start: the program is looked for before the state is looked at', async () => {
  const supervisor = two();
  supervisor.obstacles.set('a:a', { fault: 'NO_FILE', text: "can't find command 'x'" });
  await faults(call(supervisor, 'supervisor.startProcess', ['a']), 'NO_FILE', "can't find command 'x'");
  supervisor.obstacles.set('a:a', { fault: 'NOT_EXECUTABLE', text: "command at 'x' is not executable" });
  await faults(
    call(supervisor, 'supervisor.startProcess', ['a']),
    'NOT_EXECUTABLE',
    "command at 'x' is not executable",
  );
  supervisor.obstacles.clear();
  await faults(call(supervisor, 'supervisor.startProcess', ['a']), 'ALREADY_STARTED', 'a');
  assert.deepEqual(supervisor.asked, []);
});

test('start: answers when it is up; what the daemon answers is the fault', async () => {
  const supervisor = two().add('u:u', 'UNKNOWN');
  assert.equal(await call(supervisor, 'supervisor.startProcess', ['b']), true);
  assert.equal(supervisor.process('b:b')?.state, 'RUNNING');
  await faults(call(supervisor, 'supervisor.startProcess', ['u']), 'FAILED', 'u is in an unknown process state');
  for (const name of ['SPAWN_ERROR', 'ABNORMAL_TERMINATION', 'ALREADY_STARTED'] as const) {
    const other = two();
    other.answers.set('b:b', { ok: false, fault: name });
    await faults(call(other, 'supervisor.startProcess', ['b']), name, 'b');
    assert.equal(await call(other, 'supervisor.startProcess', ['b', false]), true);
  }
  await faults(call(supervisor, 'supervisor.startProcess', ['zzz']), 'BAD_NAME', 'zzz');
});

test('without wait the answer comes before the process is up', async () => {
  const supervisor = two();
  assert.equal(await call(supervisor, 'supervisor.startProcess', ['b', false]), true);
  assert.equal(supervisor.process('b:b')?.state, 'STOPPED');
  assert.deepEqual(supervisor.asked, ['start b:b']);
});

test('groups: only those that are not up, refusals first, each with its own outcome', async () => {
  const supervisor = new FakeSupervisor()
    .add('g:1', 'STOPPED')
    .add('g:2', 'RUNNING')
    .add('g:3', 'EXITED')
    .add('g:4', 'FATAL');
  supervisor.answers.set('g:1', { ok: false, fault: 'SPAWN_ERROR' });
  supervisor.obstacles.set('g:4', { fault: 'NO_FILE', text: 'gone' });
  const expected = [
    { name: '4', group: 'g', status: 20, description: 'NO_FILE: gone' },
    { name: '1', group: 'g', status: 50, description: 'SPAWN_ERROR: g:1' },
    ok('g', '3'),
  ];
  assert.deepEqual(await call(supervisor, 'supervisor.startProcessGroup', ['g']), expected);
  assert.deepEqual(supervisor.asked, ['start g:1', 'start g:3']);
  for (const name of ['startProcessGroup', 'stopProcessGroup', 'signalProcessGroup']) {
    await faults(call(supervisor, `supervisor.${name}`, ['nope', 'HUP']), 'BAD_NAME', 'nope');
  }
});

test('a whole group may be named where a process is asked for', async () => {
  const supervisor = new FakeSupervisor().add('g:1', 'STOPPED').add('g:2', 'STOPPED');
  assert.deepEqual(await call(supervisor, 'supervisor.startProcess', ['g:*']), [ok('g', '1'), ok('g', '2')]);
  assert.deepEqual(await call(supervisor, 'supervisor.signalProcess', ['g:', 'HUP']), [ok('g', '1'), ok('g', '2')]);
  assert.deepEqual(await call(supervisor, 'supervisor.stopProcess', ['g:*']), [ok('g', '1'), ok('g', '2')]);
});

test('stop: also an ended process that has left something running', async () => {
  const supervisor = two()
    .add('e:e', 'EXITED', { remains: true })
    .add('f:f', 'EXITED')
    .add('s:s', 'STOPPING', { remains: true })
    .add('k:k', 'BACKOFF');
  for (const name of ['b', 'f', 's']) {
    await faults(call(supervisor, 'supervisor.stopProcess', [name]), 'NOT_RUNNING', name);
  }
  const stopped = await call(supervisor, 'supervisor.stopAllProcesses', []);
  assert.deepEqual(stopped, [ok('a', 'a'), ok('e', 'e'), ok('k', 'k')]);
});

test('signal: names and numbers, to those that have a process', async () => {
  const supervisor = two().add('s:s', 'STOPPING', { pid: 9 }).add('k:k', 'BACKOFF').add('n:n', 'STARTING');
  for (const [signal, number] of Object.entries({
    HUP: 1,
    sighup: 1,
    ' usr2 ': 12,
    '15': 15,
    RTMIN: 34,
    CLD: 17,
    '0': 0,
  })) {
    assert.equal(await call(supervisor, 'supervisor.signalProcess', ['a', signal]), true);
    assert.equal(supervisor.asked.pop(), `signal a:a ${number}`);
  }
  assert.equal(await call(supervisor, 'supervisor.signalProcess', ['a', 10]), true);
  for (const signal of ['FOO', '999', '35', '', 'toString']) {
    await faults(call(supervisor, 'supervisor.signalProcess', ['a', signal]), 'BAD_SIGNAL', signal);
  }
  await faults(call(supervisor, 'supervisor.signalProcess', ['b', 'HUP']), 'NOT_RUNNING', 'b');
  const text = "attempted to send n sig SIGHUP but it wasn't running";
  await faults(call(supervisor, 'supervisor.signalProcess', ['n', 'HUP']), 'FAILED', text);
  assert.deepEqual(await call(supervisor, 'supervisor.signalAllProcesses', ['HUP']), [
    ok('a', 'a'),
    ok('s', 's'),
    { name: 'n', group: 'n', status: 30, description: `FAILED: ${text}` },
  ]);
});

test('signalMain: the same to the one that can act on the signal', async () => {
  const supervisor = two();
  assert.equal(await call(supervisor, 'legato.signalMain', ['a', 'HUP']), true);
  assert.deepEqual(await call(supervisor, 'legato.signalMainGroup', ['a', 'HUP']), [ok('a', 'a')]);
  assert.deepEqual(await call(supervisor, 'legato.signalMain', ['a:*', 'HUP']), [ok('a', 'a')]);
  assert.deepEqual(supervisor.asked, ['signal actor of a:a 1', 'signal actor of a:a 1', 'signal actor of a:a 1']);
  await faults(call(supervisor, 'legato.signalMain', ['no', 'HUP']), 'BAD_NAME', 'no');
});

test('signal: a process that has just ended is no error, what is not permitted is one', async () => {
  const supervisor = two();
  supervisor.signalErrno = 3;
  assert.equal(await call(supervisor, 'supervisor.signalProcess', ['a', 'HUP']), true);
  supervisor.signalErrno = 1;
  const text = 'unknown problem sending sig SIGHUP to a (100): EPERM';
  await faults(call(supervisor, 'supervisor.signalProcess', ['a', 'HUP']), 'FAILED', text);
});

test('logs are read by the arithmetic of Supervisor', async (t) => {
  const dir = scratch(t);
  const supervisor = two();
  const file = join(dir, 'a.log');
  const read = (offset: Value, length: Value): Promise<Value> =>
    call(supervisor, 'supervisor.readProcessStdoutLog', ['a', offset, length]);
  await faults(read(0, 0), 'NO_FILE');
  supervisor.logTo('a:a', 'stdout', file);
  await faults(read(0, 0), 'NO_FILE', file);
  writeFileSync(file, '0123456789ä');
  assert.equal(await read(0, 0), '0123456789ä');
  assert.equal(await read('-4', '0'), '89ä');
  assert.equal(await read(-100, 0), '0123456789ä');
  assert.equal(await read(2, 3), '234');
  assert.equal(await read(100, 0), '');
  assert.equal(await read(-1, 0), '', 'half a character is left out');
  assert.equal(await read(9, 2), '9\ufffd', 'and one that is cut at the end is shown as such');
  await faults(read(-1, 1), 'BAD_ARGUMENTS');
  await faults(read(0, -1), 'BAD_ARGUMENTS');
  mkdirSync(join(dir, 'd'));
  supervisor.logTo('a:a', 'stdout', join(dir, 'd'));
  await faults(read(0, 0), 'FAILED');
  await faults(call(supervisor, 'supervisor.readProcessLog', ['nope', 0, 0]), 'BAD_NAME', 'nope');
});

test('tails tell where to go on and whether something was left out', async (t) => {
  const supervisor = two();
  const file = join(scratch(t), 'a.err');
  const tail = (offset: number, length: number): Promise<Value> =>
    call(supervisor, 'supervisor.tailProcessStderrLog', ['a', offset, length]);
  assert.deepEqual(await tail(0, 10), ['', 0, false]);
  supervisor.logTo('a:a', 'stderr', file);
  assert.deepEqual(await tail(0, 10), ['', 0, false], 'a log that is not there is empty');
  writeFileSync(file, '0123456789');
  // The expected values are those of Supervisor's tailFile for a file of ten bytes.
  assert.deepEqual(await tail(0, 10), ['0123456789', 10, false]);
  assert.deepEqual(await tail(0, 5), ['56789', 10, true]);
  assert.deepEqual(await tail(10, 5), ['', 10, false]);
  assert.deepEqual(await tail(8, 5), ['56789', 10, false]);
  assert.deepEqual(await tail(50, 5), ['', 10, false]);
  assert.deepEqual(await tail(0, 0), ['', 10, true]);
});

test('the main log is read and cleared', async (t) => {
  const supervisor = two();
  await faults(call(supervisor, 'supervisor.readLog', [0, 0]), 'NO_FILE');
  await faults(call(supervisor, 'supervisor.clearLog', []), 'NO_FILE');
  supervisor.mainLog = join(scratch(t), 'main.log');
  writeFileSync(supervisor.mainLog, 'hello\n');
  assert.equal(await call(supervisor, 'supervisor.readMainLog', [-3, 0]), 'lo\n');
  assert.equal(await call(supervisor, 'supervisor.clearLog', []), true);
  assert.equal(await call(supervisor, 'supervisor.readLog', [0, 0]), '');
  supervisor.canClear = false;
  await faults(call(supervisor, 'supervisor.clearLog', []), 'FAILED');
});

test('logs of processes are cleared', async () => {
  const supervisor = two();
  assert.equal(await call(supervisor, 'supervisor.clearProcessLogs', ['a']), true);
  assert.deepEqual(await call(supervisor, 'supervisor.clearAllProcessLogs', []), [ok('a', 'a'), ok('b', 'b')]);
  assert.deepEqual(supervisor.asked, ['clear a:a', 'clear a:a', 'clear b:b']);
  supervisor.canClear = false;
  await faults(call(supervisor, 'supervisor.clearProcessLog', ['a']), 'FAILED', 'a');
  await faults(call(supervisor, 'supervisor.clearProcessLog', ['a:*']), 'BAD_NAME', 'a:*');
});

test('the configuration is read again, and groups come and go', async () => {
  const supervisor = two();
  supervisor.reading = { ok: true, added: ['n'], changed: ['a'], removed: ['b'] };
  assert.deepEqual(await call(supervisor, 'supervisor.reloadConfig', []), [[['n'], ['a'], ['b']]]);
  assert.equal(await call(supervisor, 'supervisor.addProcessGroup', ['n']), true);
  await faults(call(supervisor, 'supervisor.addProcessGroup', ['n']), 'ALREADY_ADDED', 'n');
  await faults(call(supervisor, 'supervisor.addProcessGroup', ['x']), 'BAD_NAME', 'x');
  await faults(call(supervisor, 'supervisor.removeProcessGroup', ['a']), 'STILL_RUNNING', 'a');
  assert.equal(await call(supervisor, 'supervisor.removeProcessGroup', ['b']), true);
  await faults(call(supervisor, 'supervisor.removeProcessGroup', ['b']), 'BAD_NAME', 'b');
  supervisor.reading = { ok: false, error: 'line 3 is wrong' };
  await faults(call(supervisor, 'supervisor.reloadConfig', []), 'CANT_REREAD', 'line 3 is wrong');
});

test('getAllConfigInfo has words for what XML-RPC cannot say', async () => {
  const [first] = (await call(two(), 'supervisor.getAllConfigInfo', [])) as Record<string, Value>[];
  const { directory, uid, serverurl, stdout_logfile, stderr_logfile, autorestart, exitcodes } = first ?? {};
  assert.deepEqual(
    { directory, uid, serverurl, stdout_logfile, stderr_logfile, autorestart, exitcodes },
    {
      directory: 'none',
      uid: 'none',
      serverurl: 'none',
      stdout_logfile: 'auto',
      stderr_logfile: 'none',
      autorestart: 'unexpected',
      exitcodes: [0],
    },
  );
});

test('multicall makes its calls in order and wraps nothing', async () => {
  const supervisor = two();
  const results = await call(supervisor, 'system.multicall', [
    [
      { methodName: 'supervisor.startProcess', params: ['b'] },
      { methodName: 'supervisor.stopProcess', params: ['b'] },
      { methodName: 'supervisor.getPID' },
      { methodName: 'supervisor.stopProcess', params: ['b'] },
      { methodName: 'system.multicall', params: [[]] },
      { params: [] },
      'nonsense',
      { methodName: 'no.such' },
    ],
  ]);
  const fault = (code: number, text: string): Value => ({ faultCode: code, faultString: text });
  assert.deepEqual(results, [
    true,
    true,
    4711,
    fault(70, 'NOT_RUNNING: b'),
    fault(2, 'INCORRECT_PARAMETERS: Recursive system.multicall forbidden'),
    fault(2, 'INCORRECT_PARAMETERS: No methodName'),
    fault(2, 'INCORRECT_PARAMETERS: No methodName'),
    fault(1, 'UNKNOWN_METHOD'),
  ]);
  assert.deepEqual(supervisor.asked, ['start b:b', 'stop b:b']);
});
