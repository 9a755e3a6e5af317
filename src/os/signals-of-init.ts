/**
 * What init hears and tells of (docs/protocol.md, `received`). SIGINT is not among them: it is init's question to a brain that hangs, and one that ends of
 * it is followed by a brain that is told of it.
 */
const heardByInit = ['SIGTERM', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

/** The same signal sent to the brain itself, as to all of a control group at once, changes nothing. What the brain executes does not inherit that. */
export function leaveSignalsToInit(): void {
  for (const signal of heardByInit) process.on(signal, () => undefined);
}
