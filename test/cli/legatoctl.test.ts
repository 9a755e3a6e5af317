import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { daemonSections, rpcInterface } from '../support/namespace/daemon-sections.ts';
import { until } from '../support/namespace/until.ts';
import { lacking } from '../support/requirements.ts';
import { startClient } from './clients.ts';
import { Twins } from './twins.ts';

/*
 * Verbs × situations: legatoctl and Debian's supervisorctl with Debian's supervisord and with legatod.
 */

const skip = lacking('supervisor', 'root');

const few = `
[program:talk]
command=/bin/sh -c "echo out-ä; echo err >&2; exec sleep 1000"
startsecs=0
[program:a]
command=/bin/sleep 1000
startsecs=0
`;

const many = `${few}
[program:one]
process_name=%(process_num)d
numprocs=2
command=/bin/sleep 1000
startsecs=0
[group:g]
programs=one,manual
[program:manual]
command=/bin/sleep 1000
autostart=false
startsecs=0
[program:missing]
command=/no/such/program
autostart=false
[program:text]
command=/etc/passwd
autostart=false
[program:quick]
; Not at once: whether supervisord sees an end before or after its first look decides the order of what it answers.
command=/bin/sh -c "sleep 0.3; exit 3"
autostart=false
startsecs=5
startretries=0
[program:quiet]
command=/bin/sleep 1000
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
[program:a-name-that-is-longer-than-thirty-characters]
command=/bin/sleep 1000
autostart=false
`;

test('every verb, in every situation of a healthy daemon', { skip, timeout: 600_000 }, async (t) => {
  const twins = new Twins(t);
  twins.configure((dir) => daemonSections(dir) + rpcInterface + many);
  await twins.start(t);
  await twins.same('status', { code: 3, out: /^a {40,}RUNNING {3}pid N, uptime T$/m });
  await twins.same('status all');
  await twins.same('status a', { code: 0 });
  await twins.same('status g:* a', { code: 3 });
  await twins.same('status g', { code: 4, out: /no such process/ });
  await twins.same('status nope:* a', { code: 4, out: /no such group/ });
  await twins.same('start', { code: 2 });
  await twins.same('start a', { code: 0, out: /already started/ });
  await twins.same('start missing', { code: 1, out: /no such file/ });
  await twins.same('start text', { code: 1, out: /not executable/ });
  await twins.same('start quick', { code: 7, out: /spawn error/ });
  await twins.same('status quick', { code: 3 });
  await twins.same('start nope', { code: 1 });
  await twins.same('start nope:*', { code: 2 });
  await twins.same('start g:*', { code: 0, out: /^g:manual: started$/m, anyOrder: true });
  await twins.same('stop', { code: 1 });
  await twins.same('stop a nope g:0 nope:*', { code: 1 });
  await twins.same('stop a', { code: 0, out: /not running/ });
  await twins.same('status a', { code: 3, out: /STOPPED {3}DATE/ });
  await twins.same('restart', { code: 1 });
  await twins.same('restart a', { code: 0, out: /not running.*\na: started/ });
  await twins.same('restart g:*', { code: 0, anyOrder: true });
  await twins.same('restart nope', { code: 1 });
  await twins.same('signal', { code: 1 });
  await twins.same('signal HUP', { code: 1 });
  await twins.same('signal CONT a talk', { code: 0 });
  await twins.same('signal FOO a', { code: 1, out: /bad signal name/ });
  await twins.same('signal HUP missing', { code: 7 });
  await twins.same('signal 0 g:*', { code: 0 });
  await twins.same('signal CONT nope:* nope', { code: 1 });
  await twins.same('signal CONT all', { code: 0, anyOrder: true });
  await twins.same('pid', { code: 0, out: /^N\n$/ });
  await twins.same('pid all', { code: 0 });
  await twins.same('pid a missing nope', { code: 1 });
  await twins.same('pid missing', { code: 7, out: /^0\n$/ });
  await twins.same('tail', { code: 1 });
  await twins.same('tail talk', { code: 0, out: /^out-ä\n/ });
  await twins.same('tail -3 talk stderr', { code: 0, out: /^rr\n/ });
  await twins.same('tail talk STDOUT', { code: 0 });
  await twins.same('tail talk foo', { code: 1, out: /bad channel 'foo'/ });
  await twins.same('tail -x talk', { code: 1 });
  await twins.same('tail -5', { code: 1 });
  await twins.same('tail a b c d', { code: 1 });
  await twins.same('tail quiet', { code: 1, out: /no log file/ });
  await twins.same('tail nope', { code: 1 });
  await twins.same('tail g:*', { code: 1 });
  await twins.same('maintail -1', { code: 0 });
  await twins.same('maintail x', { code: 1 });
  await twins.same('maintail -x', { code: 1 });
  await twins.same('maintail a b', { code: 1 });
  await twins.same('clear', { code: 1 });
  await twins.same('clear talk g:* nope', { code: 1, out: /^g:None: ERROR/m });
  await twins.same('tail talk', { code: 0, out: /^\n$/ });
  await twins.same('clear all', { code: 0, anyOrder: true });
  await twins.same('avail', { code: 0 });
  await twins.same('avail x', { code: 1 });
  await twins.same('version', { code: 0, out: /^4\./ });
  await twins.same('version x', { code: 1 });
  await twins.same('reread', { code: 0, out: /^No config updates/ });
  await twins.same('update', { code: 0 });
  await twins.same('add a', { code: 0, out: /already active/ });
  await twins.same('add nope', { code: 1 });
  await twins.same('remove a', { code: 1, out: /still running/ });
  await twins.same('remove nope', { code: 1 });
  await twins.same('remove missing', { code: 0 });
  await twins.same('update nope', { code: 1 });
  await twins.same('fg', { code: 1 });
  await twins.same('fg a b', { code: 1 });
  await twins.same('fg nope', { code: 1 });
  await twins.same('fg quick', { code: 1, out: /not running/ });
  await twins.same('open ftp://x', { code: 1 });
  await twins.same('open unix://DIR/s.sock', { code: 0 });
  await twins.same('stop all', { code: 0, anyOrder: true });
  await twins.same('start g:manual', { code: 0 });
});

/** A name of each kind of situation; they are asked in this order, so that a verb meets each of them. */
const situations = [
  'a',
  'a',
  'g:manual',
  'quick',
  'missing',
  'nope',
  'g:*',
  'g:',
  'g',
  'nope:*',
  'a quick nope',
  'all',
];
const forNames = ['status', 'pid', 'signal CONT', 'signal FOO', 'stop', 'start', 'restart', 'clear'];

test('every verb for names, for every kind of name', { skip, timeout: 600_000 }, async (t) => {
  const twins = new Twins(t);
  twins.configure((dir) => daemonSections(dir) + rpcInterface + many);
  await twins.start(t);
  await twins.same('start quick', { code: 7 });
  for (const verb of forNames) {
    for (const name of situations) await twins.same(`${verb} ${name}`, { anyOrder: true });
    // Back to where every state is there.
    await twins.same('stop g:manual');
    await twins.same('start a talk quiet g:0 g:1');
  }
  for (const name of situations) {
    await twins.same(`tail ${name}`, { differs: true });
    await twins.same(`tail -5 ${name} stderr`);
    await twins.same(`add ${name}`);
    await twins.same(`update ${name}`);
  }
  for (const name of ['quick', 'missing', 'nope', 'g:*', 'nope:*', 'all']) await twins.same(`fg ${name}`, { code: 1 });
});

test('groups come and go', { skip, timeout: 600_000 }, async (t) => {
  const twins = new Twins(t);
  const head = (dir: string): string => daemonSections(dir) + rpcInterface;
  const program = (name: string, seconds: number): string =>
    `[program:${name}]\ncommand=/bin/sleep ${seconds}\nstartsecs=0\n`;
  twins.configure((dir) => head(dir) + program('a', 1) + program('b', 1000) + program('z', 1000));
  await twins.start(t);
  twins.configure((dir) => head(dir) + program('b', 1001) + program('c', 1000) + program('d', 1000));
  await twins.same('reread', { out: /^a: disappeared\nb: changed\nc: available\nd: available\nz: disappeared\n$/ });
  await twins.same('update c', { out: /^c: added process group\n$/ });
  await twins.same('update nope', { code: 1 });
  // legatoctl does not stop what legatod can update process by process.
  await twins.same('update', { code: 0, out: /b: updated process group/, differs: true });
  await twins.same('status', { code: 0 });
  twins.configure((dir) => `${head(dir)}[program:e]\n`);
  await twins.same('reread', { code: 1, out: /CANT_REREAD/ });
  await twins.same('update', { code: 1, out: /<Fault 92: "CANT_REREAD/ });
});

test('a daemon on its way out', { skip, timeout: 600_000 }, async (t) => {
  const twins = new Twins(t);
  // It ends when it is asked for the second time: the test decides when.
  const stubborn =
    '[program:s]\ncommand=/bin/sh -c "trap : TERM; touch READY; while [ ! -e GO ]; do sleep 0.1; done"\n';
  const settings = 'directory=DIR\nstopwaitsecs=600\nstartsecs=0\n';
  twins.configure((dir) => daemonSections(dir) + rpcInterface + stubborn + settings.replace('DIR', dir));
  await twins.start(t);
  for (const dir of Object.values(twins.dirs)) await until('the trap', () => existsSync(join(dir, 'READY')));
  await twins.same('shutdown x', { code: 1 });
  await twins.same('reload x', { code: 1 });
  await twins.same('shutdown', { code: 0, out: /^Shut down\n$/ });
  for (const line of ['shutdown', 'reload', 'reread', 'update', 'avail', 'add s', 'remove s', 'status', 'start s']) {
    await twins.same(line, { out: /shutting down|SHUTDOWN_STATE/ });
  }
  for (const dir of Object.values(twins.dirs)) {
    appendFileSync(join(dir, 'GO'), '');
    await until('the end', () => !existsSync(join(dir, 'd.pid')));
  }
});

test('no daemon: no socket, nobody behind it, nobody at the port', { skip, timeout: 600_000 }, async (t) => {
  const twins = new Twins(t);
  twins.configure((dir) => daemonSections(dir));
  const lines = ['status', 'start a', 'restart a', 'pid', 'version', 'fg a', 'avail', 'reread', 'update', 'add a'];
  const verbs = [
    ...lines,
    'remove a',
    'reload',
    'shutdown',
    'open unix://DIR/s.sock',
    'bogus',
    'help',
    '?pid',
    '!x',
    'EOF',
  ];
  for (const line of verbs) {
    if (line !== 'help') await twins.same(line);
  }
  await twins.same('status', { code: 4, out: /no such file/ });
  for (const dir of Object.values(twins.dirs)) {
    execFileSync('/usr/bin/python3', [
      '-c',
      'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])',
      `${dir}/s.sock`,
    ]);
  }
  for (const line of ['status', 'stop a', 'avail', 'shutdown']) await twins.same(line, { out: /refused/i });
  for (const line of ['status', 'avail']) await twins.sameWords(['-c', 'DIR/s.conf', '-s', 'http://127.0.0.1:1', line]);
  await twins.sameWords(['-c', 'DIR/s.conf', '-s', 'ftp://x', 'status'], 'ftp', { code: 1, out: /Unknown protocol/ });
});

test('a daemon that asks who it is, and one without the namespace', { skip, timeout: 600_000 }, async (t) => {
  const guarded = new Twins(t);
  const access = (dir: string): string => daemonSections(dir, {}, { username: 'u', password: 'p' });
  guarded.configure((dir) => access(dir) + rpcInterface);
  // legatod answers there as well.
  const open = new Twins(t, false);
  open.configure((dir) => daemonSections(dir));
  await open.start(t);
  await open.same('status', { code: 4, out: /did not recognize the supervisor namespace/ });
  await open.same('pid', { code: 3 });
  await open.same('avail', { code: 1, out: /<Fault 1: 'UNKNOWN_METHOD'>/ });
  await guarded.start(t);
  await guarded.same('status', { code: 1, out: /^Server requires authentication\nerror: / });
  await guarded.sameWords(['-c', 'DIR/s.conf', '-u', 'u', '-p', 'p', 'status'], 'password', { code: 0 });
  await guarded.sameWords(['-c', 'DIR/s.conf', '-u', 'u', '-p', 'x', 'version'], 'wrong password', { code: 1 });
});

test('the command line', { skip, timeout: 600_000 }, async (t) => {
  const twins = new Twins(t);
  twins.configure((dir) => daemonSections(dir));
  await twins.sameWords(['-x'], '-x', { code: 2, err: /^Error: option -x not recognized\nFor help/ });
  await twins.sameWords(['-s'], '-s', { code: 2 });
  await twins.sameWords(['-s', 'foo', 'status'], 'no url', { code: 2, err: /value 'foo' is not a URL/ });
  await twins.sameWords(['-u', 'a', '-u', 'b', 'status'], 'twice', { code: 2, err: /conflicting/ });
  await twins.sameWords(['-c', 'DIR/none.conf', 'status'], 'no file', { code: 2, err: /could not find config file/ });
  await twins.sameWords(['-c', '/dev/null', 'status'], 'no section', {
    code: 2,
    err: /does not include supervisorctl/,
  });
  await twins.sameWords(['-c', 'DIR/s.conf', '--serverurl=http://127.0.0.1:1', 'pid'], 'long', { code: 4 });
  await twins.sameWords(['-c', 'DIR/s.conf', ''], 'an empty line', { code: 0 });
  for (const topic of 'add avail clear exit fg maintail open pid quit reload remove reread restart shutdown signal start status stop tail update version help EOF bogus'.split(
    ' ',
  )) {
    await twins.same(`help ${topic}`, { code: 0 });
  }
  const [theirs, ours] = (await twins.all(['-c', 'DIR/s.conf', 'help'])).map(({ ran }) => ran.out);
  assert.ok(ours?.startsWith(theirs ?? '?') === true, 'the list of topics is the same, and those of legato follow');
  assert.match(ours ?? '', /\nhandover  json  names  tree  upgrade\n\n$/);
});

test('the shell reads a pipe', { skip, timeout: 600_000 }, async (t) => {
  const twins = new Twins(t);
  twins.configure((dir) => daemonSections(dir) + rpcInterface + few);
  await twins.start(t);
  for (const input of ['pid\n\nbogus\nquit\nstatus\n', 'stop a', 'shutdown\nn\nreload\nno\n', 'shutdown\ny\n']) {
    await twins.sameWords(['-c', 'DIR/s.conf'], JSON.stringify(input), { code: 0 }, input);
  }
});

test('tail -f goes on until it is interrupted', { skip, timeout: 600_000 }, async (t) => {
  const twins = new Twins(t);
  twins.configure((dir) => daemonSections(dir) + rpcInterface + few);
  await twins.start(t);
  const child = startClient('legatoctl', ['-c', join(twins.ours, 's.conf'), 'tail', '-f', 'talk']);
  let out = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
  const ended = once(child, 'close');
  await until('the text', () => out === '==> Press Ctrl-C to exit <==\nout-ä\n', { evidence: () => out });
  child.kill('SIGINT');
  assert.deepEqual(await ended, [0, null]);
  assert.equal(out, '==> Press Ctrl-C to exit <==\nout-ä\n\n');
});
