import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ApiTwins } from '../support/namespace/api-twins.ts';
import { lacking } from '../support/requirements.ts';

/* In which order Supervisor's API takes the processes of a group, and what it tells of starts that fail and of logs without a name. Both daemons are asked as in api-twins.test.ts. */

const skip = lacking('supervisor', 'root');

const ordered = `
[program:late]
command=/bin/sleep 1000
startsecs=0
autostart=false
priority=30
[program:zoe]
command=/bin/sleep 1000
startsecs=0
autostart=false
[program:ann]
command=/bin/sleep 1000
startsecs=0
autostart=false
[program:early]
command=/bin/sleep 1000
startsecs=0
autostart=false
priority=10
[group:order]
programs=zoe,late,ann,early
`;

test('commands for a group take its processes by priority, equal ones as configured', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const twins = await ApiTwins.start(t, ordered);
  const told = ['early', 'late', 'zoe', 'ann'].map((name) => ({ name, group: 'order', status: 80, description: 'OK' }));
  const value = { value: told };
  await twins.same('supervisor.startProcessGroup', ['order', false], value);
  for (const { name } of told) await twins.state(`order:${name}`, 'RUNNING');
  await twins.same('supervisor.signalAllProcesses', ['CONT'], value);
  await twins.same('supervisor.stopProcess', ['order:*', false], value);
  for (const { name } of told) await twins.state(`order:${name}`, 'STOPPED');
  await twins.same('supervisor.startAllProcesses', [false], value);
  for (const { name } of told) await twins.state(`order:${name}`, 'RUNNING');
  await twins.same('supervisor.stopAllProcesses', [false], value);
});

const failing = `
[program:absent]
command=/no/such/program
startretries=0
[program:lost]
command=/bin/sleep 1000
directory=/no/such/directory
autostart=false
startretries=0
[program:hasty]
command=/bin/sh -c "exit 3"
autostart=false
startsecs=5
startretries=100
[program:quote]
command=/bin/echo 'a
autostart=false
`;

test('a start that fails has its time, and its status is forgotten', { skip, timeout: 120_000 }, async (t) => {
  const twins = await ApiTwins.start(t, failing);
  await twins.state('absent', 'FATAL');
  await twins.same('supervisor.getProcessInfo', ['absent']);
  await twins.fault('supervisor.startProcess', ['lost'], 50, 'SPAWN_ERROR: lost');
  await twins.state('lost', 'FATAL');
  // The reason is in spawnerr where Supervisor has it in the log of the process.
  const answers = await twins.both('supervisor.getProcessInfo', 'lost');
  const times = answers.map((answer) => {
    assert.ok('value' in answer);
    const { start, stop, exitstatus } = answer.value as Record<string, unknown>;
    return { start, stop, exitstatus };
  });
  assert.deepEqual(times, [times[0], times[0]]);
  await twins.fault('supervisor.startProcess', ['hasty'], 50, 'SPAWN_ERROR: hasty');
  await twins.same('supervisor.stopProcess', ['hasty'], { value: true });
  await twins.same('supervisor.getProcessInfo', ['hasty']);
  const reason = `can't parse command "/bin/echo 'a": No closing quotation`;
  await twins.fault('supervisor.startProcess', ['quote'], 21, `NOT_EXECUTABLE: ${reason}`);
});

const silent = `
[program:silent]
command=/bin/sleep 1000
autostart=false
stdout_logfile=
`;

test('an empty name of a log is told as it is', { skip, timeout: 120_000 }, async (t) => {
  const twins = await ApiTwins.start(t, silent);
  const answers = await twins.both('supervisor.getAllConfigInfo');
  const names = answers.map((answer) => {
    assert.ok('value' in answer);
    return (answer.value as Record<string, unknown>[]).map((one) => one['stdout_logfile']);
  });
  assert.deepEqual(names, [[''], ['']]);
});
