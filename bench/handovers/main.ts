/**
 * The matrix of handovers: every service and way of `rows.ts`, as PID 1 and as a plain process, under a load that never tries again.
 *
 *   npm run handovers [-- --only TEXT …] [--handovers N] [--broken N] [--kept N] [--concurrency N] [--pause MS] [--pass TEXT] [--list] [--page]
 *
 * Prints a line for each history; it goes to docs/results/handovers.json, in the place of the former one of its row and pass, and
 * docs/results/handovers.md is written from all that is there (`--page`: nothing else is done). Short tries are not kept: less than
 * ten handovers. Exit code 1 when anything was not as it should be, or a server did not start.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Entry, entries, keep, passOf, summaryOf } from './entries.ts';
import { live, type Terms } from './history.ts';
import { pageOf } from './page.ts';
import { nameOf, rows } from './rows.ts';
import { alone } from './run.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    handovers: { type: 'string', default: '50' },
    broken: { type: 'string', default: '10' },
    kept: { type: 'string', default: '10' },
    concurrency: { type: 'string', default: '6' },
    pause: { type: 'string', default: '5' },
    pass: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false },
  },
});

const common = { concurrency: Number(values.concurrency), pauseMs: Number(values.pause) };
const good = { handovers: Number(values.handovers), broken: Number(values.broken) };
const passes: readonly Terms[] = [
  { ...common, ...good, pid1: true, load: 'close' },
  { ...common, ...good, pid1: false, load: 'close' },
  { ...common, handovers: Number(values.kept), broken: 0, pid1: true, load: 'keep' },
  { ...common, handovers: Number(values.kept), broken: 0, pid1: true, load: 'wrk' },
];
/** What is seen in few handovers is no result. */
const fewest = 10;
const chosen = rows.filter((row) => values.only.length === 0 || values.only.some((text) => nameOf(row).includes(text)));

if (values.list) console.log(chosen.map(nameOf).join('\n'));
else if (!values.page) for (const row of chosen) await tryRow(row);
if (!values.list) writeFileSync(join(import.meta.dirname, '../../docs/results/handovers.md'), pageOf(rows, entries()));

async function tryRow(row: (typeof rows)[number]): Promise<void> {
  for (const terms of passes) {
    if (!passOf(terms).includes(values.pass)) continue;
    // Of a server that keeps no connection there is nothing to be seen.
    if (terms.load === 'keep' && row.keep === 'closes') continue;
    const entry: Entry = { row: nameOf(row), terms, at: new Date().toISOString(), ...(await tried(row, terms)) };
    if (terms.handovers >= fewest) keep(entry);
    const { history } = entry;
    const wrong = history?.wrong ?? [entry.error ?? ''];
    const figures =
      history === null
        ? 'BROKEN'
        : `${history.failed} failed of ${history.requests}, ${history.handovers} handovers and ${history.broken} broken deploys`;
    console.log(`${wrong.length === 0 ? 'ok  ' : 'BAD '} ${nameOf(row)} (${passOf(terms)}): ${figures}`);
    for (const line of wrong) console.log(`       ${line}`);
    if (wrong.length > 0) process.exitCode = 1;
  }
}

async function tried(row: (typeof rows)[number], terms: Terms): Promise<Pick<Entry, 'history' | 'error'>> {
  try {
    return { history: summaryOf(await alone((t) => live(t, row, terms))), error: null };
  } catch (error) {
    return { history: null, error: error instanceof Error ? error.message.slice(0, 4000) : String(error) };
  }
}
