import { readdirSync } from 'node:fs';
import { caughtSignals, type SignalState } from './proc.ts';
import { descriptorsOf, targetOf } from './proc-fd.ts';
import { readProc } from './proc-stat.ts';

/**
 * What a signal does to a process: it has a handler (`catches`) or waits for it by signalfd(2) or sigwait(3) (`awaits`); nothing, for
 * it ignores it or keeps it blocked for good; or what signal(7) says, which for most is its end (`default`).
 */
export type SignalUse = 'catches' | 'awaits' | 'ignores' | 'blocks' | 'default';

/** rt_sigtimedwait(2), by which sigwait(3) waits, in the kernel's tables. */
const waitingCall: { readonly [architecture: string]: string } = { x64: '128', arm64: '137' };

/** null: there is no such process. Of one that may not be traced (ptrace(2)) it cannot be seen that it awaits a signal. */
export function signalUse(pid: number, signal: number): SignalUse | null {
  const state = caughtSignals(pid);
  return state === null ? null : useBy(state, pid, signal);
}

function useBy(state: SignalState, pid: number, signal: number): SignalUse {
  if (state.ignored.has(signal)) return 'ignores';
  const blocked = state.blocked.has(signal);
  if (state.caught.has(signal) && !blocked) return 'catches';
  if ((blocked && hasSignalfd(pid, signal)) || waitsForSignals(pid)) return 'awaits';
  return blocked ? 'blocks' : 'default';
}

/** It will do something of its own with the signal. */
export function canAct(pid: number, signal: number): boolean {
  // Even if it is blocked at this moment: many open themselves to signals only while they wait (sigsuspend(2)).
  const state = caughtSignals(pid);
  return state !== null && (state.caught.has(signal) || useBy(state, pid, signal) === 'awaits');
}

function hasSignalfd(pid: number, signal: number): boolean {
  return descriptorsOf(pid).some((fd) => {
    if (targetOf(pid, fd) !== 'anon_inode:[signalfd]') return false;
    const mask = /^sigmask:\s*([0-9a-f]+)$/m.exec(readProc(`/proc/${pid}/fdinfo/${fd}`) ?? '')?.[1] ?? '0';
    return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
  });
}

/**
 * Which signals a thread waits for stands in its own memory; that it waits for some is taken for this one. (While it waits they are not
 * among the blocked ones.)
 */
function waitsForSignals(pid: number): boolean {
  const call = waitingCall[process.arch];
  return threadsOf(pid).some((thread) => readProc(`/proc/${pid}/task/${thread}/syscall`)?.split(' ')[0] === call);
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}
