import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkConfig } from '../../src/config/check.ts';
import { noOptions } from '../../src/config/options.ts';
import { memoryHost } from './memory-host.ts';

/** What a check says of a text, as `line text`; [supervisord] is line 1. */
function said(text: string): string[] {
  const host = memoryHost({ '/etc/c.conf': `[supervisord]\n${text}` });
  const checked = checkConfig({ ...noOptions, configuration: '/etc/c.conf' }, host);
  assert.ok(checked.ok, checked.ok ? '' : checked.message);
  return checked.messages.map((message) => `${message.place?.line ?? '-'} ${message.text}`);
}

const program = (keys: string): string => `[program:a]\ncommand=x\n${keys}`;

test('a sound file has nothing said of it', () => {
  assert.deepEqual(
    said(`${program('stdout_logfile=/dev/stdout\nstdout_logfile_maxbytes=0\n')}[inet_http_server:x]\nport=1\n`),
    [],
  );
});

const findings: readonly (readonly [string, readonly string[]])[] = [
  [program('auto_start=1\n'), ['4 [program:a] auto_start is no key anybody reads; did you mean autostart?']],
  [program('stopsignl=TERM\n'), ['4 [program:a] stopsignl is no key anybody reads; did you mean stopsignal?']],
  [program('listen=:80\nready=notify\ndrain_timeout=5\n'), []],
  [program('drain_timout=5\n'), ['4 [program:a] drain_timout is no key anybody reads; did you mean drain_timeout?']],
  [
    '[fcgi-program:f]\ncommand=x\nsocket=tcp://h:1\nhandover=none\nlisten=:80\n',
    ['6 [fcgi-program:f] listen is no key anybody reads'],
  ],
  [program('colour=red\n'), ['4 [program:a] colour is no key anybody reads']],
  ['[Program:b]\n', ['2 [Program:b] is no section anybody reads; did you mean [program:b]?']],
  ['[ programs:b ]\n', ['2 [ programs:b ] is no section anybody reads; did you mean [program:b]?']],
  ['[taskmaster]\n', ['2 [taskmaster] is no section anybody reads']],
  [
    program('  autostart=false\n'),
    ['4 [program:a] autostart is indented and so became part of command; begin it at the start of the line'],
  ],
  [program('environment=A="1",\n  B="2"\n'), []],
  [program('directory="/srv"\n'), ['4 [program:a] directory: the quotes are part of the path']],
  [
    program('stdout_logfile=/dev/fd/1\n'),
    ['4 [program:a] stdout_logfile=/dev/fd/1 cannot be rotated; set stdout_logfile_maxbytes=0'],
  ],
  [
    program('redirect_stderr=true\nstderr_logfile=/tmp/e\n'),
    [
      '5 For [program:a], redirect_stderr=true but stderr_logfile has also been set to a filename, the filename has been ignored',
    ],
  ],
  ['[group:g]\nprograms=f\n[fcgi-program:f]\ncommand=x\nsocket=tcp://h:1\n', []],
  [`${program('')}[group:a]\n`, ['- there are several groups named a; the first one counts']],
];

for (const [text, wanted] of findings) {
  test(wanted[0] ?? 'a continued environment is meant', () => assert.deepEqual(said(text), wanted));
}

test('a file that is refused is refused by the check too', () => {
  const host = memoryHost({ '/etc/c.conf': '[supervisord]\nloglevel=loud\n' });
  assert.deepEqual(checkConfig({ ...noOptions, configuration: '/etc/c.conf' }, host), {
    ok: false,
    message: "bad logging level name 'loud'",
    place: { file: '/etc/c.conf', line: 2 },
  });
});
