import assert from 'node:assert/strict';
import { test } from 'node:test';
import { good, onlyGroup, onlyProcess, refused } from './memory-host.ts';

const program = (keys: string): string => `[program:a]\ncommand=/bin/cat\n${keys}`;

/** Why a program with these keys is refused; they begin on line 4. */
const fault = (keys: string): { message: string; at: string | null } => refused(program(keys));

const where = " in section 'program:a' (file: '/etc/legato.conf')";

test('a program of nothing but a command has the defaults', () => {
  const config = good(program(''));
  const stream = {
    target: { kind: 'auto' },
    maxbytes: 52428800,
    backups: 10,
    captureMaxbytes: 0,
    eventsEnabled: false,
    syslog: false,
  };
  assert.deepEqual(config.groups, [
    {
      name: 'a',
      priority: 999,
      type: 'group',
      eventlistener: null,
      socket: null,
      processes: [
        {
          key: 'a:a',
          group: 'a',
          name: 'a',
          priority: 999,
          autostart: true,
          autorestart: 'unexpected',
          exitcodes: [0],
          startsecs: 1,
          startretries: 3,
          stopsignal: 15,
          stopwaitsecs: 10,
          stopasgroup: false,
          killasgroup: false,
          command: '/bin/cat',
          directory: null,
          identity: null,
          umask: null,
          environment: {},
          redirectStderr: false,
          stdout: stream,
          stderr: stream,
          serverurl: null,
          handover: 'replace',
          handoverReason: 'without listen, nothing says that two of it can run side by side',
          queue: null,
          listen: [],
          listenAs: 'fds',
          dialects: [],
          listenHold: true,
          ready: { kind: 'assumed' },
          hasReadiness: false,
          assumedAfter: 1,
          workerHook: true,
          readyTimeout: 30,
          minReady: 1,
          checkCommand: null,
          checkTimeout: 30,
          quietCommand: null,
          quietSignal: null,
          staleFiles: [],
          watchdog: 0,
          maxSurge: 1,
          maxUnavailable: 0,
          program: 'a',
          quietTimeout: 0,
          drainSignal: 15,
          drainAsGroup: false,
          drainTimeout: 10,
          drainPolicy: 'kill',
          maxDraining: 2,
          main: null,
          reloadSignal: 1,
          reloadTimeout: 10,
          handoverFallback: 'none',
        },
      ],
    },
  ]);
});

test('every key is read', () => {
  const process = onlyProcess(
    good(
      program(
        'priority=1\nautostart=no\nautorestart=true\nexitcodes=0,2\nstartsecs=5\nstartretries=0\nstopsignal=INT\nstopwaitsecs=3\n' +
          'stopasgroup=1\nuser=web\numask=027\nserverurl=http://x\ndirectory=/srv\nstdout_logfile=/tmp/o\nstdout_logfile_maxbytes=1KB\n' +
          'stdout_logfile_backups=2\nstdout_capture_maxbytes=3\nstdout_events_enabled=on\nstdout_syslog=true\nstderr_logfile=NONE\n',
      ),
    ),
  );
  assert.equal(process.autostart, false);
  assert.equal(process.autorestart, true);
  assert.deepEqual(process.exitcodes, [0, 2]);
  assert.deepEqual([process.startsecs, process.startretries, process.stopsignal, process.stopwaitsecs], [5, 0, 2, 3]);
  assert.deepEqual([process.stopasgroup, process.killasgroup], [true, true], 'killasgroup follows stopasgroup');
  assert.deepEqual(process.identity, { user: 'web', uid: 1000, gid: 1001, groups: [1001, 33, 44] });
  assert.deepEqual([process.umask, process.serverurl, process.directory], [0o27, 'http://x', '/srv']);
  assert.deepEqual(process.stdout, {
    target: { kind: 'file', path: '/tmp/o' },
    maxbytes: 1024,
    backups: 2,
    captureMaxbytes: 3,
    eventsEnabled: true,
    syslog: true,
  });
  assert.deepEqual(process.stderr.target, { kind: 'none' });
});

test('numprocs makes numbered processes, sorted by name', () => {
  const group = onlyGroup(
    good(
      program(
        'process_name=%(program_name)s_%(process_num)02d\nnumprocs=3\nnumprocs_start=9\nstdout_logfile=/tmp/%(process_num)d-%(numprocs)s\n',
      ),
    ),
  );
  assert.deepEqual(
    group.processes.map((process) => process.key),
    ['a:a_09', 'a:a_10', 'a:a_11'],
  );
  assert.deepEqual(group.processes[0]?.stdout.target, { kind: 'file', path: '/tmp/9-3' });
});

test('numprocs=0 is an empty group', () => assert.deepEqual(onlyGroup(good(program('numprocs=0\n'))).processes, []));

test('names of the program are known where they are promised', () => {
  const process = onlyProcess(
    good(
      '[program:a]\ncommand=%(here)s %(program_name)s %(group_name)s %(host_node_name)s %(ENV_X)s %(ENV_OWN)s\nenvironment=OWN="%(ENV_X)s!"\n',
      {
        environment: { X: 'x' },
      },
    ),
  );
  assert.equal(process.command, '/etc a a box x x!');
  assert.deepEqual(process.environment, { OWN: 'x!' });
});

test("the environment of [supervisord] lies under the program's own and is known as ENV_", () => {
  const process = onlyProcess(
    good(`environment=A="1",B="2"\n${program('environment=B="3"\ndirectory=/%(ENV_A)s%(ENV_B)s\n')}`),
  );
  assert.deepEqual(process.environment, { A: '1', B: '3' });
  assert.equal(process.directory, '/13');
});

test('log files are expanded twice', () => {
  const process = onlyProcess(good(program('stdout_logfile=/tmp/%%(program_name)s\nstderr_logfile=/tmp/100%%%%\n')));
  assert.deepEqual(process.stdout.target, { kind: 'file', path: '/tmp/a' });
  assert.deepEqual(process.stderr.target, { kind: 'file', path: '/tmp/100%' });
  assert.deepEqual(fault('stdout_logfile=/tmp/50%%\n'), {
    message: `Format string '/tmp/50%' for 'stdout_logfile' is badly formatted: incomplete format${where}`,
    at: '/etc/legato.conf:4',
  });
});

test('syslog as a log file becomes *_syslog, with a warning', () => {
  const config = good(program('stderr_logfile=syslog\n'));
  const process = onlyProcess(config);
  assert.deepEqual([process.stderr.target, process.stderr.syslog], [{ kind: 'none' }, true]);
  assert.deepEqual(config.messages, [
    {
      level: 'warn',
      text: 'For [program:a], stderr_logfile=syslog but this is deprecated and will be removed.  Use stderr_syslog=true to enable syslog instead.',
      place: { file: '/etc/legato.conf', line: 4 },
    },
  ]);
});

test('AUTO without rotation is warned about', () => {
  const config = good(program('stdout_logfile_maxbytes=0\n'));
  assert.equal(
    config.messages[0]?.text,
    'For [program:a], AUTO logging used for stdout_logfile without rollover, set maxbytes > 0 to avoid filling up filesystem unintentionally',
  );
});

test('redirect_stderr leaves stderr without a log, with a warning when it had a file', () => {
  assert.deepEqual(good(program('redirect_stderr=true\n')).messages, []);
  const config = good(program('redirect_stderr=true\nstderr_logfile=/tmp/e\n'));
  assert.deepEqual(onlyProcess(config).stderr.target, { kind: 'none' });
  assert.equal(
    config.messages[0]?.text,
    'For [program:a], redirect_stderr=true but stderr_logfile has also been set to a filename, the filename has been ignored',
  );
});

test('an empty log file name is no log', () => {
  assert.deepEqual(onlyProcess(good(program('stdout_logfile=\n'))).stdout.target, { kind: 'none', path: '' });
});

test('serverurl AUTO is computed later', () => {
  assert.equal(onlyProcess(good(program('serverurl= auto\n'))).serverurl, null);
});

test('a swallowed key becomes part of the command, as in Supervisor', () => {
  assert.equal(onlyProcess(good(program('  autostart=false\n'))).command, '/bin/cat\nautostart=false');
});

const faults: readonly (readonly [string, string, number])[] = [
  ['startsecs=x\n', "invalid literal for int() with base 10: 'x'", 4],
  ['\nautorestart=always\n', "invalid 'autorestart' value 'always'", 5],
  ['user=nobody\n', 'Invalid user name nobody', 4],
  ['numprocs=2\n', '%(process_num) must be present within process_name when numprocs > 1', 4],
  ['stopasgroup=true\nkillasgroup=false\n', 'Cannot set stopasgroup=true and killasgroup=false', 5],
  ['environment=A\n', "Unexpected end of key/value pairs in value 'A'", 4],
  ['process_name=a:b\n', "Invalid name: 'a:b' because of character: ':'", 4],
  ['stderr_logfile=/nope/x\n', 'The directory named as part of the path /nope/x does not exist', 4],
  [
    'directory=%(x)s\n',
    "Format string '%(x)s' for 'program:a.directory' contains names ('x') which cannot be expanded. Available names: group_name, here, host_node_name, numprocs, process_num, program_name",
    4,
  ],
  [
    'startsecs=%(process_num)s\n',
    "Format string '%(process_num)s' for 'program:a.startsecs' contains names ('process_num') which cannot be expanded. Available names: group_name, here, host_node_name, program_name",
    4,
  ],
];

for (const [keys, message, line] of faults) {
  test(`${JSON.stringify(keys)} is refused with its section, file and line`, () => {
    assert.deepEqual(fault(keys), { message: message + where, at: `/etc/legato.conf:${line}` });
  });
}

test('a program without a command is refused at its header', () => {
  assert.deepEqual(refused('\n[program:a]\nautostart=true\n'), {
    message: `program section program:a does not specify a command${where}`,
    at: '/etc/legato.conf:3',
  });
});

test('of several errors the one Supervisor reads first is reported', () => {
  assert.match(fault('umask=9\nstopsignal=FOO\nstartsecs=x\n').message, /'x' in section/);
});

test('a bad priority is found by the group first, which adds no section', () => {
  assert.deepEqual(fault('priority=high\n'), {
    message: "invalid literal for int() with base 10: 'high'",
    at: '/etc/legato.conf:4',
  });
});

test('a bad name is refused at its header', () => {
  assert.deepEqual(refused('[program:a b]\ncommand=x\n'), {
    message: "Invalid name: 'a b' because of character: ' '",
    at: '/etc/legato.conf:2',
  });
});
