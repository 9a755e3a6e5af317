/**
 * The brain killed again and again under load: npm run brain-kills [-- ROUNDS [SEED]]. As root, with Debian's celery and redis-server.
 * Prints a page; a run of 100 rounds or more writes it to docs/results/brain-kills.md as well.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { repository } from '../test/support/namespace/supervisor.ts';
import { page } from './brain-kills/page.ts';
import { killBrains, type Plan } from './brain-kills/run.ts';

const [rounds = 100, seed = 4711] = process.argv.slice(2).map(Number);
const plan: Plan = { rounds, seed, tasks: rounds * 5, linesPerSecond: 100_000, clients: 8 };
const cleanups: (() => unknown)[] = [];
try {
  const text = page(plan, await killBrains({ after: (work: () => unknown) => void cleanups.push(work) }, plan));
  console.log(text);
  if (rounds >= 100) writeFileSync(join(repository, 'docs/results/brain-kills.md'), text);
} finally {
  for (const work of cleanups) await work();
}
