import { isStoppedState } from '../core/status.ts';
import type { Process } from '../core/world.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number): string => String(value).padStart(2, '0');

/** Python's str(timedelta): `0:00:02`, `1 day, 2:03:04`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const days = Math.floor(whole / 86400);
  const clock = `${Math.floor((whole % 86400) / 3600)}:${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
  return days === 0 ? clock : `${days} day${days === 1 ? '' : 's'}, ${clock}`;
}

/** strftime's `%b %d %I:%M %p` in local time and English: `Nov 23 06:56 PM`. */
export function shortDate(unixSeconds: number): string {
  const date = new Date(unixSeconds * 1000);
  const hour = date.getHours() % 12 === 0 ? 12 : date.getHours() % 12;
  const half = date.getHours() < 12 ? 'AM' : 'PM';
  return `${months[date.getMonth()] ?? ''} ${two(date.getDate())} ${two(hour)}:${two(date.getMinutes())} ${half}`;
}

/** The last column of `status`, as Supervisor writes it. `start`, `stop` and `now` are unix seconds, 0 for never. */
export function description(process: Process, start: number, stop: number, now: number): string {
  if (process.state === 'RUNNING') return `pid ${process.pid}, uptime ${duration(now - start)}`;
  if (process.state === 'FATAL' || process.state === 'BACKOFF') {
    return process.spawnError === '' ? `unknown error (try "tail ${process.spec.name}")` : process.spawnError;
  }
  // Supervisor gives one whose starts all failed before there was a child the date of 1970.
  if (isStoppedState(process.state)) return stop === 0 ? 'Not started' : shortDate(stop);
  return '';
}
