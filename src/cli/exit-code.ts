/** Exit codes of legatoctl, with the meanings that supervisorctl gives them (LSB init script actions). */
export const exitCode = {
  success: 0,
  generic: 1,
  invalidArguments: 2,
  unimplemented: 3,
  refused: 4,
  wrongVersion: 5,
  notRunning: 7,
  /** Of `status` only: a process that was asked about is stopped. */
  statusStopped: 3,
  /** Of `status` only: no such process, or no daemon. */
  statusUnknown: 4,
} as const;
