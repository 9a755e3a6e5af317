/**
 * The process automaton.
 *
 * Rule 1: everything that decides what becomes of one process is in the table below; `enter.ts` says what entering a
 *         phase asks of the world, `guards.ts` answers the table's questions, `step.ts` feeds it. Nothing else decides.
 * Rule 2: nothing here knows a clock, a pid table or a signal number. Time comes inside events, in monotonic milliseconds.
 *
 * ## Theory of operation
 *
 * Supervisor shows eight states, and clients depend on them. Underneath there are more facts than eight words can hold:
 * whether a spawn is under way, whether the main process is gone while its descendants live on. So the automaton has
 * *phases*, finer than states; each belongs to exactly one state (`stateOf`). UNKNOWN has none: Supervisor goes there when
 * kill(2) fails and never comes back; here only init's word ends a process, so there is nothing to be unsure about.
 *
 * 1. Wanted and actual are two fields. A command changes `want` and may *begin* something; only `exited`, `ended` and
 *    `empty` end a generation. Our own signal proves nothing.
 * 2. A generation is the main process and everything it left behind. While one is there, no other is spawned for the same
 *    process: the phases with a generation have no way to `spawning` but by `empty` or `ended`.
 * 3. `exited` says the main process ended and says nothing of its descendants. `empty` says nobody is left. When both are
 *    known at once the table hears `ended`, so that nobody is looked for who is known to be gone.
 * 4. Stop is truth: STOPPED has no generation. The polite signal goes to the main process (or its group). When that is gone
 *    and descendants remain, their roots get it, once: never their children, for a worker below a dead wrapper must not
 *    have its pool signalled. Where the main process (or a root) is a wrapper, the world outside finds the one below it that can
 *    act on the signal; a main process that has `outlived` that one, and goes on, gets it then. `stopwaitsecs` after the stop
 *    command the whole tree gets SIGKILL, and again until it is empty.
 * 5. A main process that ends by itself is what Supervisor says it is (EXITED, BACKOFF, FATAL); what it left is not touched
 *    for that alone, since programs that daemonise do exactly this (`…-remains`). Before a successor starts the remains are
 *    cleared (`…-clearing`): politely, then by SIGKILL. The state shown stays, for nothing that it says has changed.
 * 6. An exit is judged by time, not by what the automaton has come to: one that is younger than `startsecs` failed to
 *    start, whatever its code; an older one was RUNNING first, even when both are learned at once.
 * 7. The step never loops on a restart. It asks for a spawn or a deadline and returns; the next event may be a stop.
 * 8. A process has one deadline. Each setting has its own epoch, and one that does not match is stale and ignored before
 *    the table is asked.
 * 9. A stop resets the count of failures. (Supervisor keeps it: stopped in BACKOFF and started again, its process may go
 *    FATAL after one failure.) A start during STOPPING waits for the stop to complete; a stop during STOPPING waits with it.
 * 10. `shutdown` wants everything down. What waits to be retried gives up at once, what is being cleared for a successor is
 *     from now on being stopped, and everything else lives until its turn comes as a `stop` (order.ts).
 * 11. While a handover is under way, the automaton spawns nothing: where the main process ends by itself meanwhile, or was stopped
 *     to make room (`replace`), the next generation is waited for (`awaiting…`, `vacant`: STARTING). `spawn-failed` then says that
 *     it came to nothing, and what autorestart would have done is done; `promoted` that it is the current one.
 * 12. STOPPED means that the other generations (next, draining) are gone as well: who is only waiting for them is
 *     `stopping-others`, and hears `empty` when the last is gone. (A stop of what is EXITED or FATAL is refused in the table; where
 *     others live, family.ts ends them for it.)
 * 13. A process that lives and does not work (`unhealthy`: a missed watchdog) is still RUNNING, for it has not ended; its main process gets
 *     SIGABRT, so that it can leave a trace of where it hangs, and its tree SIGKILL after `stopwaitsecs`. Its end is a death by signal,
 *     and autorestart says what comes next. (systemd.service(5), WatchdogSec.)
 * 14. A `replace` may meet somebody in the middle of an answer: where there is a quiet step (`quieting`), what is open is finished before the
 *     stop signal. A stop that comes meanwhile is obeyed at once.
 * 15. A cell that cannot happen says so. It is logged and changes nothing; a supervisor does not throw.
 *
 * ## Reading the table
 *
 * A row is a phase, a column what is heard. A cell is the next phase; a fork whose guards lead to a path of phases, entered one
 * after the other, so that none is skipped in what is published; `stay`; `refused` (the command's fault is answered);
 * `impossible`. Entering a phase from itself is an entry as well: `killing` on `deadline` kills again.
 */
import type { State } from './status.ts';

/** What a process is in, in more detail than Supervisor's states. */
export type Phase =
  /** No generation, none wanted. */
  | 'stopped'
  /** A spawn was asked for and is not answered yet. */
  | 'spawning'
  /** The same, and a stop came meanwhile: what is spawned will be stopped as soon as it is there. */
  | 'aborting'
  /** The main process lives, for less than `startsecs`. */
  | 'starting'
  | 'running'
  /** It lives and does not work: its main process got SIGABRT; the deadline is SIGKILL. */
  | 'failing'
  /** The main process ended by itself during a handover: its next generation will be the successor. */
  | 'awaiting'
  | 'awaiting-remains'
  /** It was stopped to make room for the next generation, which is being started. */
  | 'vacant'
  /** Failed to start; the deadline is the next attempt. */
  | 'backoff'
  | 'backoff-remains'
  | 'backoff-clearing'
  /** Ended by itself after it was up. */
  | 'exited'
  | 'exited-remains'
  | 'exited-clearing'
  /** Failed to start too often. */
  | 'fatal'
  | 'fatal-remains'
  | 'fatal-clearing'
  /** It makes room for the next generation and was asked to take no new work; the deadline is `quietTimeout`. */
  | 'quieting'
  /** The main process was told to stop; the deadline is SIGKILL. */
  | 'stopping'
  /** The main process is gone and the roots of what it left were told to stop. */
  | 'stopping-remains'
  /** The tree got SIGKILL; the deadline is the next one. */
  | 'killing'
  /** The generation is gone, and others of the process (next, draining) are being removed. */
  | 'stopping-others';

/**
 * What the automaton hears. `ended` is `exited` and `empty` known at once; `outlived`: who was told to stop is gone, the main process
 * above it is not; `overlap` and `replace` begin a handover; `quieted`: it has finished what it had.
 */
export type Cause =
  | 'start'
  | 'stop'
  | 'shutdown'
  | 'spawned'
  | 'spawn-failed'
  | 'exited'
  | 'ended'
  | 'empty'
  | 'deadline'
  | 'outlived'
  | 'overlap'
  | 'replace'
  | 'promoted'
  | 'unhealthy'
  | 'quieted';

/**
 * A question about the process: `young`, it has not been up for `startsecs`; `retries-left`, it is wanted and has failed
 * fewer than `startretries` times before; `restart`, it is wanted and `autorestart` says yes to this exit; `wanted`; `succession`,
 * a handover is under way; `others`, generations beside the current one live; `died-young`, it had not been up for `startsecs`
 * when it ended; `quiets`, it has a quiet step.
 */
export type Guard = 'young' | 'retries-left' | 'restart' | 'wanted' | 'succession' | 'others' | 'died-young' | 'quiets';

export type Fork = { readonly ask: Guard; readonly yes: Way; readonly no: Way };
export type Way = readonly Phase[] | Fork;
export type Cell = Phase | 'stay' | 'refused' | 'impossible' | Fork;

/** The one state of each phase. */
export const stateOf: { readonly [P in Phase]: State } = {
  stopped: 'STOPPED',
  spawning: 'STARTING',
  aborting: 'STOPPING',
  starting: 'STARTING',
  running: 'RUNNING',
  failing: 'RUNNING',
  awaiting: 'STARTING',
  'awaiting-remains': 'STARTING',
  vacant: 'STARTING',
  backoff: 'BACKOFF',
  'backoff-remains': 'BACKOFF',
  'backoff-clearing': 'BACKOFF',
  exited: 'EXITED',
  'exited-remains': 'EXITED',
  'exited-clearing': 'EXITED',
  fatal: 'FATAL',
  'fatal-remains': 'FATAL',
  'fatal-clearing': 'FATAL',
  quieting: 'STOPPING',
  stopping: 'STOPPING',
  'stopping-remains': 'STOPPING',
  killing: 'STOPPING',
  'stopping-others': 'STOPPING',
};

/** A main process is there; with `startsecs=0` it is RUNNING at once. */
const up: Fork = { ask: 'young', yes: ['starting'], no: ['running'] };
const unborn: Fork = { ask: 'retries-left', yes: ['backoff'], no: ['backoff', 'fatal'] };
/** All is gone, as was wanted; a start may have come meanwhile, or this was to make room for the next generation. */
const allDone: Fork = {
  ask: 'wanted',
  yes: { ask: 'succession', yes: ['stopped', 'vacant'], no: ['stopped', 'spawning'] },
  no: ['stopped'],
};
const done: Fork = { ask: 'others', yes: ['stopping-others'], no: allDone };
/** Nothing of its own is there: to be down it needs only the others to go. */
const down: Fork = { ask: 'others', yes: ['stopping-others'], no: ['stopped'] };
const makeRoom: Fork = { ask: 'others', yes: ['stopping-others'], no: ['vacant'] };

/** What a `replace` stops finishes first what it has open. */
const stepBack: Fork = { ask: 'quiets', yes: ['quieting'], no: ['stopping'] };

const quickWithRemains: Fork = {
  ask: 'retries-left',
  yes: ['backoff-remains'],
  no: ['backoff-remains', 'fatal-remains'],
};
/** The main process ended by itself and descendants may be left. */
const left: { readonly [P in 'starting' | 'running']: Fork } = {
  starting: {
    ask: 'young',
    yes: { ask: 'succession', yes: ['awaiting-remains'], no: quickWithRemains },
    no: {
      ask: 'succession',
      yes: ['running', 'exited-remains', 'awaiting-remains'],
      no: {
        ask: 'restart',
        yes: ['running', 'exited-remains', 'exited-clearing'],
        no: ['running', 'exited-remains'],
      },
    },
  },
  running: {
    ask: 'young',
    yes: { ask: 'succession', yes: ['awaiting-remains'], no: quickWithRemains },
    no: {
      ask: 'succession',
      yes: ['exited-remains', 'awaiting-remains'],
      no: { ask: 'restart', yes: ['exited-remains', 'exited-clearing'], no: ['exited-remains'] },
    },
  },
};
/** The main process ended by itself and nobody is left. */
const gone: { readonly [P in 'starting' | 'running']: Fork } = {
  starting: {
    ask: 'young',
    yes: { ask: 'succession', yes: ['awaiting'], no: unborn },
    no: {
      ask: 'succession',
      yes: ['running', 'exited', 'awaiting'],
      no: { ask: 'restart', yes: ['running', 'exited', 'spawning'], no: ['running', 'exited'] },
    },
  },
  running: {
    ask: 'young',
    yes: { ask: 'succession', yes: ['awaiting'], no: unborn },
    no: {
      ask: 'succession',
      yes: ['exited', 'awaiting'],
      no: { ask: 'restart', yes: ['exited', 'spawning'], no: ['exited'] },
    },
  },
};
/** The main process ended by itself some time ago, and the next generation that was waited for came to nothing. */
const bereft: { readonly [P in 'awaiting' | 'awaiting-remains']: Fork } = {
  awaiting: { ask: 'died-young', yes: unborn, no: { ask: 'restart', yes: ['spawning'], no: ['exited'] } },
  'awaiting-remains': {
    ask: 'died-young',
    yes: quickWithRemains,
    no: { ask: 'restart', yes: ['exited-clearing'], no: ['exited-remains'] },
  },
};

/** The whole automaton. Commands first, then init's reports, then the deadline and a wrapper that stays, then what a handover asks for. */
// biome-ignore format: a table is read by its columns
export const table: { readonly [P in Phase]: { readonly [C in Cause]: Cell } } = {
  stopped: {
    start: 'spawning',             stop: 'refused',               shutdown: 'stay',
    spawned: 'impossible',         'spawn-failed': 'impossible',  exited: 'impossible',         ended: 'impossible',
    empty: 'impossible',           deadline: 'impossible',        outlived: 'impossible',
    overlap: 'refused',            replace: 'refused',             promoted: 'impossible',
    unhealthy: 'impossible',       quieted: 'impossible',
  },
  spawning: {
    start: 'refused',              stop: 'aborting',              shutdown: 'stay',
    spawned: up,                   'spawn-failed': unborn,        exited: 'impossible',         ended: 'impossible',
    empty: 'impossible',           deadline: 'impossible',        outlived: 'impossible',
    overlap: 'refused',            replace: 'refused',             promoted: 'impossible',
    unhealthy: 'impossible',       quieted: 'impossible',
  },
  aborting: {
    start: 'stay',                 stop: 'stay',                  shutdown: 'stay',
    spawned: 'stopping',           'spawn-failed': done,          exited: 'impossible',         ended: 'impossible',
    empty: 'impossible',           deadline: 'impossible',        outlived: 'impossible',
    overlap: 'refused',            replace: 'refused',             promoted: 'impossible',
    unhealthy: 'impossible',       quieted: 'impossible',
  },
  starting: {
    start: 'refused',              stop: 'stopping',              shutdown: 'stay',
    spawned: 'impossible',         'spawn-failed': 'impossible',  exited: left.starting,        ended: gone.starting,
    empty: 'impossible',           deadline: 'running',           outlived: 'stay',
    overlap: 'stay',               replace: stepBack,              promoted: 'running',
    unhealthy: 'stay',             quieted: 'stay',
  },
  running: {
    start: 'refused',              stop: 'stopping',              shutdown: 'stay',
    spawned: 'impossible',         'spawn-failed': 'impossible',  exited: left.running,         ended: gone.running,
    empty: 'impossible',           deadline: 'impossible',        outlived: 'stay',
    overlap: 'stay',               replace: stepBack,              promoted: 'running',
    unhealthy: 'failing',          quieted: 'stay',
  },
  failing: {
    start: 'refused',              stop: 'stopping',              shutdown: 'stay',
    spawned: 'impossible',         'spawn-failed': 'impossible',  exited: left.running,         ended: gone.running,
    empty: 'impossible',           deadline: 'failing',           outlived: 'stay',
    overlap: 'stay',               replace: stepBack,              promoted: 'running',
    unhealthy: 'stay',             quieted: 'stay',
  },
  awaiting: {
    start: 'refused',              stop: 'stopping-others',       shutdown: 'stay',
    spawned: 'impossible',         'spawn-failed': bereft.awaiting, exited: 'impossible',       ended: 'impossible',
    empty: 'impossible',           deadline: 'impossible',        outlived: 'impossible',
    overlap: 'stay',               replace: makeRoom,              promoted: 'running',
    unhealthy: 'impossible',       quieted: 'impossible',
  },
  'awaiting-remains': {
    start: 'refused',              stop: 'stopping-remains',      shutdown: 'stay',
    spawned: 'impossible',         'spawn-failed': bereft['awaiting-remains'], exited: 'impossible', ended: 'impossible',
    empty: 'awaiting',             deadline: 'impossible',        outlived: 'impossible',
    overlap: 'stay',               replace: 'stopping-remains',    promoted: 'running',
    unhealthy: 'stay',             quieted: 'stay',
  },
  vacant: {
    start: 'refused',              stop: 'stopping-others',       shutdown: 'stay',
    spawned: 'impossible',         'spawn-failed': { ask: 'wanted', yes: ['spawning'], no: ['stopped'] },
    exited: 'impossible',          ended: 'impossible',
    empty: 'impossible',           deadline: 'impossible',        outlived: 'impossible',
    overlap: 'stay',               replace: 'stay',                promoted: 'running',
    unhealthy: 'impossible',       quieted: 'impossible',
  },
  backoff: {
    start: 'refused',              stop: down,                    shutdown: 'fatal',
    spawned: 'impossible',         'spawn-failed': 'impossible',  exited: 'impossible',         ended: 'impossible',
    empty: 'impossible',           deadline: 'spawning',          outlived: 'impossible',
    overlap: 'awaiting',           replace: makeRoom,              promoted: 'impossible',
    unhealthy: 'impossible',       quieted: 'impossible',
  },
  'backoff-remains': {
    start: 'refused',              stop: 'stopping-remains',      shutdown: 'fatal-remains',
    spawned: 'impossible',         'spawn-failed': 'impossible',  exited: 'impossible',         ended: 'impossible',
    empty: 'backoff',              deadline: 'backoff-clearing',  outlived: 'impossible',
    overlap: 'awaiting-remains',   replace: 'stopping-remains',    promoted: 'impossible',
    unhealthy: 'stay',             quieted: 'stay',
  },
  'backoff-clearing': {
    start: 'refused',              stop: 'stopping-remains',      shutdown: 'stopping-remains',
    spawned: 'impossible',         'spawn-failed': 'impossible',  exited: 'impossible',         ended: 'impossible',
    empty: 'spawning',             deadline: 'backoff-clearing',  outlived: 'impossible',
    overlap: 'refused',            replace: 'refused',             promoted: 'impossible',
    unhealthy: 'stay',             quieted: 'stay',
  },
  exited: {
    start: 'spawning',             stop: 'refused',               shutdown: 'stay',
    spawned: 'impossible',         'spawn-failed': 'impossible',  exited: 'impossible',         ended: 'impossible',
    empty: 'impossible',           deadline: 'impossible',        outlived: 'impossible',
    overlap: 'refused',            replace: 'refused',             promoted: 'impossible',
    unhealthy: 'impossible',       quieted: 'impossible',
  },
  'exited-remains': {
    start: 'exited-clearing',      stop: 'stopping-remains',      shutdown: 'stay',
    spawned: 'impossible',         'spawn-failed': 'impossible',  exited: 'impossible',         ended: 'impossible',
    empty: 'exited',               deadline: 'impossible',        outlived: 'impossible',
    overlap: 'refused',            replace: 'refused',             promoted: 'impossible',
    unhealthy: 'stay',             quieted: 'stay',
  },
  'exited-clearing': {
    start: 'stay',                 stop: 'stopping-remains',      shutdown: 'stopping-remains',
    spawned: 'impossible',         'spawn-failed': 'impossible',  exited: 'impossible',         ended: 'impossible',
    empty: 'spawning',             deadline: 'exited-clearing',   outlived: 'impossible',
    overlap: 'refused',            replace: 'refused',             promoted: 'impossible',
    unhealthy: 'stay',             quieted: 'stay',
  },
  fatal: {
    start: 'spawning',             stop: 'refused',               shutdown: 'stay',
    spawned: 'impossible',         'spawn-failed': 'impossible',  exited: 'impossible',         ended: 'impossible',
    empty: 'impossible',           deadline: 'impossible',        outlived: 'impossible',
    overlap: 'refused',            replace: 'refused',             promoted: 'impossible',
    unhealthy: 'impossible',       quieted: 'impossible',
  },
  'fatal-remains': {
    start: 'fatal-clearing',       stop: 'stopping-remains',      shutdown: 'stay',
    spawned: 'impossible',         'spawn-failed': 'impossible',  exited: 'impossible',         ended: 'impossible',
    empty: 'fatal',                deadline: 'impossible',        outlived: 'impossible',
    overlap: 'refused',            replace: 'refused',             promoted: 'impossible',
    unhealthy: 'stay',             quieted: 'stay',
  },
  'fatal-clearing': {
    start: 'stay',                 stop: 'stopping-remains',      shutdown: 'stopping-remains',
    spawned: 'impossible',         'spawn-failed': 'impossible',  exited: 'impossible',         ended: 'impossible',
    empty: 'spawning',             deadline: 'fatal-clearing',    outlived: 'impossible',
    overlap: 'refused',            replace: 'refused',             promoted: 'impossible',
    unhealthy: 'stay',             quieted: 'stay',
  },
  quieting: {
    start: 'stay',                 stop: 'stopping',              shutdown: 'stopping',
    spawned: 'impossible',         'spawn-failed': 'impossible',  exited: 'stopping-remains',   ended: done,
    empty: 'impossible',           deadline: 'stopping',          outlived: 'stay',
    overlap: 'refused',            replace: 'refused',             promoted: 'impossible',
    unhealthy: 'stay',             quieted: 'stopping',
  },
  stopping: {
    start: 'stay',                 stop: 'stay',                  shutdown: 'stay',
    spawned: 'impossible',         'spawn-failed': 'impossible',  exited: 'stopping-remains',   ended: done,
    empty: 'impossible',           deadline: 'killing',           outlived: 'stopping',
    overlap: 'refused',            replace: 'refused',             promoted: 'impossible',
    unhealthy: 'stay',             quieted: 'stay',
  },
  'stopping-remains': {
    start: 'stay',                 stop: 'stay',                  shutdown: 'stay',
    spawned: 'impossible',         'spawn-failed': 'impossible',  exited: 'impossible',         ended: 'impossible',
    empty: done,                   deadline: 'killing',           outlived: 'impossible',
    overlap: 'refused',            replace: 'refused',             promoted: 'impossible',
    unhealthy: 'stay',             quieted: 'stay',
  },
  killing: {
    start: 'stay',                 stop: 'stay',                  shutdown: 'stay',
    spawned: 'impossible',         'spawn-failed': 'impossible',  exited: 'stay',               ended: done,
    empty: done,                   deadline: 'killing',           outlived: 'stay',
    overlap: 'refused',            replace: 'refused',             promoted: 'impossible',
    unhealthy: 'stay',             quieted: 'stay',
  },
  'stopping-others': {
    start: 'stay',                 stop: 'stay',                  shutdown: 'stay',
    spawned: 'impossible',         'spawn-failed': 'impossible',  exited: 'impossible',         ended: 'impossible',
    empty: allDone,                deadline: 'impossible',        outlived: 'impossible',
    overlap: 'refused',            replace: 'refused',             promoted: 'impossible',
    unhealthy: 'impossible',       quieted: 'impossible',
  },
};

/** Where a generation may ask for more time before it gets SIGKILL. */
export const extendable: readonly Phase[] = ['stopping', 'stopping-remains'];
