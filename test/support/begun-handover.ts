import type { ProcessSpec } from '../../src/core/program.ts';
import { History, program } from './history.ts';

/** Of a process whose handover has to prove itself. */
export const told: Partial<ProcessSpec> = { hasReadiness: true, readyTimeout: 30, minReady: 2 };

/** `a` runs as generation 1 and a handover to generation 2 has begun, which is spawned. */
export function begun(keys: Partial<ProcessSpec> = {}): { history: History; ticket: number } {
  const history = new History(program('a', { ...told, ...keys }));
  history.running('a');
  history.take();
  const ticket = history.handover('a');
  history.next('a').spawned();
  history.take();
  return { history, ticket };
}
