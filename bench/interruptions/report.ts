import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { repository } from '../../test/support/namespace/supervisor.ts';
import { page, type Words } from './page.ts';
import { type Interruption, interruptAgain, type Plan } from './run.ts';

/** Runs what the command line asks for, ROUNDS and SEED, and prints its page; one of `full` rounds or more is kept in docs/results/. */
export async function report(interruption: Interruption, full: number, words: Words): Promise<void> {
  const [rounds = full, seed = 4711] = process.argv.slice(2).map(Number);
  const plan: Plan = { rounds, seed, tasks: Math.max(100, rounds * 5), linesPerSecond: 100_000, clients: 8 };
  const cleanups: (() => unknown)[] = [];
  try {
    const toll = await interruptAgain({ after: (work: () => unknown) => void cleanups.push(work) }, plan, interruption);
    const text = page(words, plan, toll);
    console.log(text);
    if (rounds >= full) writeFileSync(join(repository, `docs/results/${words.script}.md`), text);
  } finally {
    for (const work of cleanups) await work();
  }
}
