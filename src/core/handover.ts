/**
 * The handover: how a next generation takes the place of the current one.
 *
 * The sentence: *a process has at most one next and at most one current generation; the current one is told nothing before the
 * next one is ready and has stayed so; draining ones are bounded and never hold up the next handover.*
 *
 * ## Theory of operation
 *
 * A process has one automaton for what it shows and for its current generation (process.ts). Beside it there may be one *next*
 * generation and some *draining* ones, each with a small automaton of its own: the two tables below. `candidate.ts` and `drain.ts`
 * say what entering a phase asks of the world, `family.ts` passes between them what concerns more than one.
 *
 * 1. Everything before the commit can be undone. Whatever happens to the next one before it (it is not spawned, it exits, with
 *    code 0 as well, it is not ready in time, it dies while settling, somebody thinks better of it), its whole tree is removed, and
 *    the current one has never heard of it. Who asked is answered when nothing is left of it.
 * 2. A next one that is removed is asked first and killed after `stopwaitsecs`, even one that was never ready: it may serve all the
 *    same (a worker takes tasks before its log line is recognised), and a restart drops nothing. Like every current one: the signal goes to
 *    its main process (through a wrapper, as in process.ts), then to the roots of what that left, once.
 *    One that may have taken work that is not to be cut (it was ready, or nothing would have said so) is not hurried, where its terms of a drain
 *    give more than those of a stop: it is `retired`, drains like a former current one, and nobody waits for that. One that was to replace must
 *    be gone before there is another: it has its `drainTimeout`, and only a stop or a shutdown makes that `stopwaitsecs`.
 * 3. Ready is a word from outside, with evidence; where nothing will say it, it is assumed after `startsecs`. Only what then stays
 *    up for `minReady` is committed: some programs say they are ready before they have loaded what they serve. One that does not do at the
 *    moment what showed that it serves is `doubted`: it may be about to do it again, or to end (the master of a pre-forking server whose workers
 *    have died). It is not committed before that is known, and has `readyTimeout` for it.
 * 4. The commit is one step: the next one is the current one, with its spec; what was the current one drains. From there on the way
 *    back is another handover. If the new one dies now, autorestart applies to it, and nobody takes back who was told to stop.
 * 5. `replace` is for what must never run twice. The current one is told to drain, and whatever drains to stop, before the next one is spawned;
 *    who shows that meanwhile is `vacant` in process.ts. Undone, it is not without consequence: the former spec is started again.
 * 6. A current one that ends by itself meanwhile is not restarted: the next one is its successor, and what it left is told nothing
 *    until then. If the next one comes to nothing, autorestart has its turn, with the former spec. There are never three.
 * 7. Of several handovers the latest wins. One that has not committed is undone, and the latest is tried when nothing is left of it.
 *    While the current one is still being stopped for a `replace`, there is nothing to undo: the latest takes the place of the earlier.
 * 8. Draining is polite and bounded: a quiet step where there is one, the stop signal to the main process, then to the roots of what
 *    it left, `drainTimeout`, then SIGKILL or, where the policy says `keep` or `ask`, patience; `finish` ends that by the next step at once. At a commit that makes them more than
 *    `maxDraining`, the oldest gets SIGKILL at once; it does not count any more, and no handover waits for it.
 * 9. A stop of the process, and its turn in a shutdown, ends them all: next and draining ones have `stopwaitsecs` from then on, and
 *    STOPPED is said when the last is gone. A shutdown removes a next one at once, for it will never be needed.
 * 10. A brain that starts anew goes on where the former one was (memo.ts, resume.ts): a handover has the time it had, and what was told is
 *     not told again.
 * 11. A generation may ask for time while it becomes ready, drains or stops (`extend`): its deadline is then not before what it asked for, and
 *     is set anew, so that the former one is stale. Where readiness is assumed there is nothing to ask for: the deadline is the readiness.
 *
 * ## Reading the tables
 *
 * A row is a phase, a column what is heard. A cell is the next phase; an outcome, with which the generation leaves its table; a fork;
 * `stay`; or `impossible`, which is logged and changes nothing. Entering a phase from itself is an entry as well.
 */

/** What a next generation is in. */
export type NextPhase =
  /** Room is being made for it: it has no number yet. With `overlap` this takes no time. */
  | 'vacating'
  | 'spawning'
  /** Its main process lives; the deadline is `readyTimeout`, or `startsecs` where readiness is assumed. */
  | 'readying'
  /** Ready; the deadline is `minReady`. */
  | 'settling'
  /** It was ready, and just now it is not seen to be; the deadline is `readyTimeout` from then on. */
  | 'doubted'
  /** Its spawn is not answered yet, and it is not wanted any more. */
  | 'aborting'
  /** Its main process was told to stop; the deadline is SIGKILL. */
  | 'undoing'
  /** Its main process is gone and the roots of what it left were told to stop. */
  | 'undoing-remains'
  | 'killing';

/** `committed`, it is the current one now; `gone`, nothing is left of it; `retired`, it is not wanted any more and drains. */
export type NextOutcome = 'committed' | 'gone' | 'retired';

/** What is heard of it. `vacant`: there is room; `undo`: it is not wanted any more; `stop`: nothing of the process shall be left. */
export type NextCause =
  | 'vacant'
  | 'spawned'
  | 'spawn-failed'
  | 'ready'
  | 'unready'
  | 'unsteady'
  | 'steady'
  | 'exited'
  | 'ended'
  | 'empty'
  | 'deadline'
  | 'outlived'
  | 'undo'
  | 'stop';

/**
 * `assumed`: nothing will ever say that it is ready; `patient`: it stands beside a current one, and its terms of a drain give it more than
 * those of a stop.
 */
export type NextGuard = 'assumed' | 'patient';
export type NextFork = { readonly ask: NextGuard; readonly yes: NextWay; readonly no: NextWay };
export type NextWay = LaterPhase | NextOutcome | NextFork;
/** Nothing leads back to the first one. */
export type LaterPhase = Exclude<NextPhase, 'vacating'>;
export type NextCell = NextWay | 'stay' | 'impossible';

const waited: NextFork = { ask: 'assumed', yes: 'settling', no: 'undoing' };
const mayWork: NextFork = { ask: 'patient', yes: 'retired', no: 'undoing' };
const mayWorkUnheard: NextFork = { ask: 'assumed', yes: mayWork, no: 'undoing' };

/** The whole life of a next generation. */
// biome-ignore format: a table is read by its columns
export const nextTable: { readonly [P in NextPhase]: { readonly [C in NextCause]: NextCell } } = {
  vacating: {
    vacant: 'spawning',            spawned: 'impossible',         'spawn-failed': 'impossible', ready: 'impossible',
    unready: 'impossible',         exited: 'impossible',          ended: 'impossible',          empty: 'impossible',
    deadline: 'impossible',        undo: 'gone',                  outlived: 'impossible',
    stop: 'gone',                  unsteady: 'impossible',        steady: 'impossible',
  },
  spawning: {
    vacant: 'impossible',          spawned: 'readying',           'spawn-failed': 'gone',       ready: 'impossible',
    unready: 'impossible',         exited: 'impossible',          ended: 'impossible',          empty: 'impossible',
    deadline: 'impossible',        undo: 'aborting',              outlived: 'impossible',
    stop: 'aborting',              unsteady: 'impossible',        steady: 'impossible',
  },
  readying: {
    vacant: 'impossible',          spawned: 'impossible',         'spawn-failed': 'impossible', ready: 'settling',
    unready: 'undoing',            exited: 'undoing-remains',     ended: 'gone',                empty: 'impossible',
    deadline: waited,              undo: mayWorkUnheard,          outlived: 'stay',
    stop: 'undoing',               unsteady: 'stay',              steady: 'stay',
  },
  settling: {
    vacant: 'impossible',          spawned: 'impossible',         'spawn-failed': 'impossible', ready: 'stay',
    unready: 'undoing',            exited: 'undoing-remains',     ended: 'gone',                empty: 'impossible',
    deadline: 'committed',         undo: mayWork,                 outlived: 'stay',
    stop: 'undoing',               unsteady: 'doubted',           steady: 'stay',
  },
  doubted: {
    vacant: 'impossible',          spawned: 'impossible',         'spawn-failed': 'impossible', ready: 'stay',
    unready: 'undoing',            exited: 'undoing-remains',     ended: 'gone',                empty: 'impossible',
    deadline: 'undoing',           undo: mayWork,                 outlived: 'stay',
    stop: 'undoing',               unsteady: 'stay',              steady: 'settling',
  },
  aborting: {
    vacant: 'impossible',          spawned: 'undoing',            'spawn-failed': 'gone',       ready: 'impossible',
    unready: 'impossible',         exited: 'impossible',          ended: 'impossible',          empty: 'impossible',
    deadline: 'impossible',        undo: 'stay',                  outlived: 'impossible',
    stop: 'stay',                  unsteady: 'impossible',        steady: 'impossible',
  },
  undoing: {
    vacant: 'impossible',          spawned: 'impossible',         'spawn-failed': 'impossible', ready: 'stay',
    unready: 'stay',               exited: 'undoing-remains',     ended: 'gone',                empty: 'impossible',
    deadline: 'killing',           undo: 'stay',                  outlived: 'undoing',
    stop: 'undoing',               unsteady: 'stay',              steady: 'stay',
  },
  'undoing-remains': {
    vacant: 'impossible',          spawned: 'impossible',         'spawn-failed': 'impossible', ready: 'stay',
    unready: 'stay',               exited: 'impossible',          ended: 'impossible',          empty: 'gone',
    deadline: 'killing',           undo: 'stay',                  outlived: 'impossible',
    stop: 'undoing-remains',       unsteady: 'stay',              steady: 'stay',
  },
  killing: {
    vacant: 'impossible',          spawned: 'impossible',         'spawn-failed': 'impossible', ready: 'stay',
    unready: 'stay',               exited: 'stay',                ended: 'gone',                empty: 'gone',
    deadline: 'killing',           undo: 'stay',                  outlived: 'stay',
    stop: 'stay',                  unsteady: 'stay',              steady: 'stay',
  },
};

/** What a draining generation is in. */
export type DrainPhase =
  /** It was asked to take no new work; the deadline is `quietTimeout`. */
  | 'quieting'
  /** Its main process was told to stop; the deadline is `drainTimeout`. */
  | 'draining'
  /** Its main process is gone and the roots of what it left were told to stop. */
  | 'draining-remains'
  /** Its time is over and it is kept. */
  | 'overdue'
  /** The whole process is being stopped: it was told, and the deadline is SIGKILL. */
  | 'ending'
  | 'killing';

/**
 * What is heard of it. `stop`: nothing of the process shall be left; `crowded`: there are too many draining ones, and it is the oldest;
 * `finish`: whoever asks does not wait for it any longer.
 */
export type DrainCause =
  | 'quieted'
  | 'exited'
  | 'ended'
  | 'empty'
  | 'deadline'
  | 'outlived'
  | 'stop'
  | 'crowded'
  | 'finish';

/** `kept`: its policy is patience; `main-gone`: something was left without a main process; `quiets`: it has a quiet step. */
export type DrainGuard = 'kept' | 'main-gone' | 'quiets';
export type DrainFork = {
  readonly ask: DrainGuard;
  readonly yes: DrainPhase | DrainFork;
  readonly no: DrainPhase | DrainFork;
};
export type DrainCell = DrainPhase | 'gone' | 'stay' | 'impossible' | DrainFork;

/** Where a former current generation begins to drain. */
export const drainStart: DrainFork = {
  ask: 'main-gone',
  yes: 'draining-remains',
  no: { ask: 'quiets', yes: 'quieting', no: 'draining' },
};

const late: DrainFork = { ask: 'kept', yes: 'overdue', no: 'killing' };

/** The rest of the life of a draining generation. */
// biome-ignore format: a table is read by its columns
export const drainTable: { readonly [P in DrainPhase]: { readonly [C in DrainCause]: DrainCell } } = {
  quieting: {
    quieted: 'draining',           exited: 'draining-remains',    ended: 'gone',                empty: 'impossible',
    deadline: 'draining',          stop: 'ending',                crowded: 'killing',
    outlived: 'stay',
    finish: 'draining',
  },
  draining: {
    quieted: 'stay',               exited: 'draining-remains',    ended: 'gone',                empty: 'impossible',
    deadline: late,                stop: 'ending',                crowded: 'killing',
    outlived: 'draining',
    finish: 'killing',
  },
  'draining-remains': {
    quieted: 'stay',               exited: 'impossible',          ended: 'impossible',          empty: 'gone',
    deadline: late,                stop: 'ending',                crowded: 'killing',
    outlived: 'impossible',
    finish: 'killing',
  },
  overdue: {
    quieted: 'stay',               exited: 'draining-remains',    ended: 'gone',                empty: 'gone',
    deadline: 'impossible',        stop: 'ending',                crowded: 'killing',
    outlived: 'draining',
    finish: 'killing',
  },
  ending: {
    quieted: 'stay',               exited: 'ending',              ended: 'gone',                empty: 'gone',
    deadline: 'killing',           stop: 'stay',                  crowded: 'killing',
    outlived: 'ending',
    finish: 'killing',
  },
  killing: {
    quieted: 'stay',               exited: 'stay',                ended: 'gone',                empty: 'gone',
    deadline: 'killing',           stop: 'stay',                  crowded: 'stay',
    outlived: 'stay',
    finish: 'stay',
  },
};

/** Where the time that was given can be extended by the generation itself; elsewhere the deadline is not its own to move. */
export const extendableNext: readonly NextPhase[] = ['readying', 'undoing', 'undoing-remains'];
export const extendableDraining: readonly DrainPhase[] = ['draining', 'draining-remains', 'ending'];
