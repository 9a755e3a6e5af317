import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixtures, type Running } from './supervisor.ts';
import { until } from './until.ts';

/** One event as `notes-events.py` got it. */
export type NotedEvent = {
  readonly pid: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string;
};

/** An [eventlistener:x] section that notes what it gets in `DIR/x.notes`. */
export function notingListener(dir: string, name: string, events: string, habit = '', keys = ''): string {
  return `[eventlistener:${name}]
command=/usr/bin/python3 ${fixtures}/notes-events.py ${join(dir, name)}.notes ${habit}
events=${events}
startsecs=0
${keys}
`;
}

export function notedEvents(dir: string, name: string): NotedEvent[] {
  const file = join(dir, `${name}.notes`);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as NotedEvent);
}

/** Waits until a listener has got an event whose name and payload match. */
export async function untilNoted(running: Running, name: string, pattern: RegExp): Promise<NotedEvent> {
  const found = (): NotedEvent | undefined =>
    notedEvents(running.dir, name).find(({ headers, payload }) => pattern.test(`${headers['eventname']} ${payload}`));
  return await until(`${name} to hear ${pattern}`, () => found() ?? false, {
    limit: 60_000,
    evidence: running.evidence,
  });
}
