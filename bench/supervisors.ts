/**
 * legato, Supervisor, runit and s6 in one run: npm run bench [-- --short] [-- --only=NAME].
 * Prints a Markdown table; a full run (neither --short nor --only) writes it to docs/results/supervisors.md as well.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { contestants } from './contestants.ts';
import { type Extent, measure } from './measure.ts';
import { type Result, report } from './report.ts';

const { values } = parseArgs({ options: { short: { type: 'boolean', default: false }, only: { type: 'string' } } });
const extent: Extent = {
  services: 100,
  starts: values.short ? 3 : 9,
  kills: values.short ? 5 : 30,
  idleSeconds: values.short ? 5 : 20,
};

const dir = mkdtempSync(join(tmpdir(), 'legato-bench-'));
try {
  const service = join(dir, 'service');
  execFileSync('cc', ['-O2', '-static', '-o', service, join(import.meta.dirname, 'service.c')]);
  const results: Result[] = [];
  for (const contestant of contestants) {
    if (values.only !== undefined && values.only !== contestant.name) continue;
    console.error(`measuring ${contestant.name} …`);
    const figures = await measure(contestant, service, extent);
    results.push({ name: contestant.name, version: contestant.version(), figures });
  }
  const text = report(results, extent);
  console.log(text);
  if (!values.short && values.only === undefined) {
    const folder = join(import.meta.dirname, '../docs/results');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'supervisors.md'), text);
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
