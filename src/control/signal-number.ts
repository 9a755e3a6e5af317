import { signals } from '../core/signals.ts';

/** Second names that signal(7) lists. */
const aliases: Readonly<Record<string, number>> = { SIGCLD: 17, SIGPOLL: 29, SIGIOT: 6 };

/**
 * Supervisor's reading of a signal (supervisor.datatypes.signal_number): a number or a name, in any case, `SIG` optional.
 * 0, which only asks whether the process can be signalled, is one. null: no signal.
 */
export function signalNumber(text: string): number | null {
  const trimmed = text.trim();
  if (/^[+-]?\d+$/.test(trimmed)) {
    const number = Number(trimmed);
    return number === 0 || Object.values(signals).includes(number) ? number : null;
  }
  const upper = trimmed.toUpperCase();
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  return (Object.hasOwn(signals, name) ? signals[name] : aliases[name]) ?? null;
}
