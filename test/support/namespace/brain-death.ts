import type { Running } from './supervisor.ts';
import { textOf } from './text-of.ts';
import { until } from './until.ts';

/** The pid of the brain, as this test sees it; 0: there is none at this moment. */
export function brainOf(running: Running): number {
  const children = textOf(`/proc/${running.pid}/task/${running.pid}/children`).trim().split(' ').filter(Boolean);
  // What init has just forked has its words still, and the brain's among them.
  const isBrain = (words: string): boolean => words.includes('legatod.cjs') && !words.includes('legato-init\0');
  return Number(children.find((pid) => isBrain(textOf(`/proc/${pid}/cmdline`))) ?? 0);
}

/** kill -9 of the brain, and no waiting. */
export async function killBrain(running: Running): Promise<void> {
  const brain = await until('a brain', () => brainOf(running) || undefined, running);
  process.kill(brain, 'SIGKILL');
}

/** Its successor answers. Returns what `supervisorctl status` says then. */
export async function untilReborn(running: Running): Promise<string> {
  await until('another brain to answer', async () => (await running.status()) !== '', running);
  return (await running.ctl('status')).stdout;
}

/** Kills the brain and waits for the next one. */
export async function renewBrain(running: Running): Promise<string> {
  const before = brainOf(running);
  await killBrain(running);
  await until('another brain', () => ![0, before].includes(brainOf(running)), running);
  return untilReborn(running);
}
