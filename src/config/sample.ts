import type { KeySpec } from './key-spec.ts';
import { type SectionSpec, schema } from './schema.ts';

/** What a first file needs to be run as it is: sections in this order, each with the values that are not left to their defaults. */
const active: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  unix_http_server: { file: '/run/supervisor.sock', chmod: '0700' },
  supervisord: { logfile: '/var/log/supervisord.log', pidfile: '/run/supervisord.pid' },
  'rpcinterface:supervisor': {
    'supervisor.rpcinterface_factory': 'supervisor.rpcinterface:make_main_rpcinterface',
  },
  supervisorctl: { serverurl: 'unix:///run/supervisor.sock' },
};

/** The rest, each commented out under a name of its own. */
const commented: Readonly<Record<string, string>> = {
  inet_http_server: 'inet_http_server',
  program: 'program:web',
  eventlistener: 'eventlistener:watch',
  'fcgi-program': 'fcgi-program:app',
  group: 'group:site',
  socket: 'socket:shared',
  include: 'include',
};

/** One value of each key that has no default, where a file would have one. */
const examples: Readonly<Record<string, string>> = {
  address: 'tcp://127.0.0.1:8000',
  command: '/usr/bin/gunicorn -b 127.0.0.1:8000 app:app',
  events: 'PROCESS_STATE',
  files: '/etc/supervisor/conf.d/*.conf',
  listen: '127.0.0.1:8000',
  port: '127.0.0.1:9001',
  programs: 'web,worker',
  socket: 'unix:///run/app.sock',
  user: 'www-data',
};

function specOf(header: string): SectionSpec | undefined {
  const [name = header] = header.split(':');
  return schema.find((spec) => spec.name === name);
}

function keyLines(name: string, key: KeySpec, value: string | undefined): string[] {
  const written = value ?? key.preset ?? examples[name] ?? '';
  return [`; ${key.doc}`, `${value === undefined ? ';' : ''}${name}=${written}`];
}

function sectionLines(header: string, values: Readonly<Record<string, string>> | null): string[] {
  const spec = specOf(header);
  const keys = Object.entries({ ...spec?.keys, ...spec?.alone });
  const open = Object.entries(values ?? {}).filter(([name]) => !keys.some(([known]) => known === name));
  return [
    `; ${spec?.doc ?? ''}`,
    `${values === null ? ';' : ''}[${header}]`,
    ...keys.flatMap(([name, key]) => keyLines(name, key, values?.[name])),
    ...open.map(([name, value]) => `${name}=${value}`),
    '',
  ];
}

/** A file to begin with, as `legatod --sample-config` prints it: every key with its meaning and its default, drawn from the schema. */
export function sampleConfig(): string {
  return [
    '; A configuration for legatod (and, but for the keys of handover, for supervisord). A line that begins with ; is a comment:',
    '; what is commented out below shows the default, or an example where there is none.',
    '',
    ...Object.entries(active).flatMap(([header, values]) => sectionLines(header, values)),
    ...Object.values(commented).flatMap((header) => sectionLines(header, null)),
  ].join('\n');
}
