/** Signal numbers of Linux on x86-64 and arm64 (signal(7)); the names are those that Supervisor prints. */
export const signals: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPWR: 30,
  SIGSYS: 31,
  SIGRTMIN: 34,
  SIGRTMAX: 64,
};

/** What most programs reload on. */
export const SIGHUP = 1;

/** The signal that nothing can refuse. */
export const SIGABRT = 6;
export const SIGKILL = 9;

/** `SIGTERM` for 15; `signal 35` for a number without a name (Supervisor's `signame`). */
export function signalName(signal: number): string {
  for (const name in signals) if (signals[name] === signal) return name;
  return `signal ${signal}`;
}
