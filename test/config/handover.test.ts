import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handoverKeys } from '../../src/config/handover-keys.ts';
import { good, onlyGroup, onlyProcess, refused } from './memory-host.ts';

const program = (keys: string): string => `[program:a]\ncommand=/bin/cat\n${keys}`;

/** Why a program with these keys is refused; they begin on line 4. */
const fault = (keys: string): { message: string; at: string | null } => refused(program(keys));

const where = " in section 'program:a' (file: '/etc/legato.conf')";

test('without handover keys', () => {
  const process = onlyProcess(good(program('stopwaitsecs=7\n')));
  assert.deepEqual([process.listen, process.listenAs, process.ready], [[], 'fds', { kind: 'assumed' }]);
  assert.equal(process.hasReadiness, false);
  assert.deepEqual([process.readyTimeout, process.minReady, process.quietTimeout], [30, 1, 0]);
  assert.deepEqual([process.drainTimeout, process.drainPolicy, process.maxDraining], [7, 'kill', 2], 'as stopwaitsecs');
});

test('a default that is written out changes nothing, as a comparison of two configurations sees it', () => {
  const presets = Object.entries(handoverKeys).filter(
    ([name, { preset }]) => preset !== null && !name.startsWith('listen'),
  );
  assert.ok(presets.length >= 4);
  const bare = JSON.stringify(good(program('')));
  for (const [name, { preset }] of presets) {
    assert.equal(JSON.stringify(good(program(`${name}=${preset}\n`))), bare, name);
  }
  assert.equal(
    JSON.stringify(
      good(
        program(
          'ready=startsecs\nquiet_timeout=0\ndrain_timeout=10\ndrain_signal=TERM\ndrain_policy=kill\nmax_draining=2\n',
        ),
      ),
    ),
    bare,
  );
});

test('every key of a handover is read', () => {
  const process = onlyProcess(
    good(
      program(
        'handover=Overlap\nready=notify\nready_timeout=60\nmin_ready=0.25\nquiet_timeout=5\ndrain_timeout=300\ndrain_policy=keep\n' +
          'max_draining=1\n',
      ),
    ),
  );
  assert.deepEqual([process.handover, process.handoverReason], ['overlap', 'handover=overlap is set']);
  assert.deepEqual([process.ready, process.hasReadiness], [{ kind: 'notify' }, true]);
  assert.deepEqual([process.readyTimeout, process.minReady, process.quietTimeout], [60, 0.25, 5]);
  assert.deepEqual([process.drainTimeout, process.drainPolicy, process.maxDraining], [300, 'keep', 1]);
});

const drainOf = (keys: string): unknown[] => {
  const { drainSignal, drainAsGroup, drainTimeout, drainPolicy, maxDraining } = onlyProcess(good(program(keys)));
  return [drainSignal, drainAsGroup, drainTimeout, drainPolicy, maxDraining];
};

test('what is no worker drains as it stops', () => {
  assert.deepEqual(drainOf('stopsignal=QUIT\nstopasgroup=true\nstopwaitsecs=7\n'), [3, true, 7, 'kill', 2]);
  assert.deepEqual(drainOf('stopsignal=QUIT\ndrain_signal=INT\n'), [2, false, 10, 'kill', 2]);
});

test('a worker finishes its tasks, however hard its stop is', () => {
  const hard = 'stopsignal=KILL\nstopasgroup=true\nstopwaitsecs=1\n';
  assert.deepEqual(drainOf(`queue=celery\n${hard}`), [15, false, 3600, 'keep', 8]);
  assert.deepEqual(drainOf(`queue=resque\n${hard}`), [3, false, 3600, 'keep', 8]);
  assert.deepEqual(drainOf(`queue=huey\n${hard}`), [2, false, 3600, 'keep', 8]);
  const own = 'queue=RQ\ndrain_signal=INT\ndrain_timeout=60\ndrain_policy=kill\nmax_draining=1\n';
  assert.deepEqual(drainOf(own), [2, false, 60, 'kill', 1]);
});

test('without any key a worker is known by its command', () => {
  const worker = onlyProcess(good('[program:a]\ncommand=/usr/bin/celery -A jobs worker\nstopwaitsecs=1\n'));
  assert.deepEqual([worker.queue, worker.drainTimeout, worker.drainPolicy], ['celery', 3600, 'keep']);
});

const wordOf = (keys: string): unknown[] => {
  const { ready, hasReadiness, assumedAfter, quietSignal, quietTimeout } = onlyProcess(good(program(keys)));
  return [ready.kind, hasReadiness, assumedAfter, quietSignal, quietTimeout];
};

test('a worker with something to say is heard, and counts as ready after its time when it says nothing', () => {
  assert.deepEqual(wordOf(''), ['assumed', false, 1, null, 0]);
  assert.deepEqual(wordOf('queue=celery\n'), ['notify', false, 30, 28, 0.2]);
  assert.deepEqual(wordOf('queue=celery\nready_timeout=90\nstartsecs=100\n'), ['notify', false, 100, 28, 0.2]);
  assert.deepEqual(wordOf('queue=celery\nworker_hook=false\n'), ['assumed', false, 1, null, 0]);
  assert.deepEqual(wordOf('queue=rq\nworker_hook=false\n'), ['log', false, 30, null, 0]);
  assert.deepEqual(wordOf('queue=sidekiq\n'), ['log', false, 30, 20, 3600]);
});

test('what is written of readiness and of the quiet step counts', () => {
  const own = 'queue=celery\nready=notify\nquiet_signal=USR1\nquiet_timeout=5\n';
  assert.deepEqual(wordOf(own), ['notify', true, 1, 10, 5]);
  assert.deepEqual(wordOf('queue=celery\nready=startsecs\n'), ['assumed', false, 1, 28, 0.2]);
});

test('a queue that nobody knows is refused', () => {
  assert.match(fault('queue=kafka\n').message, /'kafka' is none of auto, none, celery, rq, sidekiq, /);
});
/** A probe by HTTP. */
const probe = (endpoint: object) => ({ kind: 'probe', endpoint: { kind: 'http', ...endpoint } }) as const;

for (const [text, ready] of [
  ['startsecs', { kind: 'assumed' }],
  ['notify', { kind: 'notify' }],
  ['fd:4', { kind: 'fd', fd: 4 }],
  ['ipc', { kind: 'ipc' }],
  [
    'http://127.0.0.1:81/up?x=1',
    probe({ secure: false, host: '127.0.0.1', port: 81, path: '/up?x=1', authority: '127.0.0.1:81' }),
  ],
  ['https://[::1]', probe({ secure: true, host: '::1', port: 443, path: '/', authority: '[::1]' })],
  ['tcp://localhost:9000', { kind: 'probe', endpoint: { kind: 'tcp', host: 'localhost', port: 9000 } }],
  ['unix:///run/a.sock', { kind: 'probe', endpoint: { kind: 'unix', path: '/run/a.sock' } }],
  ['unix:/run/a.sock', { kind: 'probe', endpoint: { kind: 'unix', path: '/run/a.sock' } }],
  ['command:curl -f "http://x y"', { kind: 'command', command: 'curl -f "http://x y"' }],
  ['file:/run/a.ready', { kind: 'file', path: '/run/a.ready' }],
  ['log:/^ready in \\d+ ms/', { kind: 'log', pattern: '^ready in \\d+ ms' }],
  ['log:/GET /healthz/', { kind: 'log', pattern: 'GET /healthz' }],
] as const) {
  test(`ready=${text}`, () => {
    const process = onlyProcess(good(program(`ready=${text}\n`)));
    assert.deepEqual(process.ready, ready.kind === 'probe' ? { ...ready, text } : ready);
    assert.equal(process.hasReadiness, ready.kind !== 'assumed');
  });
}

test('with listen, accepting is the readiness, unless something else is said', () => {
  assert.deepEqual(onlyProcess(good(program('listen=:80\n'))).ready, { kind: 'listening' });
  assert.deepEqual(onlyProcess(good(program('listen=:80\nready=startsecs\n'))).ready, { kind: 'assumed' });
});

test('where adopt can tell that nothing is open, the old generation is given time for it', () => {
  const quiet = (keys: string): unknown => onlyProcess(good(program(`listen=:80\n${keys}`))).quietTimeout;
  assert.deepEqual([quiet(''), quiet('listen_mode=adopt\n')], [30, 30]);
  assert.equal(onlyProcess(good(program('quiet_timeout=3\n'))).quietTimeout, 3);
  assert.equal(quiet('listen_mode=adopt\nquiet_timeout=0\n'), 0);
});

test('a signal, the time to heed it, and what is done when it was not', () => {
  const keys = 'handover=signal:usr2\nreload_timeout=2.5\nhandover_fallback=replace\n';
  const process = onlyProcess(good(program(keys)));
  assert.deepEqual(
    [process.handover, process.reloadSignal, process.reloadTimeout, process.handoverFallback, process.handoverReason],
    ['signal', 12, 2.5, 'replace', 'handover=signal:USR2 is set'],
  );
  assert.match(fault('handover=signal:FOO\n').message, /FOO/);
});

test('main is what the command line of the one that acts on signals matches', () => {
  assert.equal(onlyProcess(good(program('main=celery .* worker$\n'))).main, 'celery .* worker$');
  assert.equal(onlyProcess(good(program('handover=none\n'))).main, null);
  assert.equal(onlyProcess(good(program(''))).main, null);
});

test('processes of one program share its terms and differ in their strategy', () => {
  const text =
    '[program:a]\ncommand=celery %(ENV_MODE)s\nprocess_name=%(process_num)s\nnumprocs=2\nenvironment=MODE="worker"\n';
  const [first, second] = onlyGroup(good(text)).processes;
  assert.deepEqual([first?.handover, second?.handover], ['overlap', 'overlap']);
});

test('handover keys mean nothing in [eventlistener:a]', () => {
  const text =
    '[eventlistener:a]\nevents=TICK_5\ncommand=celery worker\nhandover=never\nlisten=nothing\nready=perhaps\n';
  const process = onlyProcess(good(text));
  assert.equal(process.handover, 'replace');
  assert.match(process.handoverReason, /event listener/);
  assert.deepEqual([process.listen, process.ready], [[], { kind: 'assumed' }]);
});

test('the processes of an fcgi-program overlap on their socket', () => {
  const text = '[fcgi-program:a]\nsocket=tcp://127.0.0.1:9000\ncommand=/bin/cat\nmin_ready=3\n';
  const process = onlyProcess(good(text));
  assert.equal(process.handover, 'overlap');
  assert.match(process.handoverReason, /holds its socket/);
  assert.deepEqual([process.ready, process.minReady], [{ kind: 'listening' }, 3]);
  assert.equal(onlyProcess(good(`${text}handover=replace\nready=startsecs\n`)).handover, 'replace');
});

const faults: readonly (readonly [string, string])[] = [
  ['handover=roll', "'roll' is none of auto, overlap, replace, none, signal:NAME"],
  ['drain_policy=wait', "'wait' is none of kill, keep, ask"],
  ['listen_mode=steal', "'steal' is none of fds, adopt"],
  [
    'ready=soon',
    "'soon' is none of startsecs, notify, fd:N, ipc, listening, log:/REGEX/, http://…, https://…, tcp://HOST:PORT, unix:/PATH, command:…, file:/PATH",
  ],
  ['ready=http:/x', "'http:/x' cannot be asked: it is no http://HOST:PORT/PATH or tcp://HOST:PORT"],
  ['ready=http://u@x/', "'http://u@x/' cannot be asked: it is no http://HOST:PORT/PATH or tcp://HOST:PORT"],
  ['ready=tcp://x', "'tcp://x' is no tcp://HOST:PORT"],
  ['ready=tcp://x:70000', "'tcp://x:70000': a port is a number from 1 to 65535"],
  ['ready=unix:a.sock', "'a.sock' is no absolute path"],
  ['ready=file:a', "'a' is no absolute path"],
  ['ready=command:', 'the command is empty'],
  ['ready=command:a "b', "cannot split 'a \"b' into words: No closing quotation"],
  ['check_command="', "cannot split '\"' into words: No closing quotation"],
  ['quiet_command=""', 'the command is empty'],
  ['quiet_timeout=0\nquiet_signal=TSTP', 'quiet_timeout=0 leaves no time for quiet_signal'],
  ['stale_files=a.pid', "'a.pid' is no absolute path of a file"],
  ['stale_files=/tmp/a.pid,', "'' is no absolute path of a file"],
  ['stale_files=/tmp/', "'/tmp/' is no absolute path of a file"],
  ['stale_files=/tmp/../a', "'/tmp/../a' is no absolute path of a file"],
  ['stale_files=/t*p/a', "'/t*p/a': only the last part may have *, ? and %(generation)s"],
  ['stale_files=/t%(generation)s/a', "'/t[0-9]+/a': only the last part may have *, ? and %(generation)s"],
  ['stale_files=/tmp/*', "'/tmp/*' would be every file of a directory"],
  ['watchdog=soon', "not a number of seconds: 'soon'"],
  ['ready=fd:2', "not a descriptor for fd:N: '2' is no number from 3 to 189"],
  ['ready=fd:190', "not a descriptor for fd:N: '190' is no number from 3 to 189"],
  ['ready=fd:x', "not a descriptor for fd:N: 'x' is no number from 3 to 189"],
  ['ready=log:ready', "not a regular expression between slashes: 'ready'"],
  ['ready=log:/(/', 'Invalid regular expression: /(/: Unterminated group'],
  ['ready=listening', 'ready=listening is of no use without listen'],
  ['ready_timeout=-1', "not a number of seconds: '-1'"],
  ['min_ready=1s', "not a number of seconds: '1s'"],
  ['quiet_timeout=', "not a number of seconds: ''"],
  ['drain_timeout=1.2345', "not a number of seconds: '1.2345'"],
  ['handover=signal:KILL', 'no program can reload on SIGKILL: it cannot be caught'],
  ['handover_fallback=signal:USR2', "'signal:USR2' is what has failed then: a cycle"],
  ['handover_fallback=overlap', 'handover_fallback=overlap is of no use with handover=auto: it is for signal:NAME'],
  ['handover_fallback=later', "'later' is none of none, overlap, replace"],
  ['main=celery(', 'Invalid regular expression: /celery(/: Unterminated group'],
  ['main=', 'an empty regular expression matches everything'],
  ['max_draining=0', "'0' is no number from 1 to 65535"],
];

for (const [key, message] of faults) {
  test(`refused: ${key}`, () => {
    assert.deepEqual(fault(`${key}\n`), { message: message + where, at: '/etc/legato.conf:4' });
  });
}

test('what has a quiet step has time for it', () => {
  const quiet = (keys: string): readonly unknown[] => {
    const { quietTimeout, quietSignal, quietCommand } = onlyProcess(good(program(keys)));
    return [quietTimeout, quietSignal, quietCommand];
  };
  assert.deepEqual(quiet('quiet_signal=TSTP\n'), [30, 20, null]);
  assert.deepEqual(quiet('quiet_command=idle %(program_name)s\nquiet_timeout=5\n'), [5, null, 'idle a']);
});

test('the commands, the readiness and the files of a process may name it', () => {
  const section = `[program:a]\ncommand=/bin/cat\nnumprocs=2\nprocess_name=%(program_name)s%(process_num)d\n`;
  const keys =
    'ready=tcp://127.0.0.1:90%(process_num)02d\ncheck_command=check %(process_num)d\nstale_files=/run/a%(process_num)d.pid, /run/x*.sock\n';
  const [, second] = onlyGroup(good(section + keys)).processes;
  assert.equal(second?.ready.kind === 'probe' ? second.ready.text : '', 'tcp://127.0.0.1:9001');
  assert.equal(second?.checkCommand, 'check 1');
  assert.deepEqual(second?.staleFiles, ['/run/a1.pid', '/run/x*.sock']);
});

for (const [listen, ready] of [
  ['tcp://127.0.0.1:80', 'http://127.0.0.1:80/'],
  ['tcp://127.0.0.1:80', 'http://localhost/'],
  [':80', 'tcp://192.0.2.1:80'],
  ['tcp://[::]:80', 'http://[::1]/'],
  ['unix:///tmp/a.sock', 'unix:/tmp/a.sock'],
] as const) {
  test(`ready=${ready} is refused beside listen=${listen}, which the old generation answers`, () => {
    const message = `ready=${ready} asks an address of listen, where the old generation answers: ask one that each generation has for itself, or use ready=listening${where}`;
    assert.deepEqual(fault(`listen=${listen}\nready=${ready}\n`), { message, at: '/etc/legato.conf:5' });
  });
}

test('another address beside listen may be asked', () => {
  good(program('listen=tcp://127.0.0.1:80,unix:///tmp/a.sock\nready=http://127.0.0.2:80/\n'));
  good(program('listen=tcp://127.0.0.1:80\nready=http://localhost:81/\n'));
  good(program('listen=tcp://127.0.0.1:80\nready=unix:/run/b.sock\n'));
});

test('the descriptor of readiness is not one that listen gives', () => {
  const message = `ready=fd:4 is taken by listen, which begins at 3 and ends at 4${where}`;
  assert.deepEqual(fault('listen=:1,:2\nready=fd:4\n'), { message, at: '/etc/legato.conf:5' });
  good(program('listen=:1,:2\nready=fd:5\n'));
  good(program('listen=:1,:2\nready=fd:4\nlisten_mode=adopt\n'));
});
