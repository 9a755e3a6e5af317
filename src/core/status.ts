/** Supervisor's process states, in Supervisor's words. */
export type State = 'STOPPED' | 'STARTING' | 'RUNNING' | 'BACKOFF' | 'STOPPING' | 'EXITED' | 'FATAL' | 'UNKNOWN';

/** Supervisor's codes (supervisor.states.ProcessStates); clients compare these numbers. */
export const stateCode: { readonly [S in State]: number } = {
  STOPPED: 0,
  STARTING: 10,
  RUNNING: 20,
  BACKOFF: 30,
  STOPPING: 40,
  EXITED: 100,
  FATAL: 200,
  UNKNOWN: 1000,
};

/** How a main process ended: by itself with a code, or by a signal. */
export type ExitStatus =
  | { readonly code: number; readonly signal: null; readonly core: false }
  | { readonly code: null; readonly signal: number; readonly core: boolean };

/** Running in Supervisor's sense (RUNNING_STATES): a start is refused, a stop is taken. */
export function isRunningState(state: State): boolean {
  return state === 'RUNNING' || state === 'STARTING' || state === 'BACKOFF';
}

/** Stopped in Supervisor's sense (STOPPED_STATES): a group of such processes can be removed. */
export function isStoppedState(state: State): boolean {
  return state === 'STOPPED' || state === 'EXITED' || state === 'FATAL' || state === 'UNKNOWN';
}
