import { fixtures } from '../../test/support/namespace/supervisor.ts';

/** A program of every kind of life; `version` is what a change of the configuration changes of some of them. */
export function programs(version: number): string {
  return `[supervisord]
loglevel=info
[program:steady]
command=/bin/sleep 100001
numprocs=3
process_name=%(program_name)s%(process_num)d
environment=VERSION="${Math.floor(version / 2)}"
[program:crashes]
command=/bin/sh -c 'echo crashing; sleep 0.4 && exit 3'
startsecs=0
startretries=1000000
stdout_logfile=%(ENV_RUN_DIR)s/small/crashes.log
stderr_logfile=%(ENV_RUN_DIR)s/small/crashes.err
[program:hopeless]
command=/bin/false
startretries=1000000
[program:slow]
command=/bin/sh -c 'trap "sleep 0.3; exit 0" TERM; while :; do sleep 0.1; done'
[program:family]
command=/bin/sh -c '(sleep 100002 &) && (setsid sleep 100003 &) && exec sleep 100004'
stopasgroup=true
[program:obstinate]
command=/usr/bin/python3 ${fixtures}/ignores-term.py
stopwaitsecs=1
[program:chatty]
command=/usr/bin/python3 ${fixtures}/writes-numbered-lines.py 500
stdout_logfile=%(ENV_RUN_DIR)s/small/chatty.log
stdout_logfile_maxbytes=100KB
stdout_logfile_backups=2
[program:pair]
command=/bin/sleep 100005
handover=overlap
startsecs=0
min_ready=0.1
environment=VERSION="${version}"
${version % 2 === 0 ? '[program:guest]\ncommand=/bin/sleep 100006\n' : ''}`;
}
