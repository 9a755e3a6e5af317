import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { ApiTwins } from '../support/namespace/api-twins.ts';
import type { Answered } from '../support/namespace/asks.ts';
import { lacking } from '../support/requirements.ts';

/*
 * Every method of Supervisor's API, in every situation, asked of Debian's supervisord and of legatod with the same file by
 * Python's xmlrpc.client: values with their types, faults with their texts. Pids, times and directories are masked.
 */

const skip = lacking('supervisor', 'root');

const programs = `
[program:talk]
command=/bin/sh -c "echo zwölf; echo err >&2; exec sleep 1000"
startsecs=0
[program:cat]
command=/bin/cat
startsecs=0
[program:slow]
command=/bin/sleep 1000
startsecs=1000
autostart=false
[program:manual]
command=/bin/sleep 1000
autostart=false
startsecs=0
priority=5
[program:missing]
command=/no/such/program
autostart=false
[program:text]
command=/etc/passwd
autostart=false
[program:quick]
command=/bin/sh -c "sleep 0.3; exit 3"
autostart=false
startsecs=5
startretries=0
[program:done]
command=/bin/sh -c "exit 4"
autorestart=false
startsecs=0
[program:killed]
command=/bin/sh -c "sleep 0.3; kill -KILL $$"
autorestart=false
startsecs=0
autostart=false
[program:quiet]
command=/bin/sleep 1000
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
[program:one]
process_name=%(program_name)s_%(process_num)02d
numprocs=2
command=/bin/sleep 1000
startsecs=0
[program:off]
command=/bin/sleep 1000
startsecs=0
autostart=false
[group:g]
programs=one,off
priority=20
[program:exact]
command=/bin/sh -c "exec sleep 1000"
directory=/tmp
user=root
autostart=false
autorestart=true
exitcodes=0,2
stopsignal=INT
stopwaitsecs=7
stopasgroup=true
redirect_stderr=true
stdout_logfile=%(here)s/exact.log
stdout_logfile_maxbytes=1MB
stdout_logfile_backups=3
stdout_capture_maxbytes=2KB
stdout_events_enabled=true
serverurl=unix:///x.sock
[eventlistener:listener]
command=/bin/sleep 1000
events=PROCESS_STATE
autostart=false
`;

test('the whole API answers as that of Supervisor does', { skip, timeout: 600_000 }, async (t) => {
  const twins = await ApiTwins.start(t, programs);
  for (const name of ['talk', 'cat', 'quiet', 'g:one_00', 'g:one_01']) await twins.state(name, 'RUNNING');
  await twins.state('done', 'EXITED');
  await twins.log('talk', 'zwölf\n', 'err\n');

  await t.test('about itself', async () => {
    for (const method of ['getAPIVersion', 'getVersion', 'getSupervisorVersion', 'getIdentification', 'getState'])
      await twins.same(`supervisor.${method}`);
    await twins.same('supervisor.getState', [], { value: { statecode: 1, statename: 'RUNNING' } });
    const [theirs, ours] = await twins.both('supervisor.getPID');
    assert.deepEqual([typeof Object.values(theirs)[0], typeof Object.values(ours)[0]], ['number', 'number']);
  });

  await t.test('how processes are', async () => {
    await twins.same('supervisor.getAllProcessInfo');
    for (const name of ['talk', 'manual', 'done', 'quiet', 'g:one_00', 'g:off', 'exact', 'listener'])
      await twins.same('supervisor.getProcessInfo', [name]);
    for (const name of ['nope', 'g', 'g:*', 'g:', ':', '', 'nope:*', 'one_00', 'talk:talk', 'talk:nope'])
      await twins.same('supervisor.getProcessInfo', [name]);
  });

  await t.test('the configuration', async () => {
    // Debian's version has no autorestart; it came later.
    const [theirs, ours] = await twins.both('supervisor.getAllConfigInfo');
    assert.ok('value' in theirs && 'value' in ours && Array.isArray(ours.value));
    const own = ours.value.map(({ autorestart, ...rest }: Record<string, unknown>) => {
      assert.ok(autorestart === true || autorestart === false || autorestart === 'unexpected');
      return rest;
    });
    assert.deepEqual(own, theirs.value);
    await twins.same('supervisor.reloadConfig', [], { value: [[[], [], []]] });
  });

  await t.test('starting', async () => {
    await twins.same('supervisor.startProcess', ['manual'], { value: true });
    await twins.fault('supervisor.startProcess', ['manual'], 60, 'ALREADY_STARTED: manual');
    await twins.same('supervisor.startProcess', ['missing'], {
      fault: [20, "NO_FILE: can't find command '/no/such/program'"],
    });
    await twins.same('supervisor.startProcess', ['missing', false]);
    await twins.same('supervisor.startProcess', ['text']);
    await twins.fault('supervisor.startProcess', ['quick'], 50, 'SPAWN_ERROR: quick');
    await twins.same('supervisor.getProcessInfo', ['quick']);
    await twins.same('supervisor.startProcess', ['killed']);
    await twins.state('killed', 'EXITED');
    await twins.same('supervisor.getProcessInfo', ['killed']);
    await twins.same('supervisor.startProcess', ['slow', false], { value: true });
    // Supervisor answers when it has forked, legato when it has asked init to.
    await twins.state('slow', 'STARTING', /"pid":[1-9]/);
    await twins.same('supervisor.getProcessInfo', ['slow']);
    await twins.fault('supervisor.startProcess', ['slow'], 60, 'ALREADY_STARTED: slow');
    await twins.same('supervisor.signalProcess', ['slow', 'CONT']);
    await twins.same('supervisor.stopProcess', ['slow']);
    for (const name of ['nope', 'nope:*', 'g:nope', '']) await twins.same('supervisor.startProcess', [name]);
    await twins.same('supervisor.startProcess', ['g:*']);
    await twins.same('supervisor.startProcess', ['g:*'], { value: [] });
    await twins.same('supervisor.startProcessGroup', ['g'], { value: [] });
    await twins.same('supervisor.startProcessGroup', ['nope']);
    await twins.same('supervisor.startProcessGroup', ['missing']);
    await twins.same('supervisor.startProcessGroup', ['quick']);
  });

  await t.test('logs', async () => {
    for (const dir of twins.dirs) writeFileSync(join(dir, 'exact.log'), '0123456789\nzwölf!\nend\n');
    const cases = [
      [0, 0],
      [0, 4],
      [3, 4],
      [-4, 0],
      [-4, 2],
      [4, -1],
      [100, 0],
      [100, 4],
      [-100, 0],
      [0, 1000],
      ['2', '3'],
      [2.7, 1.2],
    ];
    for (const [offset, length] of cases) {
      for (const method of ['readProcessStdoutLog', 'readProcessLog', 'tailProcessStdoutLog', 'tailProcessLog'])
        await twins.same(`supervisor.${method}`, ['exact', offset, length]);
      await twins.same('supervisor.readProcessStderrLog', ['exact', offset, length]);
      await twins.same('supervisor.tailProcessStderrLog', ['exact', offset, length]);
    }
    // A character cut in two: Supervisor has no answer.
    const [theirs, ours] = await twins.both('supervisor.readProcessStdoutLog', 'exact', -9, 0);
    assert.deepEqual([theirs, ours], [{ http: 500 }, { value: 'lf!\nend\n' }]);
    await twins.same('supervisor.readProcessStdoutLog', ['talk', 0, 0], { value: 'zwölf\n' });
    await twins.same('supervisor.readProcessStderrLog', ['talk', 0, 0], { value: 'err\n' });
    for (const name of ['quiet', 'nope', 'g:*', 'g:off', 'manual']) {
      for (const method of [
        'readProcessStdoutLog',
        'readProcessStderrLog',
        'tailProcessStdoutLog',
        'tailProcessStderrLog',
      ])
        await twins.same(`supervisor.${method}`, [name, 0, 10]);
    }
    for (const name of ['talk', 'quiet', 'manual', 'exact'])
      await twins.same('supervisor.clearProcessLogs', [name], { value: true });
    await twins.same('supervisor.readProcessStdoutLog', ['talk', 0, 0], { value: '' });
    await twins.same('supervisor.clearProcessLog', ['talk']);
    await twins.same('supervisor.clearProcessLogs', ['nope']);
    await twins.same('supervisor.clearProcessLogs', ['g:*']);
    await twins.same('supervisor.clearAllProcessLogs');
    for (const method of ['readLog', 'readMainLog']) {
      await twins.same(`supervisor.${method}`, [-4, 2]);
      await twins.same(`supervisor.${method}`, [4, -1]);
      await twins.same(`supervisor.${method}`, [10_000_000, 0], { value: '' });
    }
    await twins.same('supervisor.clearLog', [], { value: true });
  });

  await t.test('signals', async () => {
    for (const signal of ['CONT', 'SIGCONT', 'cont', 18, '18', 'CLD'])
      await twins.same('supervisor.signalProcess', ['talk', signal], { value: true });
    // Of one that is not running the signal is looked at first: nobody gets these.
    for (const signal of ['CONT ', 'FOO', '', '0', 0, 9, 34, 35, 64, 65, '99', 'SIGSIGCONT', 'RTMIN', 'sigrtmax'])
      await twins.same('supervisor.signalProcess', ['done', signal]);
    await twins.fault('supervisor.signalProcess', ['done', 'CONT'], 70, 'NOT_RUNNING: done');
    await twins.same('supervisor.signalProcess', ['nope', 'CONT']);
    await twins.same('supervisor.signalProcess', ['nope', 'FOO']);
    await twins.same('supervisor.signalProcess', ['done', 'FOO']);
    await twins.same('supervisor.signalProcess', ['g:*', 'CONT']);
    await twins.same('supervisor.signalProcess', ['nope:*', 'CONT']);
    await twins.same('supervisor.signalProcessGroup', ['g', 'CONT']);
    await twins.same('supervisor.signalProcessGroup', ['g', 'FOO']);
    await twins.same('supervisor.signalProcessGroup', ['nope', 'CONT']);
    await twins.same('supervisor.signalAllProcesses', ['CONT']);
  });

  await t.test('stdin and events', async () => {
    await twins.same('supervisor.sendProcessStdin', ['cat', 'zwölf\n'], { value: true });
    await twins.fault('supervisor.sendProcessStdin', ['done', 'x'], 70, 'NOT_RUNNING: done');
    await twins.fault('supervisor.sendProcessStdin', ['nope', 'x'], 10, 'BAD_NAME: nope');
    await twins.same('supervisor.sendProcessStdin', ['g:*', 'x']);
    await twins.same('supervisor.sendProcessStdin', ['cat', 5]);
    await twins.same('supervisor.sendProcessStdin', ['cat', '']);
    await twins.same('supervisor.sendRemoteCommEvent', ['type', 'dätä'], { value: true });
  });

  await t.test('stopping', async () => {
    await twins.same('supervisor.stopProcess', ['manual'], { value: true });
    await twins.fault('supervisor.stopProcess', ['manual'], 70, 'NOT_RUNNING: manual');
    await twins.same('supervisor.getProcessInfo', ['manual']);
    await twins.same('supervisor.stopProcess', ['cat', false], { value: true });
    await twins.state('cat', 'STOPPED');
    for (const name of ['nope', 'nope:*', 'done', 'quick', 'missing'])
      await twins.same('supervisor.stopProcess', [name]);
    await twins.same('supervisor.stopProcess', ['g:one_00']);
    await twins.same('supervisor.stopProcess', ['g:off']);
    await twins.same('supervisor.stopProcess', ['g:*']);
    await twins.same('supervisor.stopProcessGroup', ['g'], { value: [] });
    await twins.same('supervisor.stopProcessGroup', ['nope']);
    await twins.same('supervisor.startProcessGroup', ['g', true]);
    await twins.same('supervisor.stopProcessGroup', ['g', false]);
    for (const name of ['g:one_00', 'g:one_01', 'g:off']) await twins.state(name, 'STOPPED');
    await twins.same('supervisor.getAllProcessInfo');
  });

  await t.test('groups', async () => {
    await twins.fault('supervisor.addProcessGroup', ['talk'], 90, 'ALREADY_ADDED: talk');
    await twins.fault('supervisor.addProcessGroup', ['nope'], 10, 'BAD_NAME: nope');
    await twins.fault('supervisor.removeProcessGroup', ['talk'], 91, 'STILL_RUNNING: talk');
    await twins.fault('supervisor.removeProcessGroup', ['nope'], 10, 'BAD_NAME: nope');
    await twins.same('supervisor.removeProcessGroup', ['g'], { value: true });
    await twins.same('supervisor.getProcessInfo', ['g:off']);
    await twins.same('supervisor.addProcessGroup', ['g'], { value: true });
    await twins.state('g:one_00', 'RUNNING');
    for (const dir of twins.dirs)
      appendFileSync(
        join(dir, 'c.conf'),
        '[program:new]\ncommand=/bin/cat\nstartsecs=0\n[program:quiet]\nstartsecs=2\n',
      );
    await twins.same('supervisor.reloadConfig', [], { value: [[['new'], ['quiet'], []]] });
    await twins.same('supervisor.addProcessGroup', ['new'], { value: true });
    await twins.state('new', 'RUNNING');
    for (const dir of twins.dirs) appendFileSync(join(dir, 'c.conf'), '[program:bad]\ncommand=/bin/cat\nstartsecs=x\n');
    await twins.same('supervisor.reloadConfig');
  });

  await t.test('wrong arguments', async () => {
    const methods = [
      'supervisor.getProcessInfo',
      'supervisor.startProcess',
      'supervisor.readLog',
      'supervisor.signalProcess',
      'supervisor.getPID',
    ];
    for (const method of methods) {
      await twins.same(
        method,
        Array.from({ length: 5 }, () => 'x'),
      );
      if (!method.endsWith('getPID')) await twins.fault(method, [], 2, 'INCORRECT_PARAMETERS');
    }
    // What Python's int() cannot read.
    const [theirs, ours] = await twins.both('supervisor.readProcessLog', 'talk', 'x', 'y');
    assert.deepEqual([theirs, ours], [{ http: 500 }, { fault: [2, 'INCORRECT_PARAMETERS'] }]);
    await twins.same('supervisor.startProcess', ['nope', 'maybe']);
  });

  await t.test('methods that there are not, and what leads out of the table (CVE-2017-11610)', async () => {
    const names = [
      'nope',
      'supervisor',
      'supervisor.nope',
      'supervisor.',
      '.getPID',
      'nope.nope',
      'supervisor.getPID.x',
      'system.',
      'supervisor.__init__',
      'supervisor.supervisord.options.execve',
      'supervisor.supervisord.options.warnings.linecache.os.system',
      'supervisor.supervisord',
      'system.__class__',
      'system.namespaces',
      'supervisor._update',
      'supervisor._getAllProcesses',
      'supervisor._readProcessLog',
      'system.constructor',
      '__proto__.toString',
      'toString',
      'supervisor.__proto__',
      'supervisor.constructor',
    ];
    for (const name of names) await twins.fault(name, [], 1, 'UNKNOWN_METHOD');
    await twins.fault(
      'supervisor.supervisord.options.warnings.linecache.os.system',
      ['touch /tmp/owned'],
      1,
      'UNKNOWN_METHOD',
    );
  });

  await t.test('system.*', async () => {
    const [theirs, ours] = await twins.both('system.listMethods');
    assert.ok('value' in theirs && 'value' in ours && Array.isArray(theirs.value) && Array.isArray(ours.value));
    const known = new Set<unknown>(ours.value);
    assert.deepEqual(
      theirs.value.filter((name) => !known.has(name)),
      [],
    );
    for (const name of theirs.value as string[]) {
      await twins.same('system.methodSignature', [name]);
      const [, help] = await twins.both('system.methodHelp', name);
      assert.ok('value' in help && typeof help.value === 'string' && help.value.includes('@return'), name);
    }
    for (const method of ['system.methodSignature', 'system.methodHelp'])
      for (const name of ['nope', 'supervisor.nope', '']) await twins.same(method, [name]);
    const call = (methodName: unknown, ...params: unknown[]): unknown => ({ methodName, params });
    const multi = (calls: unknown): Promise<Answered> => twins.same('system.multicall', [calls]);
    await multi([]);
    await multi([
      call('supervisor.getState'),
      call('supervisor.getProcessInfo', 'nope'),
      call('supervisor.getAPIVersion'),
    ]);
    await multi([
      { methodName: 'supervisor.getState' },
      { params: [] },
      {},
      { methodName: 'supervisor.getAPIVersion', params: [], extra: 1 },
    ]);
    await multi([
      call('supervisor.stopProcess', 'g:one_00'),
      call('supervisor.startProcess', 'g:one_00'),
      call('supervisor.startProcess', 'g:one_00'),
    ]);
    await multi([call('supervisor.startProcess', 'quick'), call('supervisor.getState')]);
    await multi([call('system.multicall', [call('supervisor.getState')])]);
    await multi([
      call('nope'),
      call('supervisor.nope'),
      call('supervisor.__class__'),
      call('supervisor.supervisord.options'),
    ]);
    await multi([call('supervisor.getProcessInfo'), call('supervisor.getProcessInfo', 1, 2, 3)]);
    await multi([call('system.listMethods', 1), call('system.methodSignature', 'supervisor.getPID')]);
  });
});
