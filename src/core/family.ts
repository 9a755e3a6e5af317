import { extendNext, hearNext, type NextEnd, type NextHeard } from './candidate.ts';
import { beginDraining, type DrainHeard, extendDraining, hearDraining } from './drain.ts';
import type { Outcome, Stage } from './effects.ts';
import type { Ticket } from './events.ts';
import { type Candidate, type Draining, newCandidate, type Request } from './generations.ts';
import { hear } from './hear.ts';
import { exitText } from './log-lines.ts';
import { extendable, table } from './process.ts';
import type { Millis } from './program.ts';
import { beginReload, hearReload, type ReloadHeard } from './reload.ts';
import { termsOf } from './terms.ts';
import { extendDeadline, type Heard, type Ledger } from './turn.ts';
import { hasOthers, type Process } from './world.ts';

/*
 * A process and all its generations: what one automaton comes to is passed on here to those whom it concerns. Nothing is decided
 * that is not in a table, but for the rule of several handovers: the latest wins.
 */

/** An event for the process itself. A stop, a shutdown and a `replace` concern all its generations. */
export function tellProcess(before: Process, heard: Heard, ledger: Ledger): Process {
  const process = withoutReload(before, heard, ledger);
  if (heard.cause === 'stop' && table[process.phase].stop === 'refused' && hasOthers(process)) {
    return endOthers(waitForEnd(process, heard.ticket), 'stop', heard.at, ledger);
  }
  const after = hear(process, heard, ledger);
  if (after === process) return process;
  const { cause, at } = heard;
  return cause === 'stop' || cause === 'shutdown' ? endOthers(after, cause, at, ledger) : settle(after, at, ledger);
}

/** An event for a next or a draining generation, or the deadline of a reload. */
export function tellOther(
  process: Process,
  generation: number,
  heard: NextHeard | DrainHeard,
  ledger: Ledger,
): Process {
  if (process.reload?.generation === generation) {
    return tellReload(process, { cause: 'deadline', at: heard.at, detail: '' }, ledger);
  }
  if (process.next?.generation === generation) {
    return isForNext(heard) ? tellNext(process, process.next, heard, ledger) : process;
  }
  const one = process.draining.find((draining) => draining.generation === generation);
  return one !== undefined && isForDraining(heard) ? tellDraining(process, one, heard, ledger) : process;
}

/** What was seen of a reload. One that has failed may be followed by a handover with a next generation. */
export function tellReload(process: Process, heard: ReloadHeard, ledger: Ledger): Process {
  const before = process.reload;
  if (before === null) return process;
  const { reload, outcome, reason } = hearReload(before, heard, ledger);
  if (reload === before) return process;
  const { spec, ticket, phase, generation } = before;
  if (outcome === null) return { ...process, reload };
  const after = { ...process, reload: null, reloadEpoch: reload.epoch };
  const { handoverFallback: fallback } = termsOf(spec);
  if (outcome === 'failed' && fallback !== 'none') {
    const { at } = heard;
    const { key } = spec;
    ledger.effects.push({ type: 'handover-step', process: key, step: 'fallback', generation, at, detail: fallback });
    return begin(after, { spec, ticket, strategy: fallback }, at, ledger);
  }
  if (outcome === 'reloaded') reply(ledger, ticket, { ok: true });
  else fail(ledger, ticket, phase, reason);
  return after;
}

/** A reload ends with the main process, and is not waited for by whoever wants the process down. */
function withoutReload(process: Process, heard: Heard, ledger: Ledger): Process {
  const { cause, at } = heard;
  if (cause === 'exited' || cause === 'ended') {
    return tellReload(process, { cause: 'gone', at, detail: `${exitText(heard.status)} after the signal` }, ledger);
  }
  if (cause !== 'stop' && cause !== 'shutdown') return process;
  return tellReload(process, { cause: 'undo', at, detail: cause === 'stop' ? 'stopped' : 'shutdown' }, ledger);
}

/** The latest handover wins; one that has not committed is undone for it. */
export function handOver(before: Process, request: Request, at: Millis, ledger: Ledger): Process {
  const { spec, ticket } = request;
  if (spec.key !== before.spec.key) {
    fail(ledger, ticket, 'preflight', `the spec of '${spec.key}' is not one of '${before.spec.key}'`);
    return before;
  }
  if (termsOf(spec).handover === 'none') {
    fail(ledger, ticket, 'preflight', 'handover=none');
    return before;
  }
  const process = tellReload(before, { cause: 'undo', at, detail: 'superseded' }, ledger);
  const { next } = process;
  if (next === null) return begin(process, request, at, ledger);
  if (next.phase === 'vacating') {
    fail(ledger, next.ticket, 'vacating', 'superseded');
    return { ...process, next: { ...next, ...request } };
  }
  if (isRefused(process, request)) return refuse(process, request, ledger);
  if (process.queued !== null) fail(ledger, process.queued.ticket, 'preflight', 'superseded');
  return tellNext({ ...process, queued: request }, next, { cause: 'undo', at, reason: 'superseded' }, ledger);
}

/** Gives up what has not committed. */
export function abort(process: Process, ticket: Ticket | undefined, at: Millis, ledger: Ledger): Process {
  const { next, queued } = process;
  if (process.reload !== null) {
    reply(ledger, ticket, { ok: true });
    return tellReload(process, { cause: 'undo', at, detail: 'aborted: the signal was not taken back' }, ledger);
  }
  if (next === null) {
    fail(ledger, ticket, 'preflight', 'no handover is under way');
    return process;
  }
  if (queued !== null) fail(ledger, queued.ticket, 'preflight', 'aborted');
  const aborts = ticket === undefined ? next.aborts : [...next.aborts, ticket];
  const waiting = { ...process, queued: null };
  return tellNext(waiting, { ...next, aborts }, { cause: 'undo', at, reason: 'aborted' }, ledger);
}

/** Whoever drains is waited for no longer. */
export function finish(process: Process, ticket: Ticket | undefined, at: Millis, ledger: Ledger): Process {
  if (process.draining.length === 0) {
    reply(ledger, ticket, { ok: false, fault: 'NOT_RUNNING' });
    return process;
  }
  reply(ledger, ticket, { ok: true });
  return process.draining.reduce((after, one) => tellDraining(after, one, { cause: 'finish', at }, ledger), process);
}

/** A generation, whichever it is, asks that its time does not end before `until`. */
export function extend(process: Process, generation: number, until: Millis, ledger: Ledger): Process {
  if (process.generation === generation) {
    if (!extendable.includes(process.phase)) return process;
    return extendDeadline(process, { process: process.spec.key }, until, ledger);
  }
  if (process.next?.generation === generation) {
    const next = extendNext(process.next, until, ledger);
    return next === process.next ? process : { ...process, next };
  }
  const draining = process.draining.map((one) =>
    one.generation === generation ? extendDraining(one, until, ledger) : one,
  );
  return draining.every((one, index) => one === process.draining[index]) ? process : { ...process, draining };
}

/** What is said to be wanting for a next generation to be ready. */
export function lack(process: Process, generation: number, what: string): Process {
  const { next } = process;
  return next === null || next.generation !== generation ? process : { ...process, next: { ...next, lacks: what } };
}

function reply(ledger: Ledger, ticket: Ticket | undefined, answer: Outcome): void {
  if (ticket !== undefined) ledger.effects.push({ type: 'answer', ticket, answer });
}

function fail(ledger: Ledger, ticket: Ticket | undefined, stage: Stage, reason: string): void {
  reply(ledger, ticket, { ok: false, fault: 'HANDOVER_FAILED', stage, reason });
}

function isForNext(heard: NextHeard | DrainHeard): heard is NextHeard {
  return heard.cause !== 'quieted' && heard.cause !== 'stop' && heard.cause !== 'crowded' && heard.cause !== 'finish';
}

function isForDraining(heard: NextHeard | DrainHeard): heard is DrainHeard {
  return (
    heard.cause === 'exited' ||
    heard.cause === 'ended' ||
    heard.cause === 'empty' ||
    heard.cause === 'deadline' ||
    heard.cause === 'outlived' ||
    !isForNext(heard)
  );
}

const causeOf = ({ spec, strategy }: Request): 'overlap' | 'replace' =>
  (strategy ?? termsOf(spec).handover) === 'replace' ? 'replace' : 'overlap';

const isReload = ({ spec, strategy }: Request): boolean =>
  strategy === undefined && termsOf(spec).handover === 'signal';

/** Only a main process that lives can be signalled. */
const isRefused = ({ phase, pid }: Process, request: Request): boolean =>
  table[phase][causeOf(request)] === 'refused' || (isReload(request) && pid === 0);

function refuse(process: Process, { ticket }: Request, ledger: Ledger): Process {
  reply(ledger, ticket, { ok: false, fault: 'NOT_RUNNING' });
  return process;
}

function begin(process: Process, request: Request, at: Millis, ledger: Ledger): Process {
  if (isRefused(process, request)) return refuse(process, request, ledger);
  if (isReload(request)) {
    return { ...process, reload: beginReload(request, process.generation, process.reloadEpoch, at, ledger) };
  }
  const strategy = causeOf(request);
  // Where nobody is current an overlap is beside nobody: like what replaces, it is gone before there is another.
  const next = newCandidate(request, strategy === 'replace' || process.phase === 'vacant' ? at : null);
  const { key } = process.spec;
  if (strategy === 'replace') {
    ledger.effects.push({ type: 'handover-step', process: key, step: 'vacating', generation: 0, at, detail: '' });
  }
  const after = hear({ ...process, next }, { cause: strategy, at }, ledger);
  if (strategy === 'overlap') return tellNext(after, next, { cause: 'vacant', at, former: null }, ledger);
  return settle(endDraining(after, at, ledger), at, ledger);
}

function tellNext(process: Process, before: Candidate, heard: NextHeard, ledger: Ledger): Process {
  const { next, end } = hearNext(before, heard, ledger);
  if (next === process.next) return process;
  const after = { ...process, next };
  if (end === null) return after;
  return end.what === 'committed' ? commit(after, next, heard.at, ledger) : lose(after, next, end, heard.at, ledger);
}

/** From here on there is no way back but another handover. */
function commit(process: Process, next: Candidate, at: Millis, ledger: Ledger): Process {
  const { spec, generation, pid, startedAt } = next;
  const former = process.generation;
  ledger.effects.push({ type: 'promoted', process: spec.key, generation, former });
  const news: Heard = { cause: 'promoted', at, spec, generation, pid, startedAt };
  const after = hear({ ...process, next: null }, news, ledger);
  reply(ledger, next.ticket, { ok: true });
  const left = former === 0 ? [] : [beginDraining(process, at, ledger)];
  return thin({ ...after, draining: [...process.draining, ...left] }, at, ledger);
}

/** Bounds the draining ones. Who has got SIGKILL is not waited for, and does not count. */
function thin(process: Process, at: Millis, ledger: Ledger): Process {
  const counted = process.draining.filter(({ phase }) => phase !== 'killing');
  const tooMany = counted.slice(0, Math.max(0, counted.length - termsOf(process.spec).maxDraining));
  return tooMany.reduce((after, one) => tellDraining(after, one, { cause: 'crowded', at }, ledger), process);
}

/** Nothing is left of the next generation, or it drains: who waited is told, and the latest handover or autorestart has its turn. */
function lose(
  process: Process,
  next: Candidate,
  { what, failure }: Exclude<NextEnd, { what: 'committed' }>,
  at: Millis,
  ledger: Ledger,
): Process {
  const { stage, reason } = failure;
  fail(ledger, next.ticket, stage, reason);
  for (const ticket of next.aborts) reply(ledger, ticket, { ok: true });
  const without = { ...process, next: null, queued: null };
  const after = what === 'retired' ? retire(without, next, at, ledger) : without;
  const waiting = process.queued;
  if (waiting !== null) {
    if (!isRefused(after, waiting)) return begin(after, waiting, at, ledger);
    refuse(after, waiting, ledger);
  }
  if (after.phase !== 'awaiting' && after.phase !== 'awaiting-remains' && after.phase !== 'vacant') {
    return settle(after, at, ledger);
  }
  const failed = { cause: 'spawn-failed', at, reason: `${stage}: ${reason}`, forked: false } as const;
  return settle(hear(after, failed, ledger), at, ledger);
}

function retire(process: Process, next: Candidate, at: Millis, ledger: Ledger): Process {
  const draining = [...process.draining, beginDraining(next, at, ledger, next.epoch)];
  return thin({ ...process, draining }, at, ledger);
}

function tellDraining(process: Process, one: Draining, heard: DrainHeard, ledger: Ledger): Process {
  const after = hearDraining(one, heard, ledger);
  if (after === one) return process;
  const draining = process.draining.flatMap((other) => (other !== one ? [other] : after === null ? [] : [after]));
  return settle({ ...process, draining }, heard.at, ledger);
}

/** Nothing of the process shall be left; in a shutdown the draining ones have time until it is being stopped itself. */
function endOthers(process: Process, cause: 'stop' | 'shutdown', at: Millis, ledger: Ledger): Process {
  const { next, queued } = process;
  const reason = cause === 'stop' ? 'stopped' : 'shutdown';
  if (queued !== null) fail(ledger, queued.ticket, 'preflight', reason);
  let after: Process = { ...process, queued: null };
  if (next !== null) after = tellNext(after, next, { cause: 'stop', at, reason }, ledger);
  const isItsTurn = cause === 'stop' || after.state === 'STOPPING';
  return settle(isItsTurn ? endDraining(after, at, ledger) : after, at, ledger);
}

function endDraining(process: Process, at: Millis, ledger: Ledger): Process {
  return process.draining.reduce((after, one) => tellDraining(after, one, { cause: 'stop', at }, ledger), process);
}

/** Something that is down already waits only for its other generations; its state stays. */
function waitForEnd(process: Process, ticket: Ticket | undefined): Process {
  const waiters = ticket === undefined ? process.waiters : [...process.waiters, { ticket, until: 'stopped' as const }];
  return { ...process, want: 'down', waiters };
}

/** Every phase goes on whose condition has come true, and those who waited for it are answered. */
function settle(process: Process, at: Millis, ledger: Ledger): Process {
  const { phase, next } = process;
  if (phase === 'stopping-others' && !hasOthers(process)) {
    return settle(hear(process, { cause: 'empty', at }, ledger), at, ledger);
  }
  if (phase === 'vacant' && next?.phase === 'vacating') {
    return tellNext(process, next, { cause: 'vacant', at, former: endSince(process, next.vacatedFrom) }, ledger);
  }
  return answerWhoWaitsForOthers(process, ledger);
}

/** How it ended, when it has ended since then. */
function endSince({ stoppedAt, exitStatus }: Process, since: Millis | null): Process['exitStatus'] {
  return stoppedAt !== null && since !== null && stoppedAt >= since ? exitStatus : null;
}

function answerWhoWaitsForOthers(process: Process, ledger: Ledger): Process {
  const isDown = process.state !== 'STOPPING' && !hasOthers(process);
  if (!isDown || !process.waiters.some(({ until }) => until === 'stopped')) return process;
  for (const { ticket, until } of process.waiters) if (until === 'stopped') reply(ledger, ticket, { ok: true });
  return { ...process, waiters: process.waiters.filter(({ until }) => until !== 'stopped') };
}
