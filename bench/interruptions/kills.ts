import { setTimeout as pause } from 'node:timers/promises';

import { brainOf, killBrain } from '../../test/support/namespace/brain-death.ts';
import type { Running } from '../../test/support/namespace/supervisor.ts';
import { until } from '../../test/support/namespace/until.ts';
import type { Interruption } from './run.ts';

/** The brain gets SIGKILL; one in five of its successors while it comes up. */
export const kills: Interruption = {
  interrupt: async (running, next) => {
    await kill(running);
    if (next() >= 0.2) return 1;
    await pause(next() * 150);
    await kill(running);
    return 2;
  },
};

async function kill(running: Running): Promise<void> {
  const victim = brainOf(running);
  await killBrain(running);
  await until('another brain', () => ![0, victim].includes(brainOf(running)), { every: 2, ...running });
}
