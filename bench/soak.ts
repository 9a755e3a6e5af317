/**
 * Whatever may happen to a legato, at random: npm run soak [-- SECONDS [SEED]]; half an hour unless said. As root.
 * Prints a page; a run of ten minutes or more writes it to docs/results/soak.md as well. Ends with 1 when there was a difference.
 */
import { writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';

import { repository } from '../test/support/namespace/supervisor.ts';
import { type Memory, type Soaked, soak } from './soak/run.ts';

const [seconds = 1800, seed = 4711] = process.argv.slice(2).map(Number);

function page({ actions, comparisons, differences, memory }: Soaked): string {
  const span = (of: (one: Memory) => number): string => {
    const all = memory.map(of);
    const quarter = Math.max(1, Math.floor(all.length / 4));
    const median = (some: readonly number[]): number =>
      some.toSorted((a, b) => a - b)[Math.floor(some.length / 2)] ?? 0;
    return `${median(all.slice(0, quarter))} · ${median(all.slice(-quarter))} · ${Math.max(...all)}`;
  };
  return `# A soak

Written by \`npm run soak\` (bench/soak.ts): ${seconds} s, seed ${seed}. Do not edit.

${new Date().toISOString().slice(0, 10)} · Linux ${release()} · ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}) · Node ${process.versions.node}

A legato with programs of every kind is given commands at random, its configuration is changed, the disk of some logs is filled and emptied, and its brain, its shims and its services are killed, several at a time; again and again,
when all is settled, what it says of its processes is compared with /proc: states and pids, whose every process is, shims, the defunct; and every log can be written to again.

${[...actions].map(([name, count]) => `${name} ${count}`).join(' · ')}

| | |
|---|---:|
| comparisons | ${comparisons} |
| differences | ${differences.length} |
| private memory of init, KiB: median of the first quarter · of the last · most | ${span(({ init }) => init)} |
| … of the brain (many brains) | ${span(({ brain }) => brain)} |
${differences.map((one) => `\n- ${one}`).join('')}
`;
}

const cleanups: (() => unknown)[] = [];
try {
  const soaked = await soak({ after: (work: () => unknown) => void cleanups.push(work) }, { seconds, seed });
  const text = page(soaked);
  console.log(text);
  if (seconds >= 600) writeFileSync(join(repository, 'docs/results/soak.md'), text);
  if (soaked.differences.length > 0) process.exitCode = 1;
} finally {
  for (const work of cleanups) await work();
}
