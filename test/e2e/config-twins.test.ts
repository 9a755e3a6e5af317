import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { dumpConfig } from '../../src/config/dump.ts';
import { loadConfig } from '../../src/config/load.ts';
import { noOptions } from '../../src/config/options.ts';
import { nodeConfigHost } from '../../src/os/config-host.ts';
import { fuzz } from '../support/fuzz.ts';
import { scratch } from '../support/namespace/scratch.ts';
import { fixtures } from '../support/namespace/supervisor.ts';
import { lacking } from '../support/requirements.ts';

/*
 * Configuration text that people have written and somebody has damaged: what Supervisor's own parser and legato's make of it, value by value and error
 * by error. LEGATO_CORPUS names a directory of real files to damage instead of the ones below. For longer: `npm run fuzz:config`.
 */

const { numRuns: runs, seed } = fuzz(300);

/** The same everywhere: names of variables are in the error texts. */
const environment = { PATH: '/usr/bin:/bin', HOME: '/root', LANG: 'C.UTF-8', PORT: '8000' };

const web = `; a web service and its workers
[unix_http_server]
file=%(here)s/s.sock   ; (the path to the socket file)
chmod=0770
chown=nobody:nogroup
username=user
password={SHA}82ab876d1387bfafe46cc1c8a2ef074eae50cb1d

[inet_http_server]
port=*:9001

[supervisord]
logfile=%(here)s/d.log
logfile_maxbytes=1MB
loglevel=warn
pidfile=%(here)s/d.pid
nodaemon=true
minfds=2048
environment=LANG="C.UTF-8",PATH="%(ENV_PATH)s:/opt/x",A=1

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix:///%(here)s/s.sock

[program:web]
command=/usr/bin/gunicorn -b 127.0.0.1:%(ENV_PORT)s --workers=4 app:app
process_name=%(program_name)s_%(process_num)02d
numprocs=3
numprocs_start=1
directory=/tmp
user=nobody
autorestart=unexpected
exitcodes=0,2
stopsignal=QUIT
stopwaitsecs=30
redirect_stderr=true
stdout_logfile=%(here)s/%(program_name)s-%(process_num)d.log
stdout_logfile_maxbytes=50MB
environment=PORT="80%(process_num)02d",
  NAME='%(group_name)s'

[program:celery]
command=celery -A tasks worker
    -l info
priority=10
killasgroup=true
stdout_logfile=/dev/stdout
stdout_logfile_maxbytes=0
stderr_logfile=NONE

[group:all]
programs=web, celery
priority=5
`;

const listeners = `[supervisord]
umask=027
identifier: two words
[eventlistener:mail]
command=/usr/bin/crashmail -p web -m a@example.org
events=PROCESS_STATE,TICK_60
buffer_size=100
numprocs=2
process_name=mail-%(process_num)d
[fcgi-program:php]
socket=unix:///tmp/%(program_name)s.sock
socket_owner=nobody
socket_mode=0700
command=/usr/bin/php-cgi
numprocs=2
process_name=%(program_name)s%(process_num)x
[fcgi-program:tcp]
socket=tcp://localhost:9002
command=/bin/cat %%(x)s
stdout_syslog=true
[include]
files = no-such/*.conf
`;

/** Real files, if a directory of them is named: those that begin a configuration. */
function given(directory: string): readonly string[] {
  const texts: string[] = [];
  for (const path of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const file = join(directory, path);
    if (!path.endsWith('.conf') || !statSync(file).isFile()) continue;
    const text = readFileSync(file, 'utf8');
    if (text.includes('[supervisord]') && text.length < 8000) texts.push(text);
  }
  return texts;
}

const corpus = process.env['LEGATO_CORPUS'];
const texts = corpus === undefined ? [web, listeners] : given(corpus);

const sections =
  '[program:x]|[program: y ]|[group:g]|[eventlistener:l]|[fcgi-program:f]|[inet_http_server]|[unix_http_server:b]|[supervisord]|[include]|[program:]|[program:a:b]|[DEFAULT]|[]|[program:x|program:x]|[program:é]'.split(
    '|',
  );
const values =
  '||0|-1|1|true|FALSE|off|unexpected|auto|NONE|syslog|/dev/null|/nonexistent/x.log|10MB|1.5MB|%|%%|%(here)s|%(here)|%(program_name)s_%(process_num)02d|%(ENV_HOME)s|%(ENV_NOPE)s|%(numprocs)d|%(process_num)5.2f|%(process_num)c|%s|%()s|TERM|sigkill|9|SIGFOO|0, 2,|1,,2|A=1,B="x,y"|A=1;B=2|A="%(process_num)d"|0o22|888|nobody|nosuchuser|root:root|unix:///tmp/x.sock|tcp://a|127.0.0.1:9001|[::1]:9001|70000|TICK_5|tick_5,process_state|a ; b|a;b|a #b|日本|"|a\'b|a:b|a/b|debug |1_0|１|+3|1e3|0x10|~|..|relative/x.log'.split(
    '|',
  );
const marks = [
  '%',
  '\t',
  ' ',
  '=',
  ':',
  '[',
  ']',
  ';',
  '#',
  '"',
  "'",
  '\\',
  'é',
  '\r',
  '\v',
  '\u2028',
  '\ufeff',
  '\x85',
];

/** One line of a text, and what is done to it; `which` and `what` are taken modulo what there is. */
type Damage = { readonly kind: number; readonly which: number; readonly what: number };

const kinds: readonly ((lines: string[], at: number, what: number) => void)[] = [
  (lines, at) => lines.splice(at, 1),
  (lines, at, what) => lines.splice(at, 0, lines[what % lines.length] ?? ''),
  (lines, at, what) => lines.splice(at, 0, sections[what % sections.length] ?? ''),
  (lines, at, what) => {
    lines[at] = (lines[at] ?? '').replace(/[=:].*$/, (end) => `${end[0]}${values[what % values.length]}`);
  },
  (lines, at, what) => {
    const line = lines[at] ?? '';
    const place = Math.floor(what / marks.length) % (line.length + 1);
    lines[at] = line.slice(0, place) + (marks[what % marks.length] ?? '') + line.slice(place);
  },
  (lines, at, what) => {
    const line = lines[at] ?? '';
    const place = what % Math.max(1, line.length);
    lines[at] = line.slice(0, place) + line.slice(place + 1);
  },
  (lines, at, what) => {
    lines[at] = what % 2 === 0 ? `  ${lines[at]}` : (lines[at] ?? '').trim();
  },
  (lines, at) => {
    lines[at] = (lines[at] ?? '').toUpperCase();
  },
];

function damaged(text: string, damages: readonly Damage[]): string {
  const lines = text.split('\n');
  // Values are what people change most.
  for (const { kind, which, what } of damages)
    (kinds[kind] ?? kinds[3])?.(lines, which % Math.max(1, lines.length), what);
  return lines.join('\n');
}

const damage = fc.record({ kind: fc.nat(kinds.length * 2), which: fc.nat(1000), what: fc.nat(10_000) });
const file = fc
  .tuple(fc.constantFrom(...texts), fc.array(damage, { minLength: 1, maxLength: 4 }))
  .map(([text, damages]) => damaged(text, damages));

type Reading = { readonly [key: string]: unknown };

/** What legato makes of it: the configuration as it is dumped, or the error. */
function ours(path: string): Reading {
  const host = { ...nodeConfigHost('/usr/bin/supervisord'), environment };
  const loaded = loadConfig({ ...noOptions, nodaemon: true, configuration: path }, host);
  // As JSON, as Supervisor's answer is.
  const plain: unknown = JSON.parse(JSON.stringify(loaded.ok ? dumpConfig(loaded.config) : { error: loaded.message }));
  assert.ok(isReading(plain));
  return plain;
}

const isReading = (value: unknown): value is Reading =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What Supervisor says and legato says otherwise; what only legato says is not looked at, but for variables, which are all there is. */
function differences(theirs: unknown, own: unknown, where: string): string[] {
  if (Array.isArray(theirs) && Array.isArray(own) && theirs.length === own.length)
    return theirs.flatMap((one, at) => differences(one, own[at], `${where}[${at}]`));
  if (isReading(theirs) && isReading(own)) {
    const keys = new Set([...Object.keys(theirs), ...(where.endsWith('.environment') ? Object.keys(own) : [])]);
    return [...keys].flatMap((key) => differences(theirs[key], own[key], `${where}.${key}`));
  }
  return theirs === own ? [] : [`${where}: ${JSON.stringify(own)}, Supervisor ${JSON.stringify(theirs)}`];
}

/** Events are a set; a list of wrong ones is refused for any of them. */
const anyOf = (text: string): string => text.replace(/^(Unknown event type ).*(?= in \[)/s, '$1…');

test('damaged configurations: the same values and the same errors as Supervisor, and never a crash', {
  skip: lacking('supervisor'),
}, (t) => {
  const dir = scratch(t);
  const paths = fc.sample(file, { numRuns: runs, seed }).map((text, at) => {
    // Each in a directory of its own of the same name length, so that none finds the files of another.
    const own = join(dir, `${at}`.padStart(6, '0'));
    mkdirSync(own);
    writeFileSync(join(own, 'c.conf'), text);
    return join(own, 'c.conf');
  });
  const answers = execFileSync('/usr/bin/python3', [join(fixtures, 'supervisor-reads.py')], {
    input: `${paths.join('\n')}\n`,
    env: environment,
    maxBuffer: 1 << 30,
  });
  const theirs = answers.toString('utf8').split('\n').filter(Boolean);
  assert.equal(theirs.length, paths.length);
  let refused = 0;
  for (const [at, path] of paths.entries()) {
    const answer: unknown = JSON.parse(theirs[at] ?? '');
    assert.ok(isReading(answer));
    const own = ours(path);
    const context = `seed ${seed}, file ${at}:\n${readFileSync(path, 'utf8')}`;
    if ('error' in answer || 'crash' in answer) refused += 1;
    // Where Supervisor breaks down there is nothing to compare, but legato must say something.
    if ('crash' in answer) assert.equal(typeof own['error'], 'string', context);
    else if ('error' in answer) assert.equal(anyOf(String(own['error'])), anyOf(String(answer['error'])), context);
    else assert.deepEqual([own['error'], ...differences(answer, own, '')], [undefined], context);
  }
  // Both sides of the grammar were seen.
  assert.ok(refused > runs / 20 && refused < (runs * 19) / 20, `${refused} of ${runs} refused`);
});
