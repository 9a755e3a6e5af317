/**
 * The keys with which a [program:x] says how it may be replaced while it runs: legato's own, part of the table in schema.ts.
 * Supervisor ignores them, so that the same file still runs under it.
 */
export const handoverKeys = {
  handover: {
    type: 'auto, overlap, replace, signal:NAME or none',
    preset: 'auto',
    names: 'program',
    doc: 'How it may be replaced while it runs. `overlap`: the next generation runs beside the current one until it is ready; `replace`: the current one is stopped first; `signal:HUP` (or another): it reloads itself on that signal, and must be seen to have done so; `auto`: `overlap` with `listen` or for a known queue worker, else, and always for Celery beat, `replace`.',
  },
  queue: {
    type: 'queue',
    preset: 'auto',
    names: 'program',
    doc: 'Whose worker it is: `celery`, `rq`, `sidekiq`, `resque`, `bullmq`, `laravel`, `dramatiq`, `huey`, `arq`, `faktory`, `delayed-job`; `none`: of no known queue; `auto`: what the command says. Workers overlap, and no handover cuts their tasks (docs/handover.md).',
  },
  ready: {
    type: 'readiness',
    preset: null,
    names: 'generation',
    doc: 'What says that a generation serves: `startsecs` (it is alive after them; the default without `listen`), `notify` (`READY=1` by sd_notify), `fd:N` (a newline on that descriptor), `ipc` (`process.send("ready")` of a Node program, as pm2 has it; behind npm it is npm that takes the channel), `listening` (it accepts on a held socket; the default with `listen`), `log:/REGEX/` (a line of its output), `http://HOST:PORT/PATH` or `https://` (an answer of 2xx or 3xx; no certificate is looked at), `tcp://HOST:PORT` or `unix:/PATH` (a connection), `command:COMMAND` (it exits with 0; run as the program is, with `LEGATO_GENERATION` and `LEGATO_PID`), `file:/PATH` (made or touched by the generation). What is asked must be private to the generation, not an address of `listen`.',
  },
  ready_timeout: {
    type: 'seconds',
    preset: '30',
    names: 'program',
    doc: 'Seconds a next generation has to become ready.',
  },
  min_ready: {
    type: 'seconds',
    preset: '1',
    names: 'program',
    doc: 'Seconds it must stay up after that, before the current one is told to go.',
  },
  check_command: {
    type: 'string',
    preset: null,
    names: 'generation',
    doc: 'A command that is run before a handover (`nginx -t`, `haproxy -c -f …`); when it does not exit with 0, nothing is started and its output is in the report. It runs as the program does: user, directory, environment, the sockets of `listen` (not with `listen_mode=adopt`), and `LEGATO_PROCESS`; `%(generation)s` is the number that the next generation would have at that moment.',
  },
  check_timeout: {
    type: 'seconds',
    preset: '30',
    names: 'program',
    doc: 'Seconds check_command has; then all of it gets SIGKILL, and the handover has failed.',
  },
  quiet_signal: {
    type: 'signal',
    preset: null,
    names: 'program',
    doc: 'Asks the main process of the old generation to take no new work, before its stop signal. No SIGCONT follows it. When not set: none, or what a queue worker needs.',
  },
  quiet_command: {
    type: 'string',
    preset: null,
    names: 'generation',
    doc: 'A command that has the old generation take no new work, and exits with 0 when it is idle; with any other code it is run again after a second, until quiet_timeout. It runs as the program does, with `LEGATO_PROCESS`, `LEGATO_GENERATION` and `LEGATO_PID` (the main process) of the old generation.',
  },
  quiet_timeout: {
    type: 'seconds',
    preset: null,
    names: 'program',
    doc: 'Seconds the old generation has to finish what is open before its stop signal; 0: it gets the signal at once. When not set: 30 with `quiet_command`, `quiet_signal` or `listen` (but 5 where `listen` alone asks for it and the strategy is `replace`, for new connections wait meanwhile), else 0. It ends when the last connection is closed, which the preload library alone can tell, and when `quiet_command` says so; where neither can, at once, or with `quiet_signal` when the time is over.',
  },
  worker_hook: {
    type: 'boolean',
    preset: 'true',
    names: 'program',
    doc: 'Whether a worker of Celery or RQ is given a module that lets it drain without losing a task, and says when a Celery worker is ready (docs/handover.md).',
  },
  drain_signal: {
    type: 'signal',
    preset: null,
    names: 'program',
    doc: 'The signal after which the old generation finishes what it has and goes. When not set: that of its queue (QUIT for Resque, INT for Huey, else TERM, for the main process alone), else `stopsignal`.',
  },
  drain_timeout: {
    type: 'seconds',
    preset: null,
    names: 'program',
    doc: 'Seconds the old generation has from that signal on, also where it makes room (`replace`). When not set: 3600 for a queue worker, else as `stopwaitsecs`.',
  },
  drain_policy: {
    type: 'kill, keep or ask',
    preset: null,
    names: 'program',
    doc: 'What happens to one that has used them up: SIGKILL (`kill`), nothing (`keep`), or nothing until `legatoctl handover --finish` (`ask`, which says so in the log). When not set: `keep` for a queue worker, else `kill`.',
  },
  watchdog: {
    type: 'seconds',
    preset: '0',
    names: 'program',
    doc: 'Seconds within which a generation must say `WATCHDOG=1` (sd_notify) again and again once it is ready; else its main process gets SIGABRT, its tree SIGKILL after stopwaitsecs, and autorestart decides. 0: no watchdog.',
  },
  stale_files: {
    type: 'absolute globs',
    preset: null,
    names: 'generation',
    doc: 'Comma list of absolute paths, the last part of each may have `*` and `?`: files that a generation leaves when it is killed (`/tmp/celerybeat.pid`); `%(generation)s` in that part is any number. They are removed, and that is logged, before a generation is started while none of the process lives. Never directories, never through a symbolic link.',
  },
  reload_timeout: {
    type: 'seconds',
    preset: '10',
    names: 'program',
    doc: 'With `handover=signal:…`: seconds within which it must be seen that it has reloaded.',
  },
  handover_fallback: {
    type: 'none, overlap or replace',
    preset: 'none',
    names: 'program',
    doc: 'With `handover=signal:…`: how it is handed over when it was not signalled, did not reload, or left a defunct process by doing so.',
  },
  main: {
    type: 'regular expression',
    preset: null,
    names: 'program',
    doc: 'Which process below a wrapper (`sh -c`, su, npm …) gets the stop signal and those of `legatoctl signal --main`: the topmost whose command line this matches, JavaScript syntax; wrappers only where nothing else does. When not set: the topmost that catches the signal and is no wrapper.',
  },
  max_surge: {
    type: 'count from 0',
    preset: '1',
    names: 'program',
    doc: 'With numprocs: next generations that may run beside the current ones at a time (`overlap`). 0: none may, so that each process is stopped first (`replace`).',
  },
  max_unavailable: {
    type: 'count from 0',
    preset: '0',
    names: 'program',
    doc: 'With numprocs: processes that may be without a generation that serves at a time (`replace`; one always may). Not 0 together with `max_surge=0`.',
  },
  max_draining: {
    type: 'count',
    preset: null,
    names: 'program',
    doc: 'Old generations that may be draining at a time; of one more the oldest gets SIGKILL. When not set: 8 for a queue worker, else 2.',
  },
} as const;
