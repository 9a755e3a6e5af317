/**
 * The brain killed again and again under load: npm run brain-kills [-- ROUNDS [SEED]]. As root, with Debian's celery and redis-server.
 * Prints a page; a run of 100 rounds or more writes it to docs/results/brain-kills.md as well.
 */
import { kills } from './interruptions/kills.ts';
import { report } from './interruptions/report.ts';

await report(kills, 100, {
  title: (count) => `The brain killed ${count} times`,
  script: 'brain-kills',
  program: 'bench/brain-kills.ts',
  event: 'the brain gets SIGKILL (one in five of its successors as well, while it comes up)',
});
