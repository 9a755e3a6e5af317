import { fixtures, repository } from '../../test/support/namespace/supervisor.ts';

export type Ports = { readonly web: number; readonly kept: number };

/** Of every kind one: handed over, never restarted, slow to stop, never up, chatty, and one that an update changes. */
export function programs(dir: string, ports: Ports, linesPerSecond: number): string {
  // At loglevel debug the brain reads all output itself.
  return `[supervisord]
loglevel=info
[program:web]
command=/usr/bin/python3 ${fixtures}/serves-its-descriptor.py
listen=tcp://127.0.0.1:${ports.web}
ready=notify
min_ready=0.3
[program:kept]
command=${repository}/node_modules/.bin/node ${fixtures}/serves-kept-connections.ts ${ports.kept}
[program:slow]
command=/bin/sh -c 'trap "sleep 0.4; exit 0" TERM; while :; do sleep 0.1; done'
[program:hopeless]
command=/bin/false
startretries=1000000
autostart=false
[program:lines]
command=/usr/bin/python3 ${fixtures}/writes-numbered-lines.py ${linesPerSecond}
stdout_logfile=${dir}/lines.log
stdout_logfile_maxbytes=${linesPerSecond < 10_000 ? 1 : 20}MB
stdout_logfile_backups=400
${extra(0)}`;
}

/** The program that each update changes. */
export function extra(version: number): string {
  return `[program:extra]
command=/bin/sleep 100000
environment=VERSION="${version}"
`;
}
