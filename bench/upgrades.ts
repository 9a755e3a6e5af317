/**
 * Upgrades of legato under load: npm run upgrades [-- ROUNDS [SEED]]. As root, with Debian's celery and redis-server.
 * Prints a page; a run of 20 rounds or more writes it to docs/results/upgrades.md as well.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { report } from './interruptions/report.ts';
import { upgradesIn } from './interruptions/upgrades.ts';

const dir = mkdtempSync(join(tmpdir(), 'legato-upgrades-'));
try {
  await report(upgradesIn(dir), 20, {
    title: (count) => `${count} upgrades under load`,
    script: 'upgrades',
    program: 'bench/upgrades.ts',
    event: 'brain and init, the brain alone or init alone are replaced by another installation',
  });
} finally {
  rmSync(dir, { recursive: true });
}
